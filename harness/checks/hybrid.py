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

VERY_FAR = 10_000
"""A stamp that is so many times further ahead than is allowed is refused under any misreading of the bound but one: no bound."""


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


def telling_history(fast: str, slow: str, start_ms: int) -> list[Step]:
    """Return a history of two machines, written down, in which each rule for l and c decides some stamp.

    The clock of `fast` is 60 ms ahead. In this order: news from a newer l; equal l, where the message's c is larger; a message
    from the past; equal l, where the own c is larger, though not as text; a copy from far in the past; a clock that is set back.
    """

    def at(*step: Any, ms: int) -> Step:
        return (*step, start_ms + ms)

    return [
        at("send", slow, 1, ms=0),
        *[at("tick", fast, 0, ms=60)] * 3,
        at("send", fast, 2, ms=60),  # c is 3
        at("receive", slow, 2, ms=1),
        at("tick", slow, 0, ms=2),
        at("send", slow, 3, ms=2),  # c is 6
        at("tick", fast, 0, ms=60),
        at("receive", fast, 3, ms=60),
        at("receive", fast, 1, ms=50),
        at("send", fast, 4, ms=60),  # c is 9
        *[at("tick", slow, 0, ms=3)] * 5,
        at("receive", slow, 4, ms=3),
        at("receive", fast, 1, ms=300),
        at("tick", fast, 0, ms=30),
        at("send", fast, 5, ms=31),
    ]


def stamp_of(trace: Trace, index: int) -> Stamp:
    """Return the stamp that a call returned.

    Raises:
        Broken: it returned something else than a pair of whole numbers.
    """
    record = trace[index]
    result = record.data[1]
    if is_stamp(result):
        return (result[0], result[1])
    if result is not None or record.other != "receive":
        raise Broken(no_stamp(record.node, record.other, result), code="no_stamp", records=(index,))
    (top, _), physical_ms = record.data[0]
    where = f"{top - physical_ms} ms ahead" if top > physical_ms else f"{physical_ms - top} ms behind"
    told = f"{record.node}.receive returned None, as for a stamp that is too far ahead; this one is {where}"
    raise Broken(told, code=f"refused_{where.rpartition(' ')[2]}", records=(index,))


def no_stamp(machine: str, method: str, result: Any) -> str:
    """Say that a method returned no stamp."""
    return f"{machine}.{method} returned {result!r:.60}; a stamp is a pair (l, c) of whole numbers"


def is_stamp(value: Any) -> bool:
    """True for a pair of whole numbers, the second from 0 up."""
    return isinstance(value, tuple) and len(value) == 2 and all(type(part) is int for part in value) and value[1] >= 0


def is_version(value: Any, node: str) -> bool:
    """True for a stamp with the name of the replica where the write was made."""
    return isinstance(value, tuple) and len(value) == 3 and is_stamp(value[:2]) and bool(value[2] == node)


def lag(stamp: Sequence[int], before: Sequence[int]) -> str:
    """Say what is wrong with a stamp that should be larger than `before`: it repeats it, or l or c goes back; empty if nothing is."""
    if tuple(stamp[:2]) > tuple(before[:2]):
        return ""
    if tuple(stamp[:2]) == tuple(before[:2]):
        return "repeats"
    return "l_goes_back" if stamp[0] < before[0] else "c_goes_back"


def order_condition(trace: Trace) -> None:
    """Judge the calls of hybrid clocks: every event's stamp is larger than that of the event before and of the sending.

    Pairs are compared like Python's tuples. A call carries the message that its trace record names (see `Play.call`).

    Raises:
        Broken: two events whose stamps are not in order.
    """
    latest: dict[str, int] = {}
    sent: dict[int, int] = {}
    restarted: set[str] = set()
    for index, record in enumerate(trace):
        if record.kind == "start" and record.node in latest:
            restarted.add(record.node)
        if record.kind != "call":
            continue
        stamp = stamp_of(trace, index)
        old = stamp_of(trace, latest[record.node]) if record.node in latest else None
        if old and (how := lag(stamp, old)):
            told = f"{record.node}.{record.other} returned {stamp}, but {record.node}'s event before it already had {old}"
            code = f"{'restart' if record.node in restarted else record.other}_{how}"
            raise Broken(told, code=code, records=(latest[record.node], index))
        if record.number < 0 and -record.number in sent:
            _check_receipt(trace, sent[-record.number], index, old)
        latest[record.node] = index
        restarted.discard(record.node)
        if record.number > 0:
            sent[record.number] = index


def _check_receipt(trace: Trace, sending: int, index: int, old: Stamp | None) -> None:
    stamp, carried = stamp_of(trace, index), stamp_of(trace, sending)
    if not lag(stamp, carried):
        return
    told = f"{trace[index].node}.receive returned {stamp}, but the message was sent with {carried}, which is not smaller"
    code = "message_has_newer_l" if stamp[0] < carried[0] else "message_has_larger_c"
    if code == "message_has_larger_c" and old and old[0] == carried[0]:
        code = "message_has_same_l_and_larger_c"
    raise Broken(told, code=code, records=(sending, index))


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
        own = known.get(record.node)
        stamps = [stamp for stamp in (own, *carried) if stamp is not None]
        right = max([physical_ms, *[each[0] for each in stamps]])
        proof = (last[record.node], index) if record.node in last else (index,)
        said = f"{record.node}.{record.other} returned {(top, c)}"
        if top < right:
            code = "behind_the_wall" if top < physical_ms else "behind_its_past" if own and top < own[0] else "behind_the_message"
            told = f"{said} at physical time {physical_ms}, but {record.node} knows of time {right}"
            raise Broken(told, code=f"{record.other}_{code}", records=proof)
        if top > right:
            code = "ahead_of_its_past" if own and own[0] == right else "ahead_of_all"
            raise Broken(f"{said}, but no clock that {record.node} knows of shows more than {right}", code=code, records=proof)
        most = max([each[1] + 1 for each in stamps if each[0] == top], default=0) + MOST_JUMP
        if c > most:
            told = f"{said}: c counts events with the same l, and should be at most {most} here"
            anew = all(each[0] < top for each in stamps)
            raise Broken(told, code="c_goes_on_in_a_new_l" if anew else "c_of_another_l", records=proof)
        known[record.node] = (top, c)
        last[record.node] = index


def taken_in(stamp: Sequence[int], physical_ms: int, bound_ms: int, answer: Any, known_l: int = 0, shown_ms: int = 0) -> str:
    """Say how a stamp was taken in that is too far ahead and should have been refused.

    Args:
        stamp: what the message carries.
        physical_ms: the reading that it should have been compared with.
        bound_ms: how far ahead it might have been.
        answer: what receive returned for it.
        known_l: the largest l that the machine knew, if that may matter.
        shown_ms: the most that its physical clock had shown, if that may matter.
    """
    if is_stamp(answer) and answer[0] < stamp[0]:
        return "cut_down"
    if stamp[0] - shown_ms <= bound_ms:
        return "measured_from_another_reading"
    if stamp[0] - known_l <= bound_ms:
        return "measured_from_l"
    return "whatever_comes" if stamp[0] - physical_ms > VERY_FAR * bound_ms else "a_little_too_far"
