"""Promises about time and order: the clock condition over calls, and mutual exclusion over messages.

    Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System", 1978.

A *history* is a list of steps of a few machines: ("tick", who, 0), ("send", who, k), ("receive", who, k), where k numbers the
messages. Any sublist of a history is a history: what was never sent is not received.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

from harness.errors import Broken
from harness.properties import Always
from harness.trace import Record, Trace

Step = tuple[str, str, int]


def drawn_history(seed: object, names: Sequence[str], count: int, messages: float = 0.6) -> list[Step]:
    """Draw a history in which messages overtake each other, arrive twice, or never arrive.

    Args:
        seed: another seed, another history.
        names: the machines.
        count: number of steps.
        messages: share of steps that send or receive.
    """
    draw = random.Random(f"history/{seed}")
    steps: list[Step] = []
    sent: list[str] = []
    for _ in range(count):
        who = draw.choice(names)
        waiting = [number for number, sender in enumerate(sent, 1) if sender != who]
        if draw.random() >= messages:
            steps.append(("tick", who, 0))
        elif waiting and draw.random() < 0.55:
            # mostly one of the latest, so that news travels; at times an old one or a copy
            steps.append(("receive", who, draw.choice(waiting[-3:] if draw.random() < 0.8 else waiting)))
        else:
            sent.append(who)
            steps.append(("send", who, len(sent)))
    return steps


def short_histories(names: Sequence[str], count: int) -> Iterator[list[Step]]:
    """Yield every history of `count` steps; shorter ones are their beginnings, so this is every history up to `count`."""
    yield from _longer([], [], names, count)


def _longer(steps: list[Step], sent: list[str], names: Sequence[str], count: int) -> Iterator[list[Step]]:
    if len(steps) == count:
        yield list(steps)
        return
    for who in names:
        for number, sender in enumerate(sent, 1):
            if sender != who:
                yield from _longer([*steps, ("receive", who, number)], sent, names, count)
        yield from _longer([*steps, ("tick", who, 0)], sent, names, count)
        yield from _longer([*steps, ("send", who, len(sent) + 1)], [*sent, who], names, count)


def happened_before(steps: Sequence[Step]) -> set[tuple[int, int]]:
    """Return all pairs (a, b) of places in a history such that a happened before b.

    By the definition: earlier on the same machine, or the sending of what the other receives, or a chain of these.
    """
    past: list[set[int]] = []
    latest: dict[str, int] = {}
    sent: dict[int, int] = {}
    for place, (what, who, number) in enumerate(steps):
        causes = [latest[who]] if who in latest else []
        if what == "receive" and number in sent:
            causes.append(sent[number])
        past.append(set(causes).union(*(past[cause] for cause in causes)))
        latest[who] = place
        if what == "send":
            sent[number] = place
    return {(before, after) for after, causes in enumerate(past) for before in causes}


def clock_condition(trace: Trace) -> None:
    """Judge the calls of clocks: if a happened before b, a's stamp is smaller. Every call's result is the event's stamp.

    It is enough to compare with the event before on the same clock, and with the sending of a received message: "smaller" is
    transitive, as happened-before is. A call carries the message that its trace record names (see `Play.call`).

    Raises:
        Broken: two events whose stamps are not in order, or a stamp that is no whole number.
    """
    latest: dict[str, int] = {}
    sent: dict[int, int] = {}
    for index, record in trace.of("call"):
        stamp = _stamp(trace, index)
        sending = sent.get(-record.number) if record.number < 0 else None
        if record.node in latest:
            before = latest[record.node]
            if stamp <= _stamp(trace, before):
                proof = (before, index) if sending is None else tuple(sorted((before, sending, index)))
                _refuse_own(trace, before, index, proof)
        if sending is not None and stamp <= _stamp(trace, sending):
            text = (
                f"{trace[sending].node} sent the message with stamp {_stamp(trace, sending)}; {record.node}'s receipt of it came "
                f"later and got stamp {stamp}, which is not larger"
            )
            code = "receipt_repeats_the_sending" if stamp == _stamp(trace, sending) else "receipt_before_the_sending"
            raise Broken(text, code=code, records=(sending, index))
        latest[record.node] = index
        if record.number > 0:
            sent[record.number] = index


def _refuse_own(trace: Trace, before: int, index: int, proof: tuple[int, ...]) -> None:
    record, old, new = trace[index], _stamp(trace, before), _stamp(trace, index)
    text = f"{record.node}.{record.other} got stamp {new}, but {record.node}'s event just before it already had {old}"
    raise Broken(text, code=f"{record.other}_{'repeats' if new == old else 'goes_back'}", records=proof)


def _stamp(trace: Trace, index: int) -> int:
    record = trace[index]
    stamp = record.data[1]
    if type(stamp) is not int:
        text = f"{record.node}.{record.other} returned {stamp!r}; a stamp is a whole number that stays what it is (int)"
        raise Broken(text, code="no_number", records=(index,))
    return stamp


class OneInside(Always):
    """Mutual exclusion: from its sending of Enter until Leave arrives, a node is inside; never two at once.

    Args:
        enter, leave: class names of the messages.

    Memory: who is inside.
    """

    name = "never two inside"
    initial: tuple[str, ...] = ()

    def __init__(self, enter: str = "Enter", leave: str = "Leave") -> None:
        self.enter, self.leave = enter, leave

    def watches(self, record: Record) -> bool:
        """Enter when it is sent, Leave when it arrives."""
        return (record.kind == "send" and record.name == self.enter) or (record.kind == "deliver" and record.name == self.leave)

    def step(self, memory: Any, record: Record, index: int) -> tuple[str, ...]:
        """Return who is inside after the record."""
        if record.kind == "deliver":
            return tuple(name for name in memory if name != record.node)
        if record.node in memory:
            raise Broken(f"{record.node} lets in its person again while inside", code="entered_twice", records=(index,))
        if memory:
            raise Broken(f"{record.node} enters while {memory[0]} is inside", code="two_inside", records=(index,))
        return (record.node,)

    def judge(self, trace: Trace) -> None:
        """Raise `Broken`, with the other's Enter as part of the proof."""
        try:
            super().judge(trace)
        except Broken as broken:
            last = broken.records[-1]
            inside: dict[str, int] = {}
            for index, record in enumerate(trace[:last]):
                if self.watches(record):
                    inside.pop(record.node, None)
                    if record.kind == "send":
                        inside[record.node] = index
            broken.records = (*inside.values(), last)
            raise


class EntriesInOrder(Always):
    """Nodes enter in the order of (stamp, node) of the requests that let them in. Memory: the latest entry."""

    name = "entries in the order of the requests"
    initial: tuple[Any, ...] = ()

    def __init__(self, enter: str = "Enter") -> None:
        self.enter = enter

    def watches(self, record: Record) -> bool:
        """Enter, when it is sent."""
        return record.kind == "send" and record.name == self.enter

    def step(self, memory: Any, record: Record, index: int) -> tuple[Any, ...]:
        """Return the latest entry."""
        entry = (record.data.stamp, record.node)
        if memory and entry <= memory:
            text = f"{record.node} enters with request {entry[0]} after {memory[1]} entered with request {memory[0]}"
            if entry == memory:
                raise Broken(f"{record.node} enters twice with request {entry[0]}", code="twice", records=(index,))
            raise Broken(f"{text}; in the order of (stamp, node) it comes first", code="out_of_order", records=(index,))
        return entry


class EntriesAreAsked(Always):
    """Every Enter answers one Want, and carries the stamp of a Request that its node sent and has not entered with before.

    Memory: for each node, how many wants are open, and the stamps of its requests that it has not entered with.
    """

    name = "every entry was asked for"
    initial: tuple[Any, ...] = ()

    def watches(self, record: Record) -> bool:
        """Want when it arrives; Request and Enter when they are sent."""
        return (record.kind == "deliver" and record.name == "Want") or (record.kind == "send" and record.name in ("Request", "Enter"))

    def step(self, memory: Any, record: Record, index: int) -> tuple[Any, ...]:
        """Return the open wants and requests."""
        nodes = {name: (wants, stamps) for name, wants, stamps in memory}
        wants, stamps = nodes.get(record.node, (0, ()))
        if record.name == "Want":
            wants += 1
        elif record.name == "Request":
            stamps = tuple(sorted({*stamps, record.data.stamp}))
        elif not wants:
            raise Broken(f"{record.node} sends Enter to {record.other}, who did not ask again", code="unasked", records=(index,))
        elif record.data.stamp not in stamps:
            open_ones = ", ".join(map(str, stamps)) or "none"
            text = f"{record.node} enters with stamp {record.data.stamp}, which no open request of it carries ({open_ones})"
            raise Broken(text, code="stamp_of_no_request", records=(index,))
        else:
            wants, stamps = wants - 1, tuple(stamp for stamp in stamps if stamp != record.data.stamp)
        nodes[record.node] = (wants, stamps)
        return tuple(sorted((name, *entry) for name, entry in nodes.items()))
