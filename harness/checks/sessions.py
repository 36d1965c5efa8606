"""The four guarantees of a session, as pure functions over a history of what users asked and were told.

A key's versions are 1, 2, 3 … in the order in which its writes were stored; version 0 is what was there before any. Operations
of one session are ordered when one was answered before the other began. Overlapping ones are not, and neither is what comes
after an operation that was never answered: a write without an answer may have happened, may still happen, or never will.

    Terry, Demers, Petersen, Spreitzer, Theimer & Welch, "Session Guarantees for Weakly Consistent Replicated Data", 1994.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

from harness.errors import Broken
from harness.properties import Holds
from harness.trace import Trace


class Op(NamedTuple):
    """One operation of a session on one key.

    Args:
        session: whose.
        kind: "read" or "write".
        key: on what.
        version: which version it wrote, or was shown; None if it stored nothing, or was shown nothing.
        start: when it began: a time, or a place in a trace.
        end: when it was answered; None for an operation that is pending or whose outcome is unknown.
    """

    session: Any
    kind: str
    key: Any
    version: int | None
    start: int
    end: int | None


Pair: TypeAlias = tuple[Op, Op]


def read_your_writes(history: Iterable[Op]) -> Pair | None:
    """Return a write and a later read of its session and key that was shown an older version; None if there is no such pair."""
    return _first_pair(history, "write", "read")


def monotonic_reads(history: Iterable[Op]) -> Pair | None:
    """Return a read and a later one of its session and key that was shown an older version; None if there is no such pair."""
    return _first_pair(history, "read", "read")


def monotonic_writes(history: Iterable[Op]) -> Pair | None:
    """Return a write and a later one of its session and key that was stored before it; None if there is no such pair."""
    return _first_pair(history, "write", "write")


def writes_follow_reads(history: Iterable[Op]) -> Pair | None:
    """Return a read and a later write of its session and key that was not stored after what was read; None if there is no such pair."""
    return _first_pair(history, "read", "write")


def _first_pair(history: Iterable[Op], first: str, second: str) -> Pair | None:
    """Return an operation of kind `first` and a later one of kind `second` that is not as new as it has to be.

    A sweep over time: a session's newest operation so far, per key, says all that matters of the past.
    """
    least = 1 if second == "write" else 0  # a write makes a version of its own, a read may see the same again
    ops = [op for op in history if op.version is not None]
    earlier = sorted([(op.end, place) for place, op in enumerate(ops) if op.kind == first and op.end is not None])
    later = sorted([(op.start, place) for place, op in enumerate(ops) if op.kind == second])
    newest: dict[Any, Op] = {}
    done = 0
    for start, place in later:
        while done < len(earlier) and earlier[done][0] < start:
            op = ops[earlier[done][1]]
            at = op.session, op.key
            if at not in newest or _version(newest[at]) < _version(op):
                newest[at] = op
            done += 1
        known = newest.get((ops[place].session, ops[place].key))
        if known is not None and _version(ops[place]) < _version(known) + least:
            return known, ops[place]
    return None


def _version(op: Op) -> int:
    return op.version or 0


GUARANTEES: dict[str, Callable[[Iterable[Op]], Pair | None]] = {
    "read your writes": read_your_writes,
    "monotonic reads": monotonic_reads,
    "monotonic writes": monotonic_writes,
    "writes follow reads": writes_follow_reads,
}


def session_guarantees(front_ends: Sequence[str], primary: str) -> Holds:
    """All four guarantees hold over a run, for every user at every front end.

    Watches the messages `Read`, `Value`, `Write`, `Written`, and the entries that the primary writes to its disk. No two writes of a
    key may have the same value, nor one the value None: a value has to tell which version it is.
    """

    def judge(trace: Trace) -> None:
        history = history_of(trace, front_ends, primary)
        for name, violation in GUARANTEES.items():
            pair = violation(history)
            if pair is not None:
                text = " and then ".join(map(_told, pair))
                proof = (pair[0].end or pair[0].start, pair[1].end or pair[1].start)
                raise Broken(f"{pair[0].session[0]} {text}: no {name}", code=name.replace(" ", "_"), records=proof)

    return Holds("session guarantees", judge)


def _told(op: Op) -> str:
    return f"{'is shown' if op.kind == 'read' else 'writes'} version {op.version} of {op.key}"


def history_of(trace: Trace, front_ends: Sequence[str], primary: str) -> list[Op]:
    """Return what users did, as operations that begin and end at places in the trace; a session is a (user, front end).

    An answered write that the primary never stored is left out, as is a value that nobody wrote: other checks refuse these.
    """
    versions: dict[tuple[Any, str], int] = {}
    asked: dict[tuple[str, str, int], tuple[int, Any]] = {}
    ended: dict[tuple[str, str, int], tuple[int, Any]] = {}
    for index, record in trace.of("write", "deliver", "send"):
        message = record.data
        if record.kind == "write" and record.node == primary and record.name == "Entry":
            versions.setdefault((message.key, repr(message.value)), message.version)
        elif record.kind == "deliver" and record.node in front_ends and record.name in ("Read", "Write"):
            asked.setdefault((record.node, record.other, message.number), (index, message))
        elif record.kind == "send" and record.node in front_ends and record.name in ("Value", "Written"):
            ended.setdefault((record.node, record.other, message.number), (index, message))
    return [_op(at, *begun, ended.get(at), versions) for at, begun in asked.items()]


def _op(at: tuple[str, str, int], start: int, asked: Any, answer: tuple[int, Any] | None, versions: dict[tuple[Any, str], int]) -> Op:
    front_end, user, _ = at
    kind = "read" if type(asked).__name__ == "Read" else "write"
    end, told = answer if answer is not None else (None, None)
    version: int | None = None
    if kind == "write":
        version = versions.get((asked.key, repr(asked.value)))
    elif type(told).__name__ == "Value" and told is not None:
        version = versions.get((asked.key, repr(told.value)), 0 if told.value is None else None)
    return Op((user, front_end), kind, asked.key, version, start, end)
