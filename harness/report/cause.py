"""Which records of a trace could have caused which: Lamport's happened-before, and the faults that stood in its way.

One record happened before another if it came earlier on the same node, if it is the send of what the other delivers, or if a
chain of these leads from one to the other. Timers need no rule of their own: a timer is set by the node that it wakes.

    Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System", 1978.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from harness.errors import Broken
from harness.trace import Record, Trace

EFFECTS = frozenset({"send", "set", "cancel", "write", "commit"})
"""What a handler asks for; every other kind of record is an event."""

NOBODY = frozenset({"lose", "cut", "heal"})
"""Kinds that happen to the network: no node notices them, so no node's later records follow from them."""

FAULTS = frozenset({"crash", "pause", "step", "cut", "heal", "lose"})

COUNTED = frozenset({"deliver", "fire", "call", "crash", "pause", "step", "cut"})
"""What makes a story longer: the steps of a schedule, not what follows from them by itself (effects, heals, restarts)."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happens at once: an event, and what its handler asked for.

    Args:
        index: place of the event's record in the trace; a client's question is a `send` without a handler.
        record: the event.
        effects: places of the handler's effects, in order.
    """

    index: int
    record: Record
    effects: tuple[int, ...] = ()


def moments(trace: Trace) -> Iterator[Moment]:
    """Yield the moments of a trace in order. The losses of messages are moments of their own, inside the handler that sent."""
    nodes = {record.node for _, record in trace.of("start")}
    current: Moment | None = None
    waiting: list[Moment] = []
    for index, record in enumerate(trace):
        if record.kind in EFFECTS and current is not None and record.node == current.record.node in nodes:
            current = Moment(current.index, current.record, (*current.effects, index))
            continue
        moment = Moment(index, record)
        if record.kind == "lose":
            waiting.append(moment)
            continue
        yield from _in_order(current, waiting)
        current, waiting = moment, []
    yield from _in_order(current, waiting)


def _in_order(current: Moment | None, losses: list[Moment]) -> Iterator[Moment]:
    if current is not None:
        yield current
    yield from losses


def sends_of(trace: Trace) -> dict[int, int]:
    """Return, for every message number, the place of its `send`."""
    return {record[3]: index for index, record in enumerate(trace.records) if record[1] == "send"}


def past_of(trace: Trace, records: tuple[int, ...]) -> set[int]:
    """Return the places of all records that happened before one of `records`, and these themselves.

    Nothing in `records` means that no single record proves it (something never happened): then everything counts.
    """
    latest: dict[str, int] = {}  # of each node, the last record that belongs to the past
    raw, sends = trace.records, sends_of(trace)
    for index in records:
        _extend(latest, raw[index][2], index)
    past = set(records)
    for index in range(max(records, default=len(raw) - 1), -1, -1):
        _, kind, node, number = raw[index][:4]
        if kind in NOBODY or (records and index > latest.get(node, -1)):
            continue
        past.add(index)
        if kind == "deliver" and number in sends:
            _extend(latest, raw[sends[number]][2], sends[number])
    return past


def _extend(latest: dict[str, int], node: str, index: int) -> None:
    latest[node] = max(latest.get(node, -1), index)


def cone_of(trace: Trace, broken: Broken) -> set[int]:
    """Return the places of the records that a story may tell: the causal past of the proof, and the faults that touch it.

    Of what did not happen in time, that is everything until then, or until then the past of what should have led to it.

    A fault touches it if it happens before the last record of the proof, to a node (or on a link between nodes) of the past.
    A lost message touches it if its sending is part of the past.
    """
    last = last_of(trace, broken)
    past = {index for index in past_of(trace, broken.records) if index <= last}
    nodes = {trace.records[index][2] for index in past}
    sends, crashed = sends_of(trace), set[str]()
    for index in range(last + 1):
        record = trace[index]
        if record.kind == "crash":
            crashed.add(record.node)
        restart = record.kind == "start" and record.node in crashed
        if (record.kind in FAULTS or restart) and _touches(record, nodes, past, sends):
            past.add(index)
    return past


def last_of(trace: Trace, broken: Broken) -> int:
    """Return the place of the last record that a story may tell: of the proof, of what happened before the time was up, or of all."""
    if broken.by_ms is None:
        return max(broken.records, default=len(trace) - 1)
    return bisect_right(trace.records, broken.by_ms, key=lambda record: record[0]) - 1


def _touches(record: Record, nodes: set[str], past: set[int], sends: dict[int, int]) -> bool:
    if record.kind == "lose":
        return record.node in nodes and sends.get(record.number) in past
    if record.kind in ("cut", "heal"):
        return any(name in nodes for side in sides_of(record.other) for name in side)
    return record.node in nodes


def sides_of(groups: Any) -> tuple[tuple[str, ...], ...]:
    """Return the groups of a `cut` or `heal`, whether it works in one direction or in both."""
    return groups[1:] if groups and groups[0] == "one way" else groups  # type: ignore[no-any-return]


def length(trace: Trace, broken: Broken) -> int:
    """Return how many events it takes to tell why `broken` broke: deliveries, timers, calls and faults in its causal past."""
    return sum(trace.records[index][1] in COUNTED for index in cone_of(trace, broken))
