"""Checkers: pure functions and folds from a trace to a verdict with evidence. Reading them teaches; they are public on purpose."""

__all__: list[str] = []
