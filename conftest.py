"""Registers the checks with pytest."""

pytest_plugins = ["harness.pytest_plugin"]
