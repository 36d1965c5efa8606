"""What the errors of a node say: what is wrong, and what to write instead."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Any


def missing_handler(kind: type, wanted: str) -> str:
    """A message arrived for which a class has no method."""
    there = [name for name in dir(kind) if name.startswith("on_") and name != "on_start"]
    near = difflib.get_close_matches(wanted, there, 1, 0.75)
    hint = f"did you mean {near[0]}?" if near else "write that method"
    return f"{kind.__name__} has no {wanted}(self, sender, {wanted[3:]}); {hint}"


def unknown_node(sender: str, to: Any, everybody: Iterable[str]) -> str:
    """A message was sent to nobody."""
    names = sorted(everybody)
    if getattr(type(to), "__message__", False):
        return f"node {sender!r} sends to {to!r}, which is a message; the name comes first, as in self.send({names[0]!r}, message)"
    near = difflib.get_close_matches(str(to), names, 1, 0.6)
    hint = f"did you mean {near[0]!r}?" if near else f"the names here are {', '.join(map(repr, names))}"
    return f"node {sender!r} sends to {to!r}, which is nobody; {hint}"


def not_a_message(value: Any) -> str:
    """Something else was sent."""
    if isinstance(value, type) and getattr(value, "__message__", False):
        return f"send(...) was given the class {value.__name__}; build one, as in {value.__name__}(...)"
    return f"send(...) was given {type(value).__name__} {str(value)[:40]!r}; send an instance of a class marked @message"


def delay_hint(delay: Any) -> str:
    """What to write instead of a delay that is none."""
    if type(delay) is float:
        return f"write {round(delay)} or int({delay!r})"
    if type(delay) is int and delay < 0:
        return "time does not go back; use max(0, ...) if the moment may be past"
    return "times are integers and say so in their names"


def wrongly_called(text: str, source: str) -> str:
    """Something was called with arguments that it does not take.

    Args:
        text: what Python says, e.g. `PingClient.on_pong() takes 1 positional argument but 3 were given`.
        source: the student's file.
    """
    kind, _, name = text.partition("(")[0].rpartition(".")
    if name == "on_start":
        return "write def on_start(self)"
    if name.startswith("on_"):
        return f"write def {name}(self, sender, {name[3:]})"
    bases = re.search(rf"^class {kind}\b(.*)", source, re.MULTILINE) if kind else None
    if name == "__init__" and bases is None:
        return f"give each field of {kind} one value; which fields it has is said where the exercise gives its messages"
    if name == "__init__":
        return f"give {kind}(...) what its __init__ takes, and its __init__ the parameters that the stub had"
    given = f"give {name} the parameters that the stub had"
    if bases is not None and re.search(r"\bNode\b", bases[1]):
        return f"{given}; a timer's method takes what self.after(delay_ms, self.{name}, ...) was given"
    return given


def name_of(method: Any) -> str:
    """How to call something that was given as a method."""
    if method is None:
        return "None (the method was called instead of passed?)"
    return f"{getattr(method, '__qualname__', None) or repr(method)[:40]}"
