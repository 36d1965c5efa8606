"""The search of an exploration: breadth first over integers, following each local step as one addition.

Two steps of different nodes commute: doing them in either order leads to the same state. Of such a pair only one order is
followed (sleep sets: Godefroid, "Partial-Order Methods for the Verification of Concurrent Systems", 1996): what was followed
from a state *sleeps* in the states that its later siblings lead to, until a step that it does not commute with. Two steps that
properties watch do not commute, and crashes and second deliveries are always followed and wake everything.

Why that loses no state, no shortest schedule and no shortest violation. From every state events are followed in ascending
order of their numbers, then faults; so states are first reached in lexicographic order, each by the first of its shortest
schedules. Suppose that an event of such a schedule is asleep when its turn comes. It was put to sleep at an earlier state of
the same schedule, by being followed there before a higher numbered event, and commutes with everything since. So it could
have come then: an equally short schedule to the same state, and lexicographically smaller, which cannot be. A step that
violates a property could likewise have come earlier, and violated it earlier. `harness/tests/test_exploration.py` compares
all this with searches that follow everything.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from itertools import pairwise

from harness.errors import Broken
from harness.exploration.bounds import Bounds
from harness.exploration.global_steps import GlobalSteps, Step
from harness.exploration.layout import MASK, Layout, Numbers, RanOut
from harness.exploration.local_steps import LocalSteps
from harness.faults import Call
from harness.properties import Always, Sometimes
from harness.trace import Record
from harness.world import Transport, World


class Violation(Exception):
    """Raised inside a search when following `step` from `state` breaks a property."""

    def __init__(self, state: int, step: Step, property: Always) -> None:
        super().__init__()
        self.state, self.step, self.property = state, step, property


class Search:
    """One breadth-first search. Use `explore`; this class is here to be read."""

    def __init__(
        self, world: World, properties: Sequence[Always | Sometimes], bounds: Bounds, transport: Transport, reduce: bool = True
    ) -> None:
        ids = [spec.id for spec in world.nodes]
        specs = [
            spec if spec.peers is not None else spec._replace(peers=tuple(name for name in ids if name != spec.id)) for spec in world.nodes
        ]
        self.bounds, self.reduce = bounds, reduce
        self.always = [item for item in properties if isinstance(item, Always)]
        goals = [item for item in properties if isinstance(item, Sometimes)]
        self.calls = [item for item in world.faults.happenings if isinstance(item, Call)]
        self.index = {name: node for node, name in enumerate(ids)}
        fifo = bounds.network == "fifo"
        senders = [*ids, *dict.fromkeys(call.client for call in self.calls)] if fifo else []
        self.layout = Layout(len(ids), len(self.always), [(sender, to) for sender in senders for to in ids], bounds.network)
        readings = bounds.streams, bounds.monotonic_ms, bounds.wall_ms
        self.asked = LocalSteps(specs, frozenset(world.everybody), world.lots, *readings, transport, lossless=fifo)
        self.steps = GlobalSteps(self.asked, self.layout, bounds, self.always, goals)
        self.memory = [Numbers() for _ in self.always]
        self.judged: dict[tuple[int, int, int], int] = {}  # what a property remembers next: (property, memory, step's `seen`)
        # how far the search is
        self.parents: dict[int, int | None] = {}  # every state visited: where it was first reached from
        self.starts: dict[int, list[Step]] = {}  # states at the start, and the steps that lead there
        self.starting: list[Step] = []
        self.state: int | None = None  # the one being followed
        self.dived: tuple[list[Step], list[Step]] | None = None  # a schedule beside the search (see `dives`): how it starts, its steps
        self.transitions = 0

    # --- the search ---

    def levels(self) -> Iterator[int]:
        """Visit states level by level; yield how many are new on each.

        Raises:
            Violation: a step breaks a property.
            RanOut: the budget is spent.
        """
        frontier = self.start()
        depth = 0
        while frontier:
            yield len(frontier)
            if depth == self.bounds.depth:
                raise RanOut
            frontier = self.level(frontier)
            depth += 1

    def level(self, frontier: dict[int, int]) -> dict[int, int]:
        """Follow the steps from every state of a level; return the next level: each new state with the events asleep in it."""
        if self.asked.far:
            self.foresee(frontier)
        fresh: dict[int, int] = {}
        parents, known, ask, enabled_in = self.parents, self.steps.known, self.steps.ask, self.steps.enabled
        owners, others, shifts = self.steps.owners, self.steps.others, self.layout.nodes
        fifo, faulty, reduce = self.bounds.network == "fifo", self.bounds.crashes or self.bounds.duplicates, self.reduce
        for state, asleep in frontier.items():
            self.state = state
            enabled = enabled_in(state)
            todo = enabled & ~asleep
            while todo:
                bit = todo & -todo
                todo ^= bit
                event = bit.bit_length() - 1
                owner = owners[event]
                local = state >> shifts[owner] & MASK
                steps = known[local].get(event) or ask(owner, local, event)
                self.transitions += len(steps)
                for step in steps:
                    following = (state + step.delta) | step.mask
                    if fifo:
                        following = self.layout.queued(following, step.takes, step.sends)
                    if step.seen:
                        following = self.watch(state, following, step)
                    if following not in parents:
                        self.add(state, following)
                        rest = asleep & others[owner]
                        fresh[following] = rest & ~self.watched(state) if step.seen else rest
                if reduce:
                    asleep |= bit
            if faulty:
                self.follow_faults(state, enabled, fresh)
        return fresh

    def foresee(self, frontier: dict[int, int]) -> None:
        """Announce what will be asked on a level."""
        announced = set()
        for state, asleep in frontier.items():
            todo = self.steps.enabled(state) & ~asleep
            while todo:
                event = (todo & -todo).bit_length() - 1
                todo &= todo - 1
                owner = self.steps.owners[event]
                local = state >> self.layout.nodes[owner] & MASK
                if event not in self.steps.known[local] and (local, event) not in announced:
                    announced.add((local, event))
                    self.steps.foresee(owner, local, event)

    def watched(self, state: int) -> int:
        """Return the events, as far as they were followed, that some property watches in a state."""
        events = 0
        for shift in self.layout.nodes:
            events |= self.steps.watched.get(state >> shift & MASK, 0)
        return events

    def follow_faults(self, state: int, enabled: int, fresh: dict[int, int]) -> None:
        """Follow crashes and second deliveries, as far as the budget goes."""
        for step in self.steps.faults(state, enabled):
            self.transitions += 1
            following = self.follow(state, step)
            if following not in self.parents:
                self.add(state, following)
                fresh[following] = 0

    def add(self, state: int | None, following: int) -> None:
        """Note a new state and where it was reached from."""
        if len(self.parents) >= self.bounds.states or self.layout.overflows(following):
            raise RanOut
        self.parents[following] = state

    def start(self) -> dict[int, int]:
        """Return the states after every node's `on_start`, with the clients' calls on their way."""
        called = [self.asked.envelope(call.client, call.to, call.message) for call in self.calls]
        self.steps.number_messages()
        delta, mask = self.layout.change(None, called)
        state = self.layout.queued(delta | mask, None, called) if self.layout.links else delta | mask
        for place, item in enumerate(self.always):
            self.memory[place].number(self.before(item))
        before: dict[int, list[Step]] = {state: []}
        for node in range(len(self.asked.specs)):
            self.starting = next(iter(before.values()))
            boots = self.asked.boot(node, (), self.bounds.crashes)
            steps = [self.steps.step(node, 0, boot, None) for boot in boots]
            after: dict[int, list[Step]] = {}
            for state, path in before.items():
                self.starting = path
                for step in steps:
                    if (state >> self.layout.spent & 63) + step.outcome.crashes <= self.bounds.crashes:
                        after.setdefault(self.follow(state, step), [*path, step])
            before = after
        for state in before:
            self.add(None, state)
        self.starts = before
        return dict.fromkeys(before, 0)

    def before(self, item: Always) -> Hashable:
        """Return what a property remembers before anybody starts: that the clients have called."""
        memory = item.initial
        for record in [Record(0, "send", call.client, 0, call.to, call.message) for call in self.calls]:
            if item.watches(record):
                memory = item.step(memory, record, -1)
        return memory

    def follow(self, state: int, step: Step) -> int:
        """Return the state that a step leads to."""
        following = (state + step.delta) | step.mask
        if self.layout.links:
            following = self.layout.queued(following, step.takes, step.sends)
        return self.watch(state, following, step) if step.seen else following

    def watch(self, state: int, following: int, step: Step) -> int:
        """Let every property see what it watches; return the state with their memories moved on, or raise `Violation`."""
        for place, shift in enumerate(self.layout.memories):
            old = following >> shift & MASK
            new = self.judged.get((place, old, step.seen))
            if new is None:
                new = self.judged[place, old, step.seen] = self.judge(place, old, state, step)
            following += (new - old) << shift
        return following

    def judge(self, place: int, old: int, state: int, step: Step) -> int:
        """Return the number of a property's memory after what it watches of a step."""
        item, memory = self.always[place], self.memory[place].all[old]
        try:
            for record in self.steps.seen[step.seen]:
                if item.watches(record):
                    memory = item.step(memory, record, -1)
        except Broken as broken:
            raise Violation(state, step, item) from broken
        new = self.memory[place].number(memory)
        if new > MASK:
            raise RanOut
        return new

    # --- how a state was reached ---

    def path(self, state: int | None, last: Step | None = None) -> list[list[Step]]:
        """Return a shortest way to a state, and one step further: first what started the nodes, then one step at a time."""
        further = [] if last is None else [last]
        if self.dived is not None:
            start, since = self.dived
            return [start, *[[step] for step in [*since, *further]]]
        if not self.starts:
            return [[*self.starting, *further]]
        states: list[int] = []
        while state is not None:
            states.append(state)
            state = self.parents[state]
        states.reverse()
        steps = [self._between(before, after) for before, after in pairwise(states)]
        return [self.starts[states[0]], *[[step] for step in [*steps, *further]]]

    def _between(self, before: int, after: int) -> Step:
        return next(step for step in self.steps.all(before) if self.follow(before, step) == after)
