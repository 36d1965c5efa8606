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
from collections.abc import Callable, Sequence
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from functools import cache
from reprlib import recursive_repr
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
    made: Any = _quickly_made(kind) or dataclass(frozen=True, slots=True)(_checked_afterwards(kind))
    made.__message__ = True
    made.__phrase__ = phrase or None
    made.__names__ = tuple([field.name for field in fields(made)])
    made.__setattr__ = made.__delattr__ = _refuse
    return made  # type: ignore[no-any-return]


def _quickly_made(kind: type) -> Any:
    """Return the finished class, or None if its fields are more than names with or without a default.

    The constructor is written as text, the rest is shared by all messages. So messages, of which a run builds many, are made twice as
    fast as by a dataclass, and their classes, which every sandboxed worker makes anew, four times as fast.
    """
    if any(isinstance(value, Field) for value in vars(kind).values()) or any(is_dataclass(base) for base in kind.__mro__):
        return None
    made: Any = dataclass(init=False, repr=False, eq=False, slots=True)(kind)
    there = made.__dataclass_fields__.values()
    if any(field.kw_only or field.name == "self" or field.name[:8] == "harness_" or "InitVar" in str(field.type) for field in there):
        return None
    without = [field.default is MISSING for field in fields(made)]
    if without != sorted(without, reverse=True):
        return None
    made.__dataclass_params__.frozen = True  # which a message is that inherits from it
    made.__init__ = _constructor(made)
    for name, method in _METHODS.items():
        if name not in vars(kind):
            setattr(made, name, method)
    return made


def _constructor(made: Any) -> Callable[..., None]:
    """Return the method that sets a message's fields, once and for all."""
    known: dict[str, Any] = {"harness_atoms": ATOMS, "harness_immutable": immutable}
    parameters, lines = [], []
    for field in fields(made):
        name, plain = field.name, f"harness_immutable({field.name}, {f'{made.__name__}.{field.name}'!r})"
        known[f"harness_set_{name}"], known[f"harness_default_{name}"] = getattr(made, name).__set__, field.default
        parameters.append(name if field.default is MISSING else f"{name}=harness_default_{name}")
        lines.append(f"    harness_set_{name}(self, {name} if type({name}) in harness_atoms else {plain})")
    text = "\n".join([f"def __init__(self, {', '.join(parameters)}):", *(lines or ["    pass"])])
    exec(text, known)  # noqa: S102 - of nothing but names of fields
    constructor: Callable[..., None] = known["__init__"]
    constructor.__qualname__ = f"{made.__qualname__}.__init__"
    return constructor


def _values(self: Any) -> tuple[Any, ...]:
    return tuple([getattr(self, name) for name in self.__match_args__])


def _equal(self: Any, other: Any) -> Any:
    return _values(self) == _values(other) if other.__class__ is self.__class__ else NotImplemented


def _hashed(self: Any) -> int:
    return hash(_values(self))


@recursive_repr()
def _shown(self: Any) -> str:
    return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in self.__match_args__)})"


def _restored(self: Any, values: Sequence[Any]) -> None:
    for name, value in zip(self.__match_args__, values, strict=True):
        object.__setattr__(self, name, value)


_METHODS = {"__eq__": _equal, "__hash__": _hashed, "__repr__": _shown, "__getstate__": _values, "__setstate__": _restored}


def _checked_afterwards(kind: type) -> type:
    def __post_init__(self: Any) -> None:  # noqa: N807 - put into the class
        for name in self.__match_args__:
            object.__setattr__(self, name, immutable(getattr(self, name), f"{kind.__name__}.{name}"))

    kind.__post_init__ = __post_init__  # type: ignore[attr-defined]
    return kind


def _refuse(self: Any, name: str, value: Any = None) -> None:
    kind = type(self).__name__
    raise MessageMistake(f"{kind}.{name} cannot change: a message is on its way once it is built; build a new {kind} instead")


def fields_of(value: Any) -> dict[str, Any]:
    """Return a message's fields by name, in the order they are declared."""
    return {name: getattr(value, name) for name in value.__names__}


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
