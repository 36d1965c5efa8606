"""Messages: frozen, plain-data values with named fields.

    @message
    class Vote:
        term: int
        granted: bool

Building one makes everything inside immutable (lists become tuples, dicts an immutable mapping), so a message is never
copied and never shared: the receiver cannot see what the sender does to its own lists afterwards.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, TypeVar, dataclass_transform

from harness.errors import MessageMistake
from harness.state import ATOMS, immutable

Kind = TypeVar("Kind", bound=type)


@dataclass_transform(frozen_default=True)
def message(kind: Kind) -> Kind:
    """Make a class with annotated fields into a message: immutable, comparable, hashable, printable.

    The docstring's first line, with field names in braces, tells the message in a story: `'''votes for {to} in term {term}'''`.

    Raises:
        MessageMistake: a method `__init__` or `__post_init__` is defined by hand, or later, a field is assigned to.
        StateMistake: later, when one is built with something that is not plain data.
    """
    for name in ("__init__", "__post_init__"):
        if name in kind.__dict__:
            raise MessageMistake(f"message {kind.__name__} defines {name}; list its fields instead, as in `term: int`")
    if handler_name(kind.__name__) == "on_start":
        raise MessageMistake(f"a message cannot be named {kind.__name__}: on_start runs at boot; choose another name")
    phrase = (kind.__doc__ or "").strip().partition("\n")[0]

    def __post_init__(self: Any) -> None:  # noqa: N807 - put into the class below
        for name in self.__match_args__:
            value = getattr(self, name)
            if type(value) not in ATOMS:
                object.__setattr__(self, name, immutable(value, f"{kind.__name__}.{name}"))

    kind.__post_init__ = __post_init__  # type: ignore[attr-defined]
    made: Any = dataclass(frozen=True, slots=True)(kind)
    made.__message__ = True
    made.__phrase__ = phrase or None
    made.__setattr__ = made.__delattr__ = _refuse
    return made  # type: ignore[no-any-return]


def _refuse(self: Any, name: str, value: Any = None) -> None:
    kind = type(self).__name__
    raise MessageMistake(f"{kind}.{name} cannot change: a message is on its way once it is built; build a new {kind} instead")


def fields_of(value: Any) -> dict[str, Any]:
    """Return a message's fields by name, in the order they are declared."""
    return {field.name: getattr(value, field.name) for field in fields(value)}


def tell(value: Any, sender: str, to: str) -> str:
    """Say a message in the words of its class: the docstring's phrase filled in, or `Vote(term=1, granted=True)`."""
    phrase = type(value).__phrase__
    if phrase is None:
        return repr(value)
    words = {"sender": sender, "to": to, **fields_of(value)}
    return re.sub(r"\{(\w+)\}", lambda found: str(words.get(found[1], found[0])), phrase)


@cache
def handler_name(kind: str) -> str:
    """`RequestVote` is handled by `on_request_vote`."""
    return "on_" + re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", kind).lower()
