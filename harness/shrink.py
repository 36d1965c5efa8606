"""Cut a failing run down to what it takes to fail: fewer faults, fewer client calls, fewer nodes, fewer deliveries.

First the run is *pinned*: every message that happened before the failure arrives when it did, by a rule of its own, and every
other one as late as the network may be. From then on leaving something out changes nothing else by chance.

Zeller & Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002 (delta debugging).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from harness.errors import Broken
from harness.faults import Call, Deliver, Drop, Faults, Happening, OneWayCut, Partition, Rule
from harness.simulation import World
from harness.trace import Trace

T = TypeVar("T")
MAX_RUNS, MIN_RUNS, MOST_RECORDS = 400, 60, 1_000_000  # long runs are repeated less often: a student waits for this


@dataclass(frozen=True)
class Failure:
    """A failing run.

    Args:
        world: what to simulate to see it again.
        trace: the run.
        broken: what broke in it.
        size: how many events it takes to tell; smaller is better.
    """

    world: World
    trace: Trace
    broken: Broken
    size: int


Attempt = Callable[[World], Failure | None]
"""Simulates a world; None if the same promise does not break in the same way."""


def smallest(items: Sequence[T], fails: Callable[[list[T]], bool]) -> list[T]:
    """Return a sublist that still fails and of which no single item can be left out (ddmin)."""
    kept, pieces = list(items), 2
    while len(kept) >= 2:
        size = -(-len(kept) // pieces)
        for start in range(0, len(kept), size):
            rest = kept[:start] + kept[start + size :]
            if fails(rest):
                kept, pieces = rest, max(pieces - 1, 2)
                break
        else:
            if size == 1:
                break
            pieces = min(pieces * 2, len(kept))
    return [] if len(kept) == 1 and fails([]) else kept


class Shrinker:
    """Tries simpler worlds and keeps each that still fails and is no longer to tell."""

    def __init__(self, failure: Failure, attempt: Attempt, max_runs: int = MAX_RUNS, past: Collection[int] = ()) -> None:
        self.best = failure
        self.arrivals = _arrivals(failure.trace, past)
        self.attempt = attempt
        self.runs_left = max_runs
        # Where something is missing, leaving out who should do it, who asks for it, or a message would always "fail" too.
        self.missing = not failure.broken.records
        self.lossy = may_lose(failure.world.faults)
        self.late: tuple[Rule, ...] = ()
        low_ms, high_ms = failure.world.faults.latency_ms
        self.usual_ms = (min(max(10, low_ms), high_ms),) * 2  # never slower nor faster than the promise allows

    def accepts(self, world: World, as_good: bool = False) -> bool:
        """Run a world; keep it as the best if it fails in the same way and is simpler, or `as_good` but for rules and times."""
        if self.runs_left <= 0:
            return False
        self.runs_left -= 1
        found = self.attempt(world)
        if found is None:
            return False
        weight, least = _weight(found), _weight(self.best)
        if weight >= least and not (as_good and weight[:4] <= least[:4]):
            return False
        self.best = found
        return True

    def run(self) -> Failure:
        """Pin the run, then repeat every simplification until none helps any more, and move what is left together."""
        self.pin()
        before = None
        while before is not self.best and self.runs_left > 0:
            before = self.best
            self.calm()
            self.fewer_happenings()
            self.fewer_nodes()
            self.fewer_deliveries()
            self.earlier()
            self.rounder_times()
        self.tighten()
        return self.best

    def pin(self) -> None:
        """Fix the arrival of each message that led to the failure; any other arrives as late as the network may be."""
        faults = self.best.world.faults
        if not self.arrivals or faults.fifo or faults.fifo_links or (faults.link_latency_ms and not self.lossy):
            return
        longest_ms = faults.latency_ms[1] + (faults.reorder_ms if faults.reorder_ratio else 0)
        late = Rule(Deliver(self.best.world.until_ms + 1 if self.lossy else longest_ms))
        calm = replace(faults, loss_ratio=0.0, duplicate_ratio=0.0, reorder_ratio=0.0, latency_ms=self.usual_ms, link_latency_ms=())
        if self.accepts(replace(self.best.world, faults=replace(calm, rules=(*self.arrivals, late))), as_good=True):
            self.late = (late,)

    def tighten(self) -> None:
        """Name messages by their count instead of their time, so that what is left can move towards the start."""
        if not self.best.world.faults.rules or not self._with(True, rules=(*_arrivals(self.best.trace, counted=True), *self.late)):
            return
        self.earlier()
        for place, rule in enumerate(self.best.world.faults.rules):
            sooner = list(self.best.world.faults.rules)
            sooner[place] = replace(rule, fate=Deliver(self.usual_ms[0]))
            if rule.fate != sooner[place].fate and rule not in self.late:
                self._with(rules=tuple(sooner))
        self.earlier()

    def calm(self) -> None:
        """Switch off what is drawn by lot, one knob after the other, and then the rules."""
        knobs = {"loss_ratio": 0.0, "duplicate_ratio": 0.0, "reorder_ratio": 0.0, "skew_ms": (), "drift_ppm": (), "link_latency_ms": ()}
        for name, value in {**knobs, "latency_ms": self.usual_ms}.items():
            if getattr(self.best.world.faults, name) != value:
                self._with(**{name: value})  # type: ignore[arg-type]
        if self.best.world.faults.rules:
            self._with(rules=(), latency_ms=self.usual_ms)

    def fewer_happenings(self) -> None:
        """Leave out crashes, pauses, partitions, steps, calls and rules."""
        asked = tuple(item for item in self.best.world.faults.happenings if self.missing and isinstance(item, Call))
        others = [item for item in self.best.world.faults.happenings if item not in asked]
        smallest(others, lambda kept: self._with(happenings=asked + tuple(kept)))
        smallest(self.best.world.faults.rules, lambda kept: self._with(rules=tuple(kept)))

    def fewer_nodes(self) -> None:
        """Leave out nodes that no other node was told about by name."""
        if self.missing:
            return
        for spec in self.best.world.nodes:
            world = self.best.world
            told = [value for other in world.nodes for value in (*other.given.values(), *(other.peers or ()))]
            if spec.id in told or len(world.nodes) == 1:
                continue
            nodes = tuple(other for other in world.nodes if other.id != spec.id)
            self.accepts(replace(world, nodes=nodes, faults=_without(world.faults, spec.id)))

    def fewer_deliveries(self) -> None:
        """Lose messages that the failure does not need."""
        if self.missing or not self.lossy:
            return
        rules = self.best.world.faults.rules
        links = _delivered(self.best)

        def lost(kept: list[tuple[str, str, int]]) -> bool:
            keep = set(kept)
            drops = tuple([Rule(Drop(), sender, to, nth=nth) for sender, to, nth in links if (sender, to, nth) not in keep])
            return self._with(rules=drops + rules)

        smallest(links, lost)

    def earlier(self) -> None:
        """Move happenings towards the start, each with all later ones and then alone: what goes off in between is a longer story."""
        for place in range(len(self.best.world.faults.happenings)):
            for together in (True, False):
                by_ms = self.best.world.faults.happenings[place].at_ms
                while by_ms and self.runs_left > 0:
                    if not self._sooner(place, by_ms, together):
                        by_ms //= 2

    def _sooner(self, place: int, by_ms: int, together: bool) -> bool:
        items = self.best.world.faults.happenings
        since_ms = items[place].at_ms
        moved = [other == place or (together and item.at_ms >= since_ms) for other, item in enumerate(items)]
        if by_ms > since_ms:
            return False
        return self._with(
            happenings=tuple([_at(item, item.at_ms - by_ms) if moves else item for item, moves in zip(items, moved, strict=True)])
        )

    def rounder_times(self) -> None:
        """Move happenings to rounder times."""
        for place, item in enumerate(self.best.world.faults.happenings):
            for unit in (1000, 100, 50, 10):
                moment = item.at_ms // unit * unit
                if moment != item.at_ms and self._sooner(place, item.at_ms - moment, together=False):
                    break

    def _with(self, as_good: bool = False, **changes: object) -> bool:
        world = self.best.world
        return self.accepts(replace(world, faults=replace(world.faults, **changes)), as_good)  # type: ignore[arg-type]


def _weight(failure: Failure) -> tuple[int, ...]:
    """Return how complicated a failure is, what matters most first: events to tell, luck, happenings, nodes, rules, times."""
    faults, world = failure.world.faults, failure.world
    luck = [faults.loss_ratio, faults.duplicate_ratio, faults.reorder_ratio, faults.skew_ms, faults.drift_ppm, faults.link_latency_ms]
    lucky = sum(map(bool, luck)) + (faults.latency_ms[0] < faults.latency_ms[1])
    times = sum(item.at_ms for item in faults.happenings) + sum(
        rule.fate.delay_ms for rule in faults.rules if isinstance(rule.fate, Deliver)
    )
    return failure.size, lucky, len(faults.happenings), len(world.nodes), len(faults.rules), world.until_ms, times


def shrink(failure: Failure, attempt: Attempt, max_runs: int = MAX_RUNS, past: Collection[int] = ()) -> Failure:
    """Return a failure of the same promise in the same way that takes as few events as this can find in `max_runs` runs.

    Args:
        max_runs: fewer, but not fewer than `MIN_RUNS`, if the run is long.
        past: places of the records that happened before what broke (`report.cause.past_of`); without them nothing is pinned.
    """
    cut = failure.broken.records
    few = max(MOST_RECORDS // max(len(failure.trace), 1), MIN_RUNS)
    shrinker = Shrinker(failure, attempt, min(max_runs, few), past)
    if cut:
        shrinker.accepts(replace(failure.world, until_ms=failure.trace[cut[-1]].time_ms))
    return shrinker.run()


def may_lose(faults: Faults) -> bool:
    """True if messages may be lost: only then may a shrunk run lose more of them. A promise not to lose any is kept."""
    cuts = any(isinstance(item, Partition | OneWayCut) for item in faults.happenings)
    return faults.loss_ratio > 0 or cuts or any(isinstance(rule.fate, Drop) for rule in faults.rules)


def _arrivals(trace: Trace, past: Collection[int] | None = None, counted: bool = False) -> list[Rule]:
    """Return a rule for each message that arrives (in a past, if one is given): the same fate for what is sent at that time.

    Args:
        counted: name a message by its number among those of its kind on its link instead.
    """
    arrivals: dict[int, list[int]] = {}
    for index, record in trace.of("deliver"):
        if (past is None or index in past) and record.node != record.other:
            arrivals.setdefault(record.number, []).append(record.time_ms)
    rules: list[Rule] = []
    count: dict[tuple[str, str, str], int] = {}
    for _, record in trace.of("send"):
        link = record.node, record.other, record.name
        count[link] = count.get(link, 0) + 1
        if record.number in arrivals:
            first, *copies = [time_ms - record.time_ms for time_ms in arrivals[record.number]]
            rule = Rule(Deliver(first, tuple(copies)), *link)
            at_ms = record.time_ms
            rules.append(replace(rule, nth=count[link]) if counted else replace(rule, from_ms=at_ms, until_ms=at_ms + 1))
    return rules


def _at(item: Happening, at_ms: int) -> Happening:
    """Return a happening at another time, with its whole length."""
    if isinstance(item, Partition | OneWayCut) and item.until_ms is not None:
        return replace(item, at_ms=at_ms, until_ms=item.until_ms - item.at_ms + at_ms)
    return replace(item, at_ms=at_ms)


def _delivered(failure: Failure) -> list[tuple[str, str, int]]:
    """Return (sender, to, nth on that link) of every message that arrived, latest first."""
    count: dict[tuple[str, str], int] = {}
    numbers: dict[int, tuple[str, str, int]] = {}
    for _, record in failure.trace.of("send"):
        link = record.node, record.other
        count[link] = count.get(link, 0) + 1
        numbers[record.number] = (*link, count[link])
    arrived = dict.fromkeys(numbers[record.number] for _, record in failure.trace.of("deliver") if record.node != record.other)
    return list(arrived)[::-1]


def _without(faults: Faults, name: str) -> Faults:
    """Return the faults with every mention of a node left out."""

    def still(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(other for other in names if other != name)

    happenings: list[object] = []
    for item in faults.happenings:
        if isinstance(item, Partition):
            happenings.append(replace(item, groups=tuple(group for group in map(still, item.groups) if group)))
        elif isinstance(item, OneWayCut):
            happenings.append(replace(item, senders=still(item.senders), receivers=still(item.receivers)))
        elif name not in (item.to if isinstance(item, Call) else item.node,):
            happenings.append(item)
    return replace(
        faults,
        happenings=tuple(happenings),  # type: ignore[arg-type]
        rules=tuple(rule for rule in faults.rules if name not in (rule.sender, rule.to)),
        skew_ms=tuple(pair for pair in faults.skew_ms if pair[0] != name),
        drift_ppm=tuple(pair for pair in faults.drift_ppm if pair[0] != name),
        link_latency_ms=tuple(link for link in faults.link_latency_ms if name not in link[:2]),
        fifo_links=tuple(link for link in faults.fifo_links if name not in link),
    )
