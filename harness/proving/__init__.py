"""Proves exercises: that right programs get full marks and that wrong ones are killed, by worker processes that run them."""
