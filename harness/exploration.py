"""Every order of a small system, breadth first, so that the first counterexample is a shortest one.

A global state is one integer: a slot of 20 bits for each node's local state (a number, see `local_steps`), one for each
property's memory, one for the budget spent, and above them the messages in flight. Because a local step is asked once and
remembered, following it again is one addition. State identity is exact: equal integers are equal states.

Two steps of different nodes commute: doing them in either order leads to the same state. Of such a pair only one order is
followed (sleep sets: Godefroid, "Partial-Order Methods for the Verification of Concurrent Systems", 1996). That loses no
state and no shortest path; `harness/tests/test_exploration.py` proves it against the search that follows all orders.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from harness.errors import Broken, Misuse
from harness.faults import Call
from harness.local_steps import LocalSteps, Numbers, Outcome
from harness.node import Process
from harness.properties import Always, Sometimes
from harness.simulation import Transport, World
from harness.trace import Record, Trace

SLOT = 20
MASK = (1 << SLOT) - 1
WIDTH = 8  # bits that count the copies of one message in flight


@dataclass(frozen=True)
class Bounds:
    """How much of the infinite space of runs to look at.

    Args:
        network: "bag" (a message is delivered at most once, in any order, or never), "set" (also again and again), or "fifo"
            (in order per link, none lost).
        states: budget; a search that needs more comes back as `ran out`.
        depth: longest schedule to follow, in steps.
        crashes, duplicates, timers: how many crashes with restart, second deliveries and timer firings one schedule may have;
            `timers=None` is no limit.
        streams: random streams to explore for a handler that draws.
        monotonic_ms, wall_ms: clock readings to explore for a handler that reads one; the wall clock may go back.
    """

    network: str = "bag"
    states: int = 200_000
    depth: int = 1_000
    crashes: int = 0
    duplicates: int = 0
    timers: int | None = None
    streams: int = 1
    monotonic_ms: tuple[int, ...] = (0,)
    wall_ms: tuple[int, ...] = (0,)

    def __post_init__(self) -> None:
        if self.network not in ("bag", "set", "fifo"):
            raise Misuse(f'Bounds.network is "bag", "set" or "fifo", not {self.network!r}')
        if self.duplicates and self.network != "bag":
            raise Misuse('Bounds.duplicates counts second deliveries from a "bag"; a "set" delivers without limit, "fifo" never twice')


@dataclass(frozen=True)
class Exploration:
    """What a search found.

    Args:
        verdict: `violated`, `exhausted` (every state within the bounds was visited) or `ran out` (of its budget of states).
        broken: what broke, if violated; its `records` index `trace`.
        trace: a shortest run that breaks it; times are step numbers.
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
    if any(not isinstance(item, Call) for item in world.faults.happenings) or world.faults.rules:
        raise Misuse("an exploration takes its faults from Bounds; give its world calls only")
    found = Search(world, properties, bounds, transport, reduce).run()
    if found.verdict != "violated":
        return found
    again = Search(world, properties, bounds, transport, reduce, keep_parents=True)
    return again.told(again.run())


class Step(NamedTuple):
    """What one local step does to a global state.

    Args:
        delta: what to add to the state's integer.
        mask: bits to set in it afterwards (messages in a "set" network).
        sends: numbers of the messages put on their way.
        seen: records that some property watches.
        outcome: the local outcome.
        takes: number of the message that was delivered, or None.
    """

    delta: int
    mask: int
    sends: tuple[int, ...]
    seen: tuple[Record, ...]
    outcome: Outcome
    takes: int | None


class Violation(Exception):
    """Raised inside a search when following `step` from `state` breaks a property."""

    def __init__(self, state: int, step: Step, property: Always) -> None:
        super().__init__()
        self.state, self.step, self.property = state, step, property


class RanOut(Exception):
    """Raised inside a search when it needs more than its bounds."""


TIMERS = 32  # places of timers that have an event bit; later ones are followed without reduction


class Search:
    """One breadth-first search. Use `explore`; this class is here to be read."""

    def __init__(
        self,
        world: World,
        properties: Sequence[Always | Sometimes],
        bounds: Bounds,
        transport: Transport,
        reduce: bool,
        keep_parents: bool = False,
    ) -> None:
        names = frozenset(world.everybody)
        ids = [spec.id for spec in world.nodes]
        specs = [
            spec._replace(peers=tuple(name for name in ids if name != spec.id) if spec.peers is None else spec.peers)
            for spec in world.nodes
        ]
        self.bounds, self.reduce = bounds, reduce
        self.always = [item for item in properties if isinstance(item, Always)]
        self.goals = [item for item in properties if isinstance(item, Sometimes)]
        self.asked = LocalSteps(specs, names, str(world.seed), bounds.streams, bounds.monotonic_ms, bounds.wall_ms, transport)
        self.index = {name: node for node, name in enumerate(ids)}
        self.calls = [item for item in world.faults.happenings if isinstance(item, Call)]
        # where things stand in a state's integer
        self.shifts = [SLOT * node for node in range(len(ids))]
        self.memories = [SLOT * (len(ids) + place) for place in range(len(self.always))]
        self.budget = SLOT * (len(ids) + len(self.always))
        self.links = {pair: self.budget + SLOT * (place + 1) for place, pair in enumerate(self._pairs(ids))}
        self.base = self.budget + SLOT * (len(self.links) + 1)
        # what is remembered
        self.memory = [Numbers() for _ in self.always]
        self.queues = Numbers()
        self.queues.number(())
        self.judged: dict[tuple[int, int, tuple[Record, ...]], int] = {}
        self.steps: dict[int, dict[int, list[Step]]] = {}
        self.crash_steps: dict[tuple[int, int], list[Step]] = {}
        self.timer_bits: dict[int, int] = {}
        self.visible: dict[int, int] = {}
        self.owners: list[int] = [node for node in range(len(ids)) for _ in range(TIMERS)]
        self.owned = [((1 << TIMERS) - 1) << (TIMERS * node) for node in range(len(ids))]
        self.first = TIMERS * len(ids)  # event bits below are timers, above are messages
        self.guard = 0
        # how far the search is
        self.asleep: dict[int, int] = {}
        self.parents: dict[int, tuple[int | None, list[Step]]] | None = {} if keep_parents else None
        self.transitions = 0

    def _pairs(self, ids: list[str]) -> list[tuple[str, str]]:
        if self.bounds.network != "fifo":
            return []
        senders = [*ids, *dict.fromkeys(call.client for call in self.calls)]
        return [(sender, to) for sender in senders for to in ids]

    # --- the search ---

    def run(self) -> Exploration:
        """Visit states level by level until none is new, one breaks a property, or the budget is spent."""
        by_depth: list[int] = []
        violation: Violation | None = None
        verdict = "exhausted"
        try:
            frontier: list[int] = self.start()
            woken: list[tuple[int, int]] = []
            while frontier or woken:
                by_depth.append(len(frontier))
                if len(by_depth) > self.bounds.depth:
                    raise RanOut
                frontier, woken = self.level(frontier, woken)
        except Violation as found:
            verdict, violation = "violated", found
        except RanOut:
            verdict = "ran out"
        self.violation = violation
        return Exploration(
            verdict,
            states=len(self.asleep),
            transitions=self.transitions,
            calls=self.asked.calls,
            repeats=self.asked.repeats,
            by_depth=tuple(by_depth),
            property=violation.property if violation else None,
            unreached=tuple(goal.name for goal in self.goals),
        )

    def start(self) -> list[int]:
        """Return the states after every node's `on_start`, with the clients' calls on their way."""
        called = [self.asked.envelope(call.client, call.to, call.message) for call in self.calls]
        states: list[tuple[int, list[Step]]] = [(self._with_sends(0, called), [])]
        for place, item in enumerate(self.always):
            self.memory[place].number(item.initial)
        for node in range(len(self.index)):
            steps = [self._step(node, 0, outcome, None) for outcome in self.asked.boot(node)]
            states = [(self._follow(state, step), [*path, step]) for state, path in states for step in steps]
        fresh = list(dict(states))
        for state, path in states:
            self.asleep[state] = 0
            if self.parents is not None:
                self.parents.setdefault(state, (None, path))
        return fresh

    def level(self, frontier: list[int], woken: list[tuple[int, int]]) -> tuple[list[int], list[tuple[int, int]]]:
        """Follow every step from every state of a level; return the next level.

        A state's `asleep` mask holds the events that need not be followed from it, because the state they lead to is reached
        in another order. Once a state has been followed its mask is stored complemented, which makes it negative.
        """
        fresh: list[int] = []
        more: list[tuple[int, int]] = []
        for state in frontier:
            asleep = self.asleep[state]
            self.asleep[state] = ~asleep
            enabled = self._enabled(state)
            self._steps_from(state, enabled & ~asleep, asleep, fresh, more)
            if self.bounds.crashes or self.bounds.duplicates:
                self._faults_from(state, enabled, fresh, more)
        for state, missing in woken:
            self._steps_from(state, self._enabled(state) & missing, ~self.asleep[state], fresh, more)
        return fresh, more

    def _steps_from(self, state: int, todo: int, asleep: int, fresh: list[int], more: list[tuple[int, int]]) -> None:
        """Follow the events in `todo` from `state`, each putting to sleep those followed before it that commute with it."""
        steps, shifts, owners, owned, known_masks = self.steps, self.shifts, self.owners, self.owned, self.asleep
        while todo:
            bit = todo & -todo
            todo ^= bit
            event = bit.bit_length() - 1
            owner = owners[event]
            local = state >> shifts[owner] & MASK
            answers = steps[local].get(event) if local in steps else None
            if answers is None:
                answers = self._ask(owner, local, event)
            for step in answers:
                self.transitions += 1
                following = (state + step.delta) | step.mask
                if self.links:
                    following = self._queued(following, step)
                if step.seen:
                    following = self._watched(state, following, step)
                if following == state:
                    continue
                rest = asleep & ~owned[owner] if self.reduce else 0
                if step.seen and rest:
                    rest &= ~self._visible_from(state)
                known = known_masks.get(following)
                if known is None:
                    self._add(state, step, following, rest, fresh)
                elif known >= 0:
                    known_masks[following] = known & rest
                elif ~known & ~rest:
                    known_masks[following] = ~(~known & rest)
                    more.append((following, ~known & ~rest))
            asleep |= bit

    def _faults_from(self, state: int, enabled: int, fresh: list[int], more: list[tuple[int, int]]) -> None:
        """Follow crashes and second deliveries, as far as the budget goes; they put nothing to sleep and are never asleep."""
        spent = state >> self.budget & MASK
        steps: list[Step] = []
        if spent & 63 < self.bounds.crashes:
            for node, shift in enumerate(self.shifts):
                steps += self._crashes(node, state >> shift & MASK, -1)
        todo = enabled
        while todo:
            event = (todo & -todo).bit_length() - 1
            todo &= todo - 1
            node = self.owners[event]
            local = state >> self.shifts[node] & MASK
            if spent & 63 < self.bounds.crashes:
                steps += self._crashes(node, local, event)
            if event >= self.first and spent >> 6 & 63 < self.bounds.duplicates:
                copy = (1 << 6 << self.budget) + (1 << self.base + WIDTH * (event - self.first))
                answers = self.steps.get(local, {}).get(event) or self._ask(node, local, event)
                steps += [step._replace(delta=step.delta + copy, takes=-1 - (event - self.first)) for step in answers]
        for step in steps:
            self.transitions += 1
            following = (state + step.delta) | step.mask
            if self.links:
                following = self._queued(following, step)
            if step.seen:
                following = self._watched(state, following, step)
            known = self.asleep.get(following)
            if known is None:
                self._add(state, step, following, 0, fresh)
            elif known > 0:
                self.asleep[following] = 0
            elif known < -1:
                self.asleep[following] = -1
                more.append((following, ~known))

    def _add(self, state: int, step: Step, following: int, asleep: int, fresh: list[int]) -> None:
        if len(self.asleep) >= self.bounds.states or (following >> self.base) & self.guard:
            raise RanOut
        self.asleep[following] = asleep
        fresh.append(following)
        if self.parents is not None:
            self.parents[following] = (state, [step])

    # --- which events a state allows ---

    def _enabled(self, state: int) -> int:
        """Return a mask of event bits: timers that may go off, and messages that may arrive."""
        flying = state >> self.base
        if self.bounds.network == "set":
            events = flying << self.first
        elif self.bounds.network == "bag":
            events = 0
            while flying:
                message = (flying & -flying).bit_length() - 1 >> 3
                events |= 1 << (self.first + message)
                flying = flying >> WIDTH * (message + 1) << WIDTH * (message + 1)
        else:
            events = 0
            for shift in self.links.values():
                queue = self.queues.all[state >> shift & MASK]
                if queue:
                    events |= 1 << (self.first + queue[0])
        if self.bounds.timers is not None and (state >> self.budget + 12 & 255) >= self.bounds.timers:
            return events
        for node, shift in enumerate(self.shifts):
            local = state >> shift & MASK
            bits = self.timer_bits.get(local)
            if bits is None:
                places = self.asked.fireable(local)
                if places and places[-1] >= TIMERS:
                    raise RanOut
                bits = self.timer_bits[local] = sum(1 << (TIMERS * node + place) for place in places)
            events |= bits
        return events

    def _visible_from(self, state: int) -> int:
        """Return the events that some property watches, as known for the local states of `state`."""
        events = 0
        for shift in self.shifts:
            events |= self.visible.get(state >> shift & MASK, 0)
        return events

    # --- local steps as global ones ---

    def _ask(self, node: int, local: int, event: int) -> list[Step]:
        """Ask a node what it does with an event, and remember it as what it does to a state."""
        if event < self.first:
            outcomes, takes = self.asked.fire(local, event - TIMERS * node), None
        else:
            takes = event - self.first
            outcomes = self.asked.deliver(local, takes)
        answers = [self._step(node, local, outcome, takes) for outcome in outcomes]
        if event < self.first and self.bounds.timers is not None:
            answers = [step._replace(delta=step.delta + (1 << 12 << self.budget)) for step in answers]
        if any(step.seen for step in answers):
            self.visible[local] = self.visible.get(local, 0) | 1 << event
        self.steps.setdefault(local, {})[event] = answers
        return answers

    def _crashes(self, node: int, local: int, event: int) -> list[Step]:
        """Return what crashes do: between handlers (event -1), or inside the handler of an event, after each prefix of it."""
        known = self.crash_steps.get((local, event))
        if known is not None:
            return known
        outcomes: list[Outcome] = []
        takes = event - self.first if event >= self.first else None
        if event < 0:
            outcomes += self.asked.crash(local)
        keep = 1
        while True:
            if event < 0:
                cut = self.asked.crash(local, keep)
            elif takes is None:
                cut = self.asked.fire(local, event - TIMERS * node, keep)
            else:
                cut = self.asked.deliver(local, takes, keep)
            if not cut:
                break
            outcomes += cut
            keep += 1
        steps = [self._step(node, local, outcome, takes) for outcome in outcomes]
        steps = [step._replace(delta=step.delta + (1 << self.budget)) for step in steps]
        self.crash_steps[local, event] = steps
        return steps

    def _step(self, node: int, local: int, outcome: Outcome, takes: int | None) -> Step:
        """Turn a local outcome into an addition to the state's integer."""
        if outcome.local > MASK:
            raise RanOut
        sends = tuple([message for message in outcome.sends if self.asked.messages.all[message].to in self.index])
        self._number_owners()
        delta = (outcome.local - local) << self.shifts[node]
        mask = 0
        if self.bounds.network == "bag":
            delta += sum(1 << self.base + WIDTH * message for message in sends)
            if takes is not None:
                delta -= 1 << self.base + WIDTH * takes
        elif self.bounds.network == "set":
            for message in sends:
                mask |= 1 << self.base + message
        records = tuple(map(Record._make, outcome.records))
        self.goals = [goal for goal in self.goals if not any(map(goal.happens, records))]
        seen = tuple([record for record in records if any(item.watches(record) for item in self.always)])
        return Step(delta, mask, sends, seen, outcome, takes)

    def _number_owners(self) -> None:
        """Note who receives each message numbered since last time."""
        for envelope in self.asked.messages.all[len(self.owners) - self.first :]:
            owner = self.index.get(envelope.to, 0)
            self.owned[owner] |= 1 << len(self.owners)
            self.guard |= 128 << WIDTH * (len(self.owners) - self.first) if self.bounds.network == "bag" else 0
            self.owners.append(owner)

    def _with_sends(self, state: int, messages: Sequence[int]) -> int:
        self._number_owners()
        for message in messages:
            if self.bounds.network == "bag":
                state += 1 << self.base + WIDTH * message
            elif self.bounds.network == "set":
                state |= 1 << self.base + message
            else:
                state = self._append(state, message)
        return state

    def _follow(self, state: int, step: Step) -> int:
        following = (state + step.delta) | step.mask
        if self.links:
            following = self._queued(following, step)
        return self._watched(state, following, step) if step.seen else following

    def _queued(self, state: int, step: Step) -> int:
        """Take the delivered message from its link's queue and append the ones sent ("fifo")."""
        if step.takes is not None:
            sender, to, _ = self.asked.messages.all[step.takes]
            shift = self.links[sender, to]
            queue = state >> shift & MASK
            state += (self.queues.number(self.queues.all[queue][1:]) - queue) << shift
        for message in step.sends:
            state = self._append(state, message)
        return state

    def _append(self, state: int, message: int) -> int:
        sender, to, _ = self.asked.messages.all[message]
        shift = self.links[sender, to]
        queue = state >> shift & MASK
        return state + ((self.queues.number((*self.queues.all[queue], message)) - queue) << shift)

    def _watched(self, state: int, following: int, step: Step) -> int:
        """Let every property see what it watches; return the state with their memories moved on, or raise `Violation`."""
        for place, (item, shift) in enumerate(zip(self.always, self.memories, strict=True)):
            old = following >> shift & MASK
            key = place, old, step.seen
            new = self.judged.get(key)
            if new is None:
                memory = self.memory[place].all[old]
                try:
                    for record in step.seen:
                        if item.watches(record):
                            memory = item.step(memory, record, -1)
                except Broken as broken:
                    raise Violation(state, step, item) from broken
                new = self.judged[key] = self.memory[place].number(memory)
            following += (new - old) << shift
        return following

    # --- telling a violation ---

    def told(self, found: Exploration) -> Exploration:
        """Return the exploration with the run that breaks the property as a trace."""
        violation = self.violation
        if violation is None or self.parents is None:
            raise Misuse("only a violation found with keep_parents=True can be told")
        levels: list[list[Step]] = [[violation.step]]
        state: int | None = violation.state
        while state is not None and state in self.parents:
            state, steps = self.parents[state]
            levels.append(steps)
        trace = self._trace(levels[::-1])
        try:
            violation.property.judge(trace)
        except Broken as broken:
            return replace(found, broken=broken, trace=trace, steps=len(levels) - 1)
        raise Misuse(f"property {violation.property.name!r} broke in the search but holds over the same run: its step() is not a function")

    def _trace(self, levels: list[list[Step]]) -> Trace:
        """Number the messages and date the records of a path by its steps."""
        records: list[tuple[Any, ...]] = []
        flying: dict[int, list[int]] = {}
        sent = 0
        for call in self.calls:
            sent += 1
            flying.setdefault(self.asked.envelope(call.client, call.to, call.message), []).append(sent)
            records.append((0, "send", call.client, sent, call.to, call.message))
        for time, steps in enumerate(levels):
            for step in steps:
                sends = iter(step.outcome.sends)
                for _, kind, node, number, other, data in step.outcome.records:
                    if kind == "send":
                        sent += 1
                        flying.setdefault(next(sends), []).append(sent)
                        number = sent
                    elif kind == "deliver":
                        copies = flying[number]
                        number = copies[0] if self.bounds.network == "set" or (step.takes or 0) < 0 else copies.pop(0)
                    records.append((time, kind, node, number, other, data))
        return Trace(records, {"timed": False})
