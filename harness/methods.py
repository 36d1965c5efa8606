"""Looks at the methods of a student's class before they run."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from harness.errors import LoadMistake


def check_init(kind: type) -> None:
    """Raise `LoadMistake` if a node's class cannot be made without arguments."""
    parameters = list(inspect.signature(kind.__init__).parameters.values())[1:]  # type: ignore[misc]
    any_number = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD
    wanted = ", ".join(item.name for item in parameters if item.default is item.empty and item.kind not in any_number)
    if wanted:
        raise LoadMistake(f"{kind.__name__}.__init__ wants {wanted}, but nodes are made without arguments; set up memory in on_start(self)")


def check_runs(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return a handler or a timer's method; raise `LoadMistake` if calling it would run nothing."""
    word = "async" if inspect.iscoroutinefunction(method) or inspect.isasyncgenfunction(method) else "yield"
    if word == "async" or inspect.isgeneratorfunction(method):
        raise LoadMistake(f"{method.__qualname__} is written with `{word}`, so calling it runs nothing; write a plain def without it")
    return method
