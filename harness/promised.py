"""Whether what a program says has the types that its exercise promises: the annotations of the given messages, the reference and the stub.

Nobody loses a mark by this alone; checks decide. But when a check breaks, this tells whose fault it is.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.state import is_message
from harness.trace import Trace

Hints = Mapping[str, Any]
SEQUENCES = ("tuple", "list", "Sequence", "Iterable", "deque")
SETS = ("set", "frozenset", "Set")
MAPPINGS = ("dict", "Mapping", "FrozenDict", "defaultdict")


def malformed(said: Iterable[tuple[str, Any]], modules: Sequence[Any]) -> str:
    """Say what a program said that is not of the type promised; nothing if all of it is.

    Args:
        said: results of calls, each with `Class.method` or the function's name, and messages, with an empty one.
        modules: those that the exercise gives, and the reference and the stub, where they are here.
    """
    kinds = {name: kind for module in modules for name, kind in vars(module).items() if getattr(kind, "__message__", False)}
    hints = {name: hints_of(kind) for name, kind in kinds.items()}
    promised = {called: _promised(called, modules) for called in {called for called, _ in said if called}}
    for called, value in said:
        if called and not fits(value, promised[called]):
            return f"{called} returned a {type(value).__name__}, which is not what it should return"
        wrong = next(filter(None, (misfit(item, hints) for item in _parts(value))), "")
        if wrong:
            return wrong
    return ""


def misspoken(trace: Trace | None, modules: Sequence[Any]) -> str:
    """Say which message of a run is not of the types promised; nothing if all are, or if there was no run."""
    return malformed([("", record.data) for record in trace or () if record.kind == "send"], modules)


def _promised(called: str, modules: Sequence[Any]) -> Any:
    """Return the annotation of what a function or `Class.method` returns."""
    for module in modules:
        thing = module
        for name in called.split("."):
            thing = getattr(thing, name, None)
        if callable(thing) and "return" in hints_of(thing):
            return hints_of(thing)["return"]
    return Any


def hints_of(thing: Any) -> Hints:
    """Return the annotations of a class or function; none if they cannot be read."""
    try:
        return typing.get_type_hints(thing)
    except Exception:
        return {}


def misfit(message: Any, hints: Mapping[str, Hints]) -> str:
    """Say which field of a message is of another type than promised; nothing if none is.

    Args:
        hints: of each given message class, by name; about the fields of other classes nothing is promised.
    """
    name = type(message).__name__
    for field, hint in hints.get(name, {}).items():
        value = getattr(message, field, None)
        if not fits(value, hint):
            return f"{name}.{field} is a {type(value).__name__}, which no {field} of a {name} should be"
        inside = next(filter(None, (misfit(item, hints) for item in _parts(value))), "")
        if inside:
            return inside
    return ""


def _parts(value: Any) -> tuple[Any, ...]:
    """Return the messages that are, or are right inside of, a value."""
    return tuple(item for item in (value if isinstance(value, tuple) else (value,)) if is_message(item))


def fits(value: Any, hint: Any) -> bool:
    """True if a value, plain and immutable as the judge holds it, is what an annotation says; also if it says nothing that is known."""
    if hint in (Any, object) or isinstance(hint, typing.TypeVar | str):
        return True
    if hint in (None, type(None)):
        return value is None
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return any(fits(value, arg) for arg in args)
    if origin is typing.Literal:
        return value in args
    kind = origin or hint
    if not isinstance(kind, type):
        return True
    return _fits_kind(value, kind, args)


def _fits_kind(value: Any, kind: type, args: tuple[Any, ...]) -> bool:
    name = kind.__name__
    if name in SEQUENCES:
        return isinstance(value, tuple) and _fits_items(value, name, args)
    if name in SETS:
        return type(value) is frozenset and all(fits(item, args[0]) for item in value if args)
    if name in MAPPINGS:
        return isinstance(value, Mapping) and all(
            fits(key, args[0]) and fits(item, args[1]) for key, item in value.items() if len(args) == 2
        )
    if kind is float:
        return isinstance(value, float | int)
    if is_message(value) or getattr(kind, "__message__", False):
        return type(value).__name__ == name
    return kind not in (int, str, bool, bytes) or isinstance(value, kind)


def _fits_items(value: tuple[Any, ...], name: str, args: tuple[Any, ...]) -> bool:
    if name != "tuple" or (len(args) == 2 and args[1] is Ellipsis):
        return all(fits(item, args[0]) for item in value if args)
    return not args or (len(value) == len(args) and all(fits(item, arg) for item, arg in zip(value, args, strict=True)))
