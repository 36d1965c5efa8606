"""Local steps as global ones: what each event of a state may do to it, each as one addition to the state's integer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from harness.exploration.bounds import Bounds
from harness.exploration.layout import CRASH, DUPLICATE, FIRING, MASK, TIMERS, Layout, RanOut
from harness.exploration.local_steps import LocalSteps, Outcome
from harness.properties import Always, Sometimes
from harness.trace import Record


class Step(NamedTuple):
    """What one local step does to a global state.

    Args:
        delta: what to add to the state's integer.
        mask: bits to set in it afterwards (messages in a "set" network).
        seen: number of the records that some property watches, 0 if none does.
        takes: number of the message that leaves the network, or None.
        sends: numbers of the messages put on their way.
        outcome: the local outcome.
    """

    delta: int
    mask: int
    seen: int
    takes: int | None
    sends: tuple[int, ...]
    outcome: Outcome


class GlobalSteps:
    """Asks nodes what they do, once per local step, and turns it into what happens to a state.

    Args:
        asked: the nodes.
        layout: where things stand in a state.
        bounds: what a schedule may spend.
        always, goals: properties; a goal that has been reached is taken off its list.
    """

    def __init__(self, asked: LocalSteps, layout: Layout, bounds: Bounds, always: Sequence[Always], goals: list[Sometimes]) -> None:
        self.asked, self.layout, self.bounds, self.always, self.goals = asked, layout, bounds, always, goals
        self.index = {spec.id: node for node, spec in enumerate(asked.specs)}
        self.known: defaultdict[int, dict[int, list[Step]]] = defaultdict(dict)  # steps of a local state, of an event
        self.owners = defaultdict(int, {event: event // TIMERS for event in range(layout.first)})
        self.others = [~(((1 << TIMERS) - 1) << (TIMERS * node)) for node in range(len(asked.specs))]  # events of other nodes
        self.watched: dict[int, int] = {}  # events of a local state that a property watches
        self.seen: list[tuple[Record, ...]] = [()]  # the records that a step's `seen` stands for
        self._timers: dict[int, int] = {}  # events of the timers that a local state lets go off
        self._crashes: dict[tuple[int, int], list[Step]] = {}

    def enabled(self, state: int) -> int:
        """Return the events of a state: messages that may arrive and timers that may go off."""
        layout, timers = self.layout, self._timers
        events = layout.arriving(state)
        if self.bounds.timers is not None and (state >> layout.spent + 12 & 255) >= self.bounds.timers:
            return events
        for node, shift in enumerate(layout.nodes):
            local = state >> shift & MASK
            ready = timers.get(local)
            if ready is None:
                places = self.asked.fireable(local)
                if places and places[-1] >= TIMERS:
                    raise RanOut
                ready = timers[local] = sum(1 << TIMERS * node + place for place in places)
            events |= ready
        return events

    def ask(self, node: int, local: int, event: int) -> list[Step]:
        """Ask a node what it does with an event, and remember it as what it does to a state."""
        known = self.known[local].get(event)
        if known is not None:
            return known
        takes = None if event < self.layout.first else self.layout.message_of(event)
        outcomes = self.asked.fire(local, event - TIMERS * node) if takes is None else self.asked.deliver(local, takes)
        steps = self.known[local][event] = [self.step(node, local, outcome, takes, event) for outcome in outcomes]
        if any(step.seen for step in steps):
            self.watched[local] = self.watched.get(local, 0) | 1 << event
        return steps

    def foresee(self, node: int, local: int, event: int) -> None:
        """Announce that `ask` will be called."""
        timer, asked = event < self.layout.first, self.asked
        what, key, _ = asked.firing(local, event - TIMERS * node) if timer else asked.delivery(self.layout.message_of(event))
        asked.foresee(local, what, key)

    def faults(self, state: int, enabled: int) -> list[Step]:
        """Return the crashes and second deliveries that the budget allows in a state."""
        spent = state >> self.layout.spent & MASK
        crashes = self.bounds.crashes - (spent & 63)
        twice = self.bounds.duplicates - (spent >> 6 & 63) > 0
        found: list[Step] = []
        for node, shift in enumerate(self.layout.nodes):
            found += self.crash_steps(node, state >> shift & MASK, -1, crashes)
        while enabled:
            event = (enabled & -enabled).bit_length() - 1
            enabled &= enabled - 1
            node = self.owners[event]
            local = state >> self.layout.nodes[node] & MASK
            cuts = self.crash_steps(node, local, event, crashes)
            found += cuts
            if twice and event >= self.layout.first:
                copy = (DUPLICATE << self.layout.spent) + (1 << self.layout.flying + event - self.layout.first)
                found += [step._replace(delta=step.delta + copy, takes=None) for step in (*self.ask(node, local, event), *cuts)]
        return found

    def all(self, state: int) -> Iterator[Step]:
        """Yield every step that a state allows."""
        enabled = todo = self.enabled(state)
        while todo:
            event = (todo & -todo).bit_length() - 1
            todo &= todo - 1
            node = self.owners[event]
            yield from self.ask(node, state >> self.layout.nodes[node] & MASK, event)
        yield from self.faults(state, enabled)

    def crash_steps(self, node: int, local: int, event: int, crashes: int) -> list[Step]:
        """Return what up to so many crashes do: between handlers (event -1), or inside the handler of an event and the restart."""
        if not crashes:
            return []
        known = self._crashes.get((local, event))
        if known is None:
            takes = self.layout.message_of(event) if event >= self.layout.first else None
            if event < 0:
                outcomes = self.asked.crash(local, self.bounds.crashes)
            elif takes is None:
                outcomes = self.asked.fire(local, event - TIMERS * node, self.bounds.crashes)
            else:
                outcomes = self.asked.deliver(local, takes, self.bounds.crashes)
            known = [self.step(node, local, outcome, takes, event) for outcome in outcomes if outcome.crashes]
            self._crashes[local, event] = known
        return [step for step in known if step.outcome.crashes <= crashes]

    def step(self, node: int, local: int, outcome: Outcome, takes: int | None, event: int = -1) -> Step:
        """Turn a local outcome into an addition to the state's integer."""
        if outcome.local > MASK:
            raise RanOut
        self.number_messages()
        layout = self.layout
        sends = tuple([message for message in outcome.sends if self.asked.messages.all[message].to in self.index])
        delta, mask = layout.change(takes, sends)
        delta += (outcome.local - local) << layout.nodes[node]
        delta += CRASH * outcome.crashes << layout.spent
        if self.bounds.timers is not None and 0 <= event < layout.first:
            delta += FIRING << layout.spent
        records = tuple(map(Record._make, outcome.records))
        self.goals = [goal for goal in self.goals if not any(map(goal.happens, records))]
        seen = tuple([record for record in records if any(item.watches(record) for item in self.always)])
        if seen:
            self.seen.append(seen)
        return Step(delta, mask, len(self.seen) - 1 if seen else 0, takes, sends, outcome)

    def number_messages(self) -> None:
        """Give each message met since last time an event, and its receiver to own it."""
        for envelope in self.asked.messages.all[len(self.layout.event_of) :]:
            owner = self.index.get(envelope.to, 0)
            event = self.layout.add_message(envelope.sender, envelope.to)
            self.owners[event] = owner
            self.others[owner] &= ~(1 << event)
