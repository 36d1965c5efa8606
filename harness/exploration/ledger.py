"""What is left when a handler's ledger has happened: timers, disk, and records for the trace (exploration)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from harness.disk import ABSENT, Effect
from harness.state import Picture, freeze, thaw

Pending = tuple[int, str, Picture]
"""A pending timer: (delay_ms, method, args)."""
Raw = tuple[Any, ...]
"""A record of a trace, without time and numbers."""


def timers_after(timers: Sequence[Pending], fired: int | None, ledger: Sequence[Effect]) -> list[tuple[int, Pending]]:
    """Return (handle number, timer) of what is pending after a handler, in the order set; `fired` is the place of the one that ran."""
    pending = dict(enumerate(timers, 1))
    if fired is not None:
        del pending[fired + 1]
    for effect in ledger:
        if effect[0] == "set":
            pending[effect[1]] = (effect[2], effect[3], freeze(effect[4]))
        elif effect[0] == "cancel":
            pending.pop(effect[1], None)
    return list(pending.items())


def disk_after(disk: Picture, ledger: Sequence[Effect]) -> Picture:
    """Return the picture of a disk after a ledger's writes; the order of its keys is the order of first writing."""
    if not any(effect[0] in ("write", "commit") for effect in ledger):
        return disk
    contents = dict(thaw(item) for item in disk)
    for effect in ledger:
        applied(effect, contents)
    return tuple([freeze(item) for item in contents.items()])


def records_of(name: str, ledger: Sequence[Effect], pending: Collection[int]) -> list[Raw]:
    """Return what a ledger's effects look like in a trace; `pending` are the handles of timers pending before them."""
    found: list[Raw] = []
    timers = set(pending)
    for effect in ledger:
        kind = effect[0]
        if kind == "send":
            found.append((0, "send", name, 0, effect[1], effect[2]))
        elif kind == "set":
            timers.add(effect[1])
            found.append((0, "set", name, effect[1], effect[3], effect[2]))
        elif kind == "cancel":
            if effect[1] in timers:  # a timer that is over cannot be cancelled
                timers.remove(effect[1])
                found.append((0, "cancel", name, effect[1], None, None))
        else:
            key, value = effect[1:] if kind == "write" else (None, effect[1])
            found.append((0, kind, name, 0, key, value))
    return found


def applied(effect: Effect, disk: dict[Any, Any]) -> None:
    """Apply one ledger entry to a plain dict that stands for a disk (exploration)."""
    writes = (effect[1:],) if effect[0] == "write" else effect[1] if effect[0] == "commit" else ()
    for key, value in writes:
        if value is ABSENT:
            disk.pop(key, None)
        else:
            disk[key] = value
