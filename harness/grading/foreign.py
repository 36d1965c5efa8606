"""Values of a student's own classes that are plain data all the same: members of an Enum, and named tuples.

The judge has not their classes, so it makes up others that look the same: equal members are the same object, an IntEnum is a number,
a named tuple is a tuple. A worker that is sent one finds the real class again, by its name in the student's file.
"""

from __future__ import annotations

import keyword
from collections import namedtuple
from collections.abc import Callable, Sequence
from enum import Enum, Flag, IntEnum, IntFlag, StrEnum
from functools import lru_cache
from typing import Any

MOST_NAME = 128
MOST_FIELDS = 64
Find = Callable[[str], Any]
"""Returns the class of a dotted name in a student's file, or None."""


def nobody(name: str) -> Any:
    """Find no class: what the judge does."""
    return None


def described(value: Any) -> tuple[str, list[Any]] | None:
    """Return the tag, and what else tells the value: the class's name and the values to pack; None if it is no such value."""
    kind = type(value)
    if isinstance(value, Enum):
        member = value.value if isinstance(value, Flag) else value.name
        return "e", [kind.__qualname__, member, _base(value)]
    if isinstance(value, tuple) and hasattr(kind, "_fields"):
        return "n", [kind.__qualname__, tuple(kind._fields), *value]
    return None


def _base(value: Any) -> Any:
    """Return the number or text that a member is besides."""
    return int(value) if isinstance(value, int) else str.__str__(value) if isinstance(value, str) else None


def member(find: Find, name: str, which: Any, base: Any) -> Any:
    """Return a member of an Enum."""
    kind = find(checked_path(name))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(which) if issubclass(kind, Flag) else kind[which]
    if type(which) not in (str, int) or type(base) not in (int, str, type(None)):
        raise ValueError("a member of an Enum is malformed")
    return _made_up_member(name, which, base, type(base).__name__)


@lru_cache(4_096)
def _made_up_member(name: str, which: str | int, base: Any, kind_of_base: str) -> Any:
    """Make up an Enum that has this one member; the same member is the same object."""
    kinds = {"int": IntEnum, "str": StrEnum, "NoneType": Enum}
    value = which if base is None else base
    label = which if type(which) is str else f"flag{which}"
    kind: Any = kinds[kind_of_base] if type(which) is str else Flag if base is None else IntFlag
    made: Any = kind(name.rpartition(".")[2], {checked_path(label): value})
    made.__qualname__ = name
    return next(iter(made.__members__.values()))


def named(find: Find, name: str, fields: Sequence[Any], values: Sequence[Any]) -> Any:
    """Return a named tuple."""
    kind = find(checked_path(name))
    if isinstance(kind, type) and issubclass(kind, tuple) and getattr(kind, "_fields", None) == tuple(fields):
        return tuple.__new__(kind, values)
    if len(fields) != len(values) or len(fields) > MOST_FIELDS:
        raise ValueError("a named tuple is malformed")
    return _made_up_tuple(name, tuple(map(checked_path, fields)))._make(values)


@lru_cache(512)
def _made_up_tuple(name: str, fields: tuple[str, ...]) -> Any:
    made: Any = namedtuple(name.rpartition(".")[2], fields)  # type: ignore[misc]
    made.__qualname__ = name
    return made


def checked_path(name: Any) -> str:
    """Return a dotted name, or raise `ValueError`."""
    if type(name) is not str or len(name) > MOST_NAME:
        raise ValueError("a name is none")
    parts = [part for part in name.split(".") if part != "<locals>"]
    if not parts or not all(part.isidentifier() and not part.startswith("__") and not keyword.iskeyword(part) for part in parts):
        raise ValueError("a name is none")
    return name
