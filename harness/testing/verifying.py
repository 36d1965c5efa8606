"""Runs a world and judges it: one timed run, or every order of a small system. What fails is shrunk before it is told."""

from __future__ import annotations

from collections.abc import Callable

from harness import report
from harness.errors import Broken, Inconclusive, Stuck
from harness.exploration import Bounds, Exploration, explore
from harness.properties import Always, Property, Sometimes
from harness.report.cause import past_of
from harness.shrink import Failure, shrink
from harness.simulation import Transport, World, simulate
from harness.testing.setting import PromiseBroken, setting, shape_of
from harness.trace import Trace

BEGINNING = 2_000
"""So many records of a run without end are looked at to tell how it begins."""


def verify(world: World, *properties: Property) -> Trace:
    """Simulate a world and judge its trace.

    Returns:
        The trace, if every property holds.

    Raises:
        PromiseBroken: one does not; the run is shrunk first.
        Inconclusive: for one of them the answer is not known, and none of the others is broken.
    """
    where = setting.get()
    trace = simulate(world, where.transport)
    where.saw(trace)
    if not trace.complete:
        raise PromiseBroken(*_storm(trace, world.max_events), "the run ends")
    undecided: Inconclusive | None = None
    for item in properties:
        try:
            broken = _judged(item, trace)
        except Inconclusive as error:
            undecided = undecided or error
            continue
        if broken is not None:
            failure, shape = Failure(world, trace, broken, _size(trace, broken)), shape_of(trace, broken)
            if where.shrinks:
                failure = shrink(
                    failure, _attempt(item, broken.code, where.transport), past=past_of(trace, broken.records) if broken.records else ()
                )
            raise PromiseBroken(failure.broken, failure.trace, item.name, shape)
    if undecided is not None:
        raise undecided
    return trace


def _storm(trace: Trace, events: int) -> tuple[Broken, Trace]:
    """Tell a run without end by its beginning: up to where what happens most often happens for the third time."""
    begun = trace[:BEGINNING]
    happened: dict[str, list[int]] = {}
    for index, record in begun.of("deliver", "fire"):
        happened.setdefault(repr(record[1:3] + record[4:]), []).append(index)
    often = max(happened.values(), key=len, default=[len(begun) - 1])  # of a crowd of timers, none may go off in the beginning
    third = often[min(2, len(often) - 1)]
    goes_on = "; this happens for the third time, and goes on" if len(often) > 2 else ""
    text = f"the nodes never come to rest: {events:,} events in {trace[-1].time_ms:,} ms{goes_on}"
    return Broken(text, code="storm", records=(third,)), trace[: third + 1]


def _judged(item: Property, trace: Trace) -> Broken | None:
    try:
        item.judge(trace)
    except Broken as broken:
        return broken
    return None


def _size(trace: Trace, broken: Broken) -> int:
    return report.length(trace, broken) if broken.records else len(trace)


def _attempt(item: Property, code: str, transport: Transport) -> Callable[[World], Failure | None]:
    stuck = False

    def attempt(world: World) -> Failure | None:
        nonlocal stuck
        if stuck:
            return None
        try:
            trace = simulate(world, transport)
            broken = _judged(item, trace)
        except Stuck:  # each simpler world might cost seconds more; what was found so far will do
            stuck = True
            return None
        except Exception:  # a simpler world may make the program fail in another way; that is not this failure
            return None
        if broken is None or broken.code != code:
            return None
        return Failure(world, trace, broken, _size(trace, broken))

    return attempt


def verify_every_order(world: World, *properties: Always | Sometimes, bounds: Bounds = Bounds(), must_exhaust: bool = False) -> Exploration:
    """Explore every order of a world within the bounds.

    Args:
        must_exhaust: a search that runs out of its budget is then `inconclusive` instead of good enough.

    Raises:
        PromiseBroken: an `Always` breaks in some order (told by a shortest one), or a `Sometimes` happens in none.
        Inconclusive: the budget was spent before the end, and the answer may lie beyond: a `Sometimes` did not happen yet, or
            `must_exhaust` was asked for.
    """
    found = explore(world, properties, bounds, setting.get().transport)
    setting.get().saw(found.trace or Trace([], {"timed": False}))
    if found.verdict == "violated" and found.broken and found.trace and found.property:
        raise PromiseBroken(found.broken, found.trace, found.property.name, shape_of(found.trace, found.broken))
    if found.verdict == "ran out" and (must_exhaust or found.unreached):
        raise Inconclusive(f"{found.states:,} states were visited and the budget was spent before the end")
    if found.unreached:
        never = Broken(f"in none of {found.states:,} states does it happen that {found.unreached[0]}", code="never")
        raise PromiseBroken(never, Trace([], {"timed": False}), found.unreached[0])
    return found
