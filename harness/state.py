"""Plain data: the only thing a node may remember, write to disk or send.

Two operations. `immutable` turns a value into one that nobody can change (what messages and disks hold). `freeze` turns a
node's whole memory into a hashable picture of it, and `thaw` builds the memory again from the picture: exploration
recognises a state it has met by its picture. A picture is exact: two memories have equal pictures only if no program could
tell them apart (the order of a dict's keys is part of it; so is the difference between 1 and True).
"""

from __future__ import annotations

import sys
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum, Flag
from types import FunctionType
from typing import Any

from harness.errors import StateMistake

ATOMS = frozenset({type(None), bool, int, float, str, bytes})
Picture = Any


class FrozenDict(Mapping[Any, Any]):
    """An immutable dict: what a dict becomes inside a message or on disk. Use `dict(it)` to get one you can change."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[Any, Any]) -> None:
        self._items = dict(items)

    def __getitem__(self, key: Any) -> Any:
        return self._items[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return repr(self._items)


def immutable(value: Any, where: str = "this value") -> Any:
    """Return `value` with lists as tuples, dicts as `FrozenDict` and sets as frozensets, all the way down.

    Raises:
        StateMistake: something inside is not plain data; the text names where.
    """
    if _settled(value) or isinstance(value, Enum):
        return value
    kind: Any = type(value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return kind(*(immutable(item, f"{where}.{name}") for name, item in zip(kind._fields, value, strict=True)))
    if isinstance(value, list | tuple | deque):
        return tuple([item if _settled(item) else immutable(item, f"{where}[{index}]") for index, item in enumerate(value)])
    if isinstance(value, set | frozenset):
        return frozenset([immutable(item, f"an element of {where}") for item in value])
    if isinstance(value, Mapping):
        keys = [key if _settled(key) else immutable(key, f"a key of {where}") for key in value]
        items = [item if _settled(item) else immutable(item, f"{where}[{key!r}]") for key, item in value.items()]
        return FrozenDict(dict(zip(keys, items, strict=True)))
    raise _not_plain(value, where, "or messages")


def _settled(value: Any) -> bool:
    """True for what nobody can change, so that it need not be built again: a log on disk is written often."""
    kind = type(value)
    if kind is not tuple:
        return kind in ATOMS or kind is FrozenDict or is_message(value)
    for item in value:  # noqa: SIM110 - `all` takes twice as long
        if type(item) not in ATOMS and not _settled(item):
            return False
    return True


def is_message(value: Any) -> bool:
    """True for an instance of a class made with `@message`."""
    return getattr(type(value), "__message__", False) is True


class Sharing(dict[int, int]):
    """What one `freeze` has met: the number of each mutable object by identity, and the places of pending timers."""

    def __init__(self, timers: Mapping[int, int] | None = None) -> None:
        super().__init__()
        self.timers = timers

    def place(self, timer: int) -> int:
        """Return a timer handle's place among the pending timers; every handle whose timer is over is 0."""
        return timer if self.timers is None else self.timers.get(timer, 0)


def freeze(value: Any, where: str = "this value", seen: Sharing | None = None) -> Picture:
    """Return a hashable picture of `value`; `thaw` builds an equal value from it.

    A mutable object that is reachable twice is pictured once and referred to by number, so sharing survives.

    Raises:
        StateMistake: something inside is not plain data; the text names where.
    """
    kind = type(value)
    if kind is int or kind is str or value is None or kind is bytes:
        return value
    if kind is bool:
        return ("bool", int(value))
    if kind is float:
        return ("float", value.hex())
    if isinstance(value, Enum):
        return ("flag", kind, value.value) if isinstance(value, Flag) else ("enum", kind, value.name)
    seen = Sharing() if seen is None else seen
    if kind is tuple:
        return ("tuple", *[freeze(item, f"{where}[{index}]", seen) for index, item in enumerate(value)])
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return ("named", kind, *[freeze(item, f"{where}.{name}", seen) for name, item in zip(kind._fields, value, strict=True)])
    if kind is frozenset:
        return ("frozenset", *_sorted_pictures(value, where, seen))
    if is_message(value):
        return ("message", kind, *[freeze(getattr(value, name), f"{where}.{name}", seen) for name in value.__match_args__])
    if id(value) in seen:
        return ("same", seen[id(value)])
    seen[id(value)] = len(seen)
    return _freeze_container(value, kind, where, seen)


def _freeze_container(value: Any, kind: type, where: str, seen: Sharing) -> Picture:
    if kind is list:
        return ("list", *[freeze(item, f"{where}[{index}]", seen) for index, item in enumerate(value)])
    if kind is dict or kind is FrozenDict or kind is Counter or kind is OrderedDict:
        return (kind, *_frozen_items(value, where, seen))
    if kind is defaultdict:
        if not (value.default_factory is None or isinstance(value.default_factory, type)):
            raise StateMistake(f"{where} holds a function, the default of a defaultdict; write defaultdict(int), or use .get(key, default)")
        return (kind, value.default_factory, *_frozen_items(value, where, seen))
    if kind is set:
        return ("set", *_sorted_pictures(value, where, seen))
    if kind is deque:
        return ("deque", value.maxlen, *[freeze(item, f"{where}[{index}]", seen) for index, item in enumerate(value)])
    if getattr(kind, "__timer__", False):
        return ("timer", seen.place(value.number))
    if _is_plain_object(kind):
        return ("object", kind, *_frozen_items(attributes(value), where, seen, attribute=True))
    raise _not_plain(value, where)


def thaw(picture: Picture, seen: list[Any] | None = None) -> Any:
    """Return the value that `freeze` pictured, sharing nothing mutable with any other value."""
    if type(picture) is not tuple:
        return picture
    seen = [] if seen is None else seen
    kind, *rest = picture
    if kind in _THAW_ATOMS:
        return _THAW_ATOMS[kind](*rest)
    if kind == "tuple":
        return tuple([thaw(item, seen) for item in rest])
    if kind == "named":
        return rest[0](*[thaw(item, seen) for item in rest[1:]])
    if kind == "frozenset":
        return frozenset([thaw(item, seen) for item in rest])
    if kind == "message":
        return rest[0](*[thaw(item, seen) for item in rest[1:]])
    if kind == "same":
        return seen[rest[0]]
    return _thaw_container(kind, rest, seen)


def _thaw_container(kind: Any, rest: list[Any], seen: list[Any]) -> Any:
    place = len(seen)
    seen.append(None)
    made: Any
    if kind == "list":
        made = seen[place] = []
        made.extend(thaw(item, seen) for item in rest)
    elif kind == "set":
        made = seen[place] = {thaw(item, seen) for item in rest}
    elif kind == "deque":
        made = seen[place] = deque((thaw(item, seen) for item in rest[1:]), rest[0])
    elif kind == "timer":
        made = seen[place] = _timer_type(rest[0])
    elif kind == "object":
        made = seen[place] = object.__new__(rest[0])
        for key, item in rest[1:]:
            object.__setattr__(made, key, thaw(item, seen))
    elif kind is FrozenDict:
        made = seen[place] = FrozenDict({thaw(key, seen): thaw(item, seen) for key, item in rest})
    else:
        made = seen[place] = kind(rest.pop(0)) if kind is defaultdict else kind()
        for key, item in rest:
            made[thaw(key, seen)] = thaw(item, seen)
    return made


_THAW_ATOMS: dict[Any, Callable[..., Any]] = {
    "bool": bool,
    "float": float.fromhex,
    "enum": lambda kind, name: kind[name],
    "flag": lambda kind, value: kind(value),
}
_timer_type: Callable[[int], Any] = int  # node.py puts its Timer here: a handle in memory must thaw as a handle


def register_timer(kind: Callable[[int], Any]) -> None:
    """Tell `thaw` how to build a timer handle from its number."""
    global _timer_type
    _timer_type = kind


def attributes(value: Any) -> dict[str, Any]:
    """Return an object's attributes, in `__dict__` and in `__slots__`, as a dict from name to value."""
    found = dict(getattr(value, "__dict__", {}))
    for name in _slots(type(value)):
        if hasattr(value, name):
            found[name] = getattr(value, name)
    return found


def give(value: Any, named: Iterable[tuple[str, Any]]) -> None:
    """Give an object attributes, each where it is kept: in a slot of that name or in `__dict__`. Nothing of its class is run."""
    slots = _slots(type(value))
    for name, item in named:
        if name in slots or name == "__class__":
            object.__setattr__(value, name, item)
        else:
            vars(value)[name] = item


def _slots(kind: type) -> tuple[str, ...]:
    """Return the names in `__slots__` of a class and its bases, as attributes have them: `__x` of `Node` is `_Node__x`."""
    found: list[str] = []
    for base in kind.__mro__:
        slots = base.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            private = name.startswith("__") and not name.endswith("__")
            found.append(f"_{base.__name__.lstrip('_')}{name}" if private else name)
    return tuple(name for name in found if name not in ("__dict__", "__weakref__"))


def _frozen_items(value: Mapping[Any, Any], where: str, seen: Sharing, attribute: bool = False) -> list[tuple[Any, Any]]:
    return [
        (key if attribute else freeze(key, f"a key of {where}", seen), freeze(item, f"{where}[{key!r}]", seen))
        for key, item in value.items()
    ]


def _sorted_pictures(value: Any, where: str, seen: Sharing) -> list[Picture]:
    """Sets have no order of their own, so that of the elements' pictures is taken."""
    if all(type(item) in ATOMS for item in value):
        return sorted((freeze(item) for item in value), key=repr)
    ordered = sorted(value, key=lambda item: repr(freeze(item, f"an element of {where}", Sharing(seen.timers))))
    return [freeze(item, f"an element of {where}", seen) for item in ordered]


def _is_plain_object(kind: type) -> bool:
    """Instances of the student's own classes are plain data if they are not nodes, callables, iterators or contexts.

    A class that builds on list, dict or another type made in C keeps data that are no attributes, and is not plain.
    """
    new: Any = kind.__new__
    if type(new) is not FunctionType and new is not object.__new__:
        return False
    if kind.__module__.partition(".")[0] in sys.stdlib_module_names:
        return False
    own = {name for base in kind.__mro__ for name in vars(base)}  # hasattr would also find type.__call__, on every class
    return own.isdisjoint(("__call__", "__next__", "__enter__", "on_start")) and not isinstance(kind, _META)


_META = type(Enum)


def _not_plain(value: Any, where: str, last: str = "messages or small objects of your own") -> StateMistake:
    kind = type(value)
    name = kind.__name__
    word = "a node" if hasattr(kind, "on_start") else _WORDS.get(name, f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}")
    return StateMistake(f"{where} holds {word}; keep plain data there: numbers, strings, lists, dicts, sets, tuples, {last}")


_WORDS = {
    "function": "a function",
    "method": "a function",
    "builtin_function_or_method": "a function",
    "generator": "a generator",
    "TextIOWrapper": "an open file",
    "BufferedReader": "an open file",
    "BufferedWriter": "an open file",
    "Random": "a random number generator",
}
