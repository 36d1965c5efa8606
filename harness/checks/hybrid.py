"""Promises about hybrid logical clocks: stamps (l, c) that respect causality and stay close to the physical clocks.

    Kulkarni, Demirbas, Madappa, Avva & Leone, "Logical Physical Clocks and Consistent Snapshots in Globally Distributed
    Databases", 2014.

A *history* is a list of steps of a few machines, as in `harness.checks.clocks`, each with what the machine's physical clock
showed: ("tick", who, 0, physical_ms), ("send", who, k, physical_ms), ("receive", who, k, physical_ms).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from harness.checks.clocks import drawn_history
from harness.errors import Broken
from harness.trace import Trace

Step = tuple[str, str, int, int]
Stamp = tuple[int, int]

MOST_JUMP = 9
"""c may begin at 0 to 9, and grow by 1 to 10."""


def timed_history(
    seed: object, names: Sequence[str], count: int, skew_ms: int = 50, hurry_ms: int = 3, steps: float = 0.0, messages: float = 0.6
) -> list[Step]:
    """Draw a history on machines whose physical clocks are off, stand still at times, and are set back or forward.

    Args:
        seed: another seed, another history.
        names: the machines.
        count: number of steps.
        skew_ms: how far a clock may be ahead of true time, at most, whatever happens to it.
        hurry_ms: how much time passes between two steps, at most.
        steps: share of steps before which the machine's clock is set anew.
        messages: share of steps that send or receive.
    """
    draw = random.Random(f"timed/{seed}")
    true_ms = draw.choice((1_000, 50_000, 1_700_000_000_000))
    skew = {name: draw.randrange(skew_ms + 1) for name in names}
    timed: list[Step] = []
    for what, who, number in drawn_history(seed, names, count, messages):
        true_ms += draw.choice((0, 0, draw.randrange(hurry_ms + 1)))
        if draw.random() < steps:
            skew[who] = draw.randrange(skew_ms + 1)
        timed.append((what, who, number, true_ms + skew[who]))
    return timed


def stamp_of(trace: Trace, index: int) -> Stamp:
    """Return the stamp that a call returned.

    Raises:
        Broken: it returned something else than a pair of whole numbers.
    """
    record = trace[index]
    result = record.data[1]
    if not is_stamp(result):
        told = f"{record.node}.{record.other} returned {result!r:.60}; a stamp is a pair (l, c) of whole numbers"
        if result is None:
            told = f"{record.node}.{record.other} returned None; only a stamp that is too far ahead is answered with None"
        raise Broken(told, code="refused" if result is None else "no_stamp", records=(index,))
    return (result[0], result[1])


def is_stamp(value: Any) -> bool:
    """True for a pair of whole numbers, the second from 0 up."""
    return isinstance(value, tuple) and len(value) == 2 and all(type(part) is int for part in value) and value[1] >= 0


def order_condition(trace: Trace) -> None:
    """Judge the calls of hybrid clocks: every event's stamp is larger than that of the event before and of the sending.

    Pairs are compared like Python's tuples. A call carries the message that its trace record names (see `Play.call`).

    Raises:
        Broken: two events whose stamps are not in order.
    """
    latest: dict[str, int] = {}
    sent: dict[int, int] = {}
    for index, record in trace.of("call"):
        stamp = stamp_of(trace, index)
        sending = sent.get(-record.number) if record.number < 0 else None
        if record.node in latest and stamp <= (old := stamp_of(trace, latest[record.node])):
            told = f"{record.node}.{record.other} returned {stamp}, but {record.node}'s event before it already had {old}"
            raise Broken(told, code=f"{record.other}_{'repeats' if stamp == old else 'goes_back'}", records=(latest[record.node], index))
        if sending is not None and stamp <= (carried := stamp_of(trace, sending)):
            told = f"{record.node}.receive returned {stamp}, but the message was sent with {carried}, which is not smaller"
            raise Broken(told, code="receipt_not_after_sending", records=(sending, index))
        latest[record.node] = index
        if record.number > 0:
            sent[record.number] = index


def close_to_physical(trace: Trace) -> None:
    """Judge the calls of hybrid clocks: l is the largest physical time that the machine knows of, and c stays small.

    Known are the readings that the machine was given, and the l of the stamps that reached it. c begins at 0 to 9 when the
    machine's own reading makes l grow; otherwise it is larger than each c that belongs to the same l, by at most 10.

    Raises:
        Broken: l is another number, or c grew too much.
    """
    known: dict[str, Stamp] = {}
    last: dict[str, int] = {}
    for index, record in trace.of("call"):
        top, c = stamp_of(trace, index)
        *carried, physical_ms = record.data[0]
        stamps = [known[record.node]] if record.node in known else []
        stamps += [tuple(each) for each in carried]
        right = max([physical_ms, *[each[0] for each in stamps]])
        proof = (last[record.node], index) if record.node in last else (index,)
        said = f"{record.node}.{record.other} returned {(top, c)}"
        if top < right:
            code = "behind_the_wall" if top < physical_ms else "behind_what_it_knows"
            raise Broken(f"{said} at physical time {physical_ms}, but {record.node} knows of time {right}", code=code, records=proof)
        if top > right:
            raise Broken(f"{said}, but no clock that {record.node} knows of shows more than {right}", code="ahead_of_all", records=proof)
        most = max([each[1] + 1 for each in stamps if each[0] == top], default=0) + MOST_JUMP
        if c > most:
            told = f"{said}: c counts events with the same l, and should be at most {most} here"
            raise Broken(told, code="c_not_small", records=proof)
        known[record.node] = (top, c)
        last[record.node] = index
