"""A ledger in a frame: how a worker packs what its node asks for, and how the judge reads it, checking every name and number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.disk import ABSENT
from harness.grading.codec import Build, ProtocolError, pack, unpack
from harness.node import MAX_DELAY_MS

MAX_EFFECTS = 5_000


def handles_after(pending: list[int], ledger: list[tuple[Any, ...]]) -> list[int]:
    """Return the numbers of the timers that are pending after a ledger, in the order set."""
    numbers = dict.fromkeys(pending)
    for effect in ledger:
        if effect[0] == "set":
            numbers[effect[1]] = None
        elif effect[0] == "cancel":
            numbers.pop(effect[1], None)
    return list(numbers)


def packed_ledger(ledger: list[tuple[Any, ...]]) -> list[Any]:
    """Return a ledger as a frame can hold it; a deletion is a write without a value."""
    packed: list[Any] = []
    for effect in ledger:
        kind = effect[0]
        if kind == "send":
            packed.append(["send", effect[1], pack(effect[2])])
        elif kind == "set":
            packed.append(["set", effect[1], effect[2], effect[3], pack(effect[4])])
        elif kind == "cancel":
            packed.append(["cancel", effect[1]])
        elif kind == "write":
            packed.append(["write", *_packed_item(effect[1], effect[2])])
        else:
            packed.append(["commit", [_packed_item(key, value) for key, value in effect[1]]])
    return packed


def _packed_item(key: Any, value: Any) -> list[Any]:
    return [pack(key)] if value is ABSENT else [pack(key), pack(value)]


def unpacked_ledger(ledger: Any, names: frozenset[str], timers: int, build: Build) -> list[tuple[Any, ...]]:
    """Return a ledger decoded afresh.

    Args:
        ledger: what a worker sent.
        names: everybody a message can be sent to.
        timers: how many timers the node has set before.
        build: makes messages.

    Raises:
        ProtocolError: it is nothing that a node can ask for.
    """
    if type(ledger) is not list or len(ledger) > MAX_EFFECTS:
        raise ProtocolError("a ledger is not a list of at most 5,000 effects")
    found: list[tuple[Any, ...]] = []
    try:
        for kind, *rest in ledger:
            timers += kind == "set"
            found.append(_READERS[kind](rest, names, timers, build))
    except (TypeError, ValueError, KeyError) as error:
        raise ProtocolError("an effect is malformed") from error
    return found


def _send(rest: list[Any], names: frozenset[str], timers: int, build: Build) -> tuple[Any, ...]:
    to, packed = rest
    if to not in names or type(packed) is not list or packed[:1] != ["m"]:
        raise ProtocolError("a send names nobody or carries no message")
    return ("send", to, unpack(packed, build))


def _set(rest: list[Any], names: frozenset[str], timers: int, build: Build) -> tuple[Any, ...]:
    number, delay_ms, method, args = rest
    if number != timers or type(number) is not int or type(delay_ms) is not int or not 0 <= delay_ms <= MAX_DELAY_MS:
        raise ProtocolError("a timer is malformed")
    arguments = unpack(args, build)
    if type(arguments) is not tuple or type(method) is not str or len(method) > 100 or not method.isidentifier():
        raise ProtocolError("a timer is malformed")
    return ("set", number, delay_ms, method, arguments)


def _cancel(rest: list[Any], names: frozenset[str], timers: int, build: Build) -> tuple[Any, ...]:
    (number,) = rest
    return ("cancel", number if type(number) is int else 0)


def _write(rest: list[Any], names: frozenset[str], timers: int, build: Build) -> tuple[Any, ...]:
    return ("write", *_item(rest, build))


def _commit(rest: list[Any], names: frozenset[str], timers: int, build: Build) -> tuple[Any, ...]:
    (items,) = rest
    return ("commit", tuple([_item(item, build) for item in items]))


def _item(item: list[Any], build: Build) -> tuple[Any, Any]:
    key, *value = item
    if len(value) > 1:
        raise ProtocolError("a write is malformed")
    return unpack(key, build), unpack(value[0], build) if value else ABSENT


_READERS: dict[Any, Callable[[list[Any], frozenset[str], int, Build], tuple[Any, ...]]] = {
    "send": _send,
    "set": _set,
    "cancel": _cancel,
    "write": _write,
    "commit": _commit,
}
