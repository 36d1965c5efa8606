"""Every order of a small system, breadth first, so that the first counterexample is a shortest one.

`explore` is all there is to call. Below it: `search` follows states level by level and leaves out orders that lead to the
same; `global_steps` turns what one node does into what happens to a state; `local_steps` asks each node once; `layout` writes
a state as one integer; `dives` follows schedules drawn at random where there are too many to follow all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.errors import Broken, Misuse
from harness.exploration.bounds import Bounds
from harness.exploration.dives import dive
from harness.exploration.global_steps import Step
from harness.exploration.layout import RanOut
from harness.exploration.search import Search, Violation
from harness.faults import Call, Faults
from harness.node import Process
from harness.properties import Always, Sometimes
from harness.trace import Trace
from harness.world import Transport, World

__all__ = ["Bounds", "Exploration", "explore"]


@dataclass(frozen=True)
class Exploration:
    """What a search found.

    Args:
        verdict: `violated`, `exhausted` (every state within the bounds was visited) or `ran out` (of its budget of states; then some
            schedules drawn at random were followed to their ends, and broke nothing).
        broken: what broke, if violated; its `records` index `trace`.
        trace: a shortest run that breaks it, or one without a step to spare if the search ran out; times are step numbers.
        steps: length of that run.
        unreached: names of `Sometimes` properties that never happened.
        by_depth: how many states are first reached after 0, 1, 2 … steps.
    """

    verdict: str
    states: int
    transitions: int
    calls: int
    repeats: int
    by_depth: tuple[int, ...]
    broken: Broken | None = None
    property: Always | None = None
    trace: Trace | None = None
    steps: int = 0
    unreached: tuple[str, ...] = ()


def explore(
    world: World,
    properties: Sequence[Always | Sometimes] = (),
    bounds: Bounds = Bounds(),
    transport: Transport = Process,
    reduce: bool = True,
) -> Exploration:
    """Follow every order of deliveries, timers and faults of a world within the bounds.

    Time does not pass: a timer may go off whenever no timer that must come before it is pending. `Call`s of the world are on
    their way from the start. Other happenings and knobs belong to simulation and are refused.

    Raises:
        Misuse: the world cannot be explored.
        Mistake: a node did something that a node cannot do; what a handler raises comes out unchanged, with `trace` set.
    """
    world.check()
    if any(not isinstance(item, Call) for item in world.faults.happenings) or replace(world.faults, happenings=()) != Faults():
        raise Misuse("an exploration takes its faults from Bounds; give its world calls only")
    search = Search(world, properties, bounds, transport, reduce)
    try:
        return _explored(search)
    except Exception as error:
        error.trace = _trace(search, search.path(search.state), search.asked.asking)  # type: ignore[attr-defined]
        raise
    finally:
        search.asked.close()


def _explored(search: Search) -> Exploration:
    by_depth: list[int] = []
    verdict, violation = "exhausted", None
    try:
        for fresh in search.levels():
            by_depth.append(fresh)
    except Violation as found:
        verdict, violation = "violated", found
    except RanOut:
        violation = dive(search)
        verdict = "ran out" if violation is None else "violated"
    if violation is None:
        search.asked.prove()
    explored = Exploration(
        verdict,
        states=len(search.parents),
        transitions=search.transitions,
        calls=search.asked.calls,
        repeats=search.asked.repeats,
        by_depth=tuple(by_depth),
        unreached=tuple(goal.name for goal in search.steps.goals),
    )
    return explored if violation is None else _told(explored, search, violation)


def _told(explored: Exploration, search: Search, violation: Violation) -> Exploration:
    """Add the run that breaks the property, judged once more as a trace."""
    path = search.path(violation.state, violation.step)
    trace = _trace(search, path)
    try:
        violation.property.judge(trace)
    except Broken as broken:
        return replace(explored, broken=broken, property=violation.property, trace=trace, steps=len(path) - 1)
    raise Misuse(f"property {violation.property.name!r} broke in the search but holds over the same run: its step() is not a function")


class _Teller:
    """Numbers the messages, timers and lives of a path and dates its records by their step."""

    def __init__(self, search: Search) -> None:
        self.search = search
        self.records: list[tuple[Any, ...]] = []
        self.sent = 0
        self.flying: dict[int, list[int]] = {}  # numbers in the trace, of a message's number in the search
        self.timers: dict[str, list[int]] = {}  # pending timers of a node, in the order set
        self.timers_set: dict[str, int] = {}
        self.lives: dict[str, int] = {}

    def send(self, message: int) -> int:
        """Put a message on its way; return its number in the trace."""
        self.sent += 1
        self.flying.setdefault(message, []).append(self.sent)
        return self.sent

    def tell(self, time: int, records: Sequence[tuple[Any, ...]], sends: Sequence[int], stays: bool) -> None:
        """Add the records of one step; `stays` if the delivered message is not used up."""
        coming = iter(sends)
        pending: dict[int, int] = {}  # numbers in the trace, of this handler's handles
        for _, kind, node, number, other, data in records:
            if kind in ("deliver", "fire", "start"):
                pending = dict(enumerate(self.timers.get(node, []), 1))
            if kind == "send":
                number = self.send(next(coming, 0))  # 0: sent before a crash after which the restart did not come back
            elif kind == "deliver":
                copies = self.flying[number]
                number = copies[0] if stays else copies.pop(0)
            elif kind == "start":
                number = self.lives[node] = self.lives.get(node, 0) + 1
            elif kind == "set":
                self.timers_set[node] = pending[number] = self.timers_set.get(node, 0) + 1
                number = pending[number]
            elif kind == "fire":
                number = pending.pop(number + 1)
            elif kind == "cancel":
                number = pending.pop(number)
            elif kind == "crash":
                pending = {}
            self.timers[node] = list(pending.values())
            self.records.append((time, kind, node, number, other, data))


def _trace(search: Search, path: Sequence[Sequence[Step]], last: Sequence[tuple[Any, ...]] = ()) -> Trace:
    """Return the trace of a path; `last` are records of a handler that did not come back."""
    teller = _Teller(search)
    for call in search.calls:
        number = teller.send(search.asked.envelope(call.client, call.to, call.message))
        teller.records.append((0, "send", call.client, number, call.to, call.message))
    for time, steps in enumerate(path):
        for step in steps:
            stays = step.takes is None
            teller.tell(time, step.outcome.records, step.outcome.sends, stays or search.bounds.network == "set")
    teller.tell(len(path), last, (), stays=True)
    return Trace(teller.records, {"timed": False})
