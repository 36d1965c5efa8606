"""What one node does with one event, asked once and remembered.

A handler is a function of its node's own state (memory, disk, pending timers) and of the event. So every local state and
every message gets a small number the first time it is met, and the answer to (local state, event) is kept: student code runs
once per distinct local step, a few hundred times, while a search makes millions of global steps out of the answers.

A reading of a clock or of `self.random` is part of the event: a handler that reads one is asked once per value to explore.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from harness.clock import ChosenClock
from harness.disk import Effect
from harness.errors import Nondeterministic
from harness.exploration.layout import Numbers
from harness.exploration.ledger import Pending, Raw, disk_after, records_of, timers_after
from harness.node import START, Event, Process, Spec
from harness.state import Picture, freeze, thaw


class Local(NamedTuple):
    """A node's whole state, hashable. `since` is the place of the latest monotonic reading among those to explore."""

    node: int
    memory: Picture
    disk: Picture
    timers: tuple[Pending, ...]  # in the order they were set
    since: int


class Choice(NamedTuple):
    """Which values a handler reads: a random stream's number and the two clocks' readings in ms."""

    stream: int = 0
    monotonic: int = 0
    wall: int = 0


class Outcome(NamedTuple):
    """One answer to a local step.

    Args:
        local: number of the local state afterwards.
        sends: numbers of the messages sent, in order.
        records: what happened, as trace records without times.
        crashes: how many crashes this took.
    """

    local: int
    sends: tuple[int, ...]
    records: tuple[Raw, ...]
    crashes: int = 0


class Answer(NamedTuple):
    """What a handler did, given what it read: its ledger and the picture of its memory afterwards."""

    choice: Choice
    ledger: tuple[Effect, ...]
    memory: Picture


class Envelope(NamedTuple):
    """A message on its way."""

    sender: str
    to: str
    message: Any


class LocalSteps:
    """Asks nodes and remembers.

    Args:
        specs: the nodes, peers filled in.
        names: everybody a message can be sent to.
        seed: text for the random streams.
        streams: how many random streams to explore per handler that draws.
        monotonic_ms, wall_ms: readings to explore per handler that reads a clock. The monotonic one never goes back.
        transport: makes the process that hosts a node.
        lossless: every message arrives, unless its receiver crashes while handling it.
    """

    def __init__(
        self,
        specs: Sequence[Spec],
        names: frozenset[str],
        seed: str,
        streams: int,
        monotonic_ms: Sequence[int],
        wall_ms: Sequence[int],
        transport: Callable[..., Any] = Process,
        lossless: bool = False,
    ) -> None:
        self.specs, self.seed, self.streams = specs, seed, streams
        self.monotonic_ms, self.wall_ms = monotonic_ms, wall_ms
        # Where a message may be lost anyway, a crash before a handler's first effect is a crash between handlers.
        self.first_cut = 0 if lossless else 1
        self.clocks = [ChosenClock() for _ in specs]
        self.processes = [transport(spec, names, seed) for spec in specs]
        for process, clock in zip(self.processes, self.clocks, strict=True):
            process.clock = clock
        self.far = [process for process in self.processes if not isinstance(process, Process)]
        self.locals = Numbers()
        self.messages = Numbers()
        self.calls = 0
        self.repeats = 0
        self.asking: tuple[Raw, ...] = ()  # how the question being asked would begin in a trace
        self._before: tuple[Raw, ...] = ()
        self._answers: dict[tuple[Local, Any], list[Answer]] = {}

    def prove(self) -> None:
        """Have the answers tested: the search visited every state.

        Raises:
            Nondeterministic: a node turns out to answer differently.
        """
        for process in self.far:
            process.prove()

    def close(self) -> None:
        """Let the nodes go: the search is over."""
        for process in self.processes:
            process.close()

    def foresee(self, local: int, event: Event, key: Any) -> None:
        """Announce a question, so that a node that is far away can answer before it is waited for."""
        state: Local = self.locals.all[local]
        if self.processes[state.node] in self.far:
            self._set_up(state, key, Choice(monotonic=state.since)).foresee(event)

    def envelope(self, sender: str, to: str, message: Any) -> int:
        """Return the number of a message on its way from `sender` to `to`."""
        return self.messages.number(Envelope(sender, to, message), (sender, to, freeze(message)))

    def boot(self, node: int, disk: Picture = (), crashes: int = 0) -> list[Outcome]:
        """Return the outcomes of starting a node with this disk; on the way it may crash up to `crashes` times."""
        record = (0, "start", self.specs[node].id, 1, None, None)
        return self._outcomes(Local(node, None, disk, (), 0), START, "start", record, crashes)

    def deliver(self, local: int, message: int, crashes: int = 0) -> list[Outcome]:
        """Return the outcomes of delivering a message.

        With `crashes`, also those of crashing after each prefix of what the handler asks for and starting again, up to so
        many crashes.

        Raises:
            Nondeterministic: asked again, the handler answered differently.
            Mistake: whatever else the handler does that a node cannot do.
        """
        self._before = ()
        return self._outcomes(self.locals.all[local], *self.delivery(message), crashes)

    def fire(self, local: int, place: int, crashes: int = 0) -> list[Outcome]:
        """Return the outcomes of the pending timer at `place` going off; `crashes` as for `deliver`."""
        self._before = ()
        return self._outcomes(self.locals.all[local], *self.firing(local, place), crashes)

    def crash(self, local: int, crashes: int = 1) -> list[Outcome]:
        """Return the outcomes of a crash between handlers and the restart, which may crash too, up to `crashes` in all."""
        state: Local = self.locals.all[local]
        crash = (0, "crash", self.specs[state.node].id, -1, None, None)
        self._before = (crash,)
        boots = self.boot(state.node, state.disk, crashes - 1)
        return [boot._replace(records=(crash, *boot.records), crashes=boot.crashes + 1) for boot in boots]

    def fireable(self, local: int) -> list[int]:
        """Return the places of the timers that may go off next: none that was set later with at least the same delay.

        One node's timers run on one clock, so their order is known as far as their delays tell (DSLabs, Michael et al. 2019).
        """
        timers = self.locals.all[local].timers
        return [place for place, timer in enumerate(timers) if not any(earlier[0] <= timer[0] for earlier in timers[:place])]

    def delivery(self, message: int) -> tuple[Event, Any, Raw]:
        """Return the arrival of a message: the event, the key by which its answers are known, how it begins in a trace."""
        envelope: Envelope = self.messages.all[message]
        event = Event("deliver", envelope.sender, envelope.message)
        return event, message, (0, "deliver", envelope.to, message, envelope.sender, envelope.message)

    def firing(self, local: int, place: int) -> tuple[Event, Any, Raw]:
        """Return the same of the timer at a place."""
        state: Local = self.locals.all[local]
        _, method, args = state.timers[place]
        event = Event("fire", method, thaw(args))
        return event, ("fire", place), (0, "fire", self.specs[state.node].id, place, method, event.data)

    def _outcomes(self, state: Local, event: Event, key: Any, first: Raw, crashes: int) -> list[Outcome]:
        self.asking = (*self._before, first)
        answers = self._answered(state, event, key)
        self.asking = ()
        found = [self._settled(state, answer, first, key) for answer in answers]
        if crashes:
            lowest = self.first_cut if event.kind == "deliver" else 1
            for answer in answers:
                for keep in range(lowest, len(answer.ledger)):
                    found += self._cut(state, answer, first, key, keep, crashes - 1)
        return found

    def _settled(self, state: Local, answer: Answer, first: Raw, key: Any) -> Outcome:
        """The handler returned: its whole ledger happens."""
        name, (choice, ledger, memory) = self.specs[state.node].id, answer
        timers = tuple([timer for _, timer in timers_after(state.timers, _fired(key), ledger)])
        local = Local(state.node, memory, disk_after(state.disk, ledger), timers, choice.monotonic)
        return Outcome(self.locals.number(local), self._sends(name, ledger), (first, *records_of(name, ledger, _pending(state, key))))

    def _cut(self, state: Local, answer: Answer, first: Raw, key: Any, keep: int, crashes: int) -> list[Outcome]:
        """The node crashes after the first `keep` effects, then starts again with what is on its disk."""
        name, kept = self.specs[state.node].id, answer.ledger[:keep]
        before = (first, *records_of(name, kept, _pending(state, key)), (0, "crash", name, keep, answer.ledger[keep:], len(answer.ledger)))
        sends = self._sends(name, kept)
        self._before = before
        return [
            Outcome(boot.local, sends + boot.sends, before + boot.records, boot.crashes + 1)
            for boot in self.boot(state.node, disk_after(state.disk, kept), crashes)
        ]

    def _sends(self, name: str, ledger: Sequence[Effect]) -> tuple[int, ...]:
        return tuple([self.envelope(name, effect[1], effect[2]) for effect in ledger if effect[0] == "send"])

    def _answered(self, state: Local, event: Event, key: Any) -> list[Answer]:
        """Return the node's answers to an event, one per reading to explore; each question is asked once."""
        known = self._answers.get((state, key))
        if known is not None:
            return known
        process, clock = self.processes[state.node], self.clocks[state.node]
        process.draws = clock.readings = 0
        calm = Choice(monotonic=state.since)
        asked = {calm: self._ask(state, event, key, calm)}
        drew, read = process.draws > 0, clock.readings > 0
        self.repeats += 1
        if not (process.alike() if process in self.far else self._ask(state, event, key, calm) == asked[calm]):
            raise Nondeterministic(_two_answers(self.specs[state.node], event))
        while new := [choice for choice in self._choices(state, drew, read) if choice not in asked]:
            for choice in new:  # what it reads may make it read more
                asked[choice] = self._ask(state, event, key, choice)
            drew, read = process.draws > 0, clock.readings > 0
        self.calls += len(asked)
        answers = self._answers[state, key] = list(asked.values())
        return answers

    def _choices(self, state: Local, drew: bool, read: bool) -> list[Choice]:
        return [
            Choice(stream, monotonic, wall)
            for stream in range(self.streams if drew else 1)
            for monotonic in range(state.since, len(self.monotonic_ms) if read else state.since + 1)
            for wall in range(len(self.wall_ms) if read else 1)
        ]

    def _ask(self, state: Local, event: Event, key: Any, choice: Choice) -> Answer:
        """Run a handler on a rebuilt node. The only place of the search where a student's code runs."""
        process = self._set_up(state, key, choice)
        process.handle(event)
        ledger = tuple(process.ledger)
        places = {number: place + 1 for place, (number, _) in enumerate(timers_after(state.timers, _fired(key), ledger))}
        return Answer(choice, ledger, process.picture(places))

    def _set_up(self, state: Local, key: Any, choice: Choice) -> Any:
        """Return the node, rebuilt: its machine shows it what is chosen."""
        process, clock = self.processes[state.node], self.clocks[state.node]
        process.seed, process.events = f"{self.seed}/{choice.stream}", 0
        clock.monotonic, clock.wall = self.monotonic_ms[choice.monotonic], self.wall_ms[choice.wall]
        process.restore(state.memory, dict(thaw(item) for item in state.disk))
        process.timer_count, process.fired = len(state.timers), _fired(key)
        return process


def _fired(key: Any) -> int | None:
    """Return the place of the timer that a question of the form ("fire", place) is about."""
    return key[1] if type(key) is tuple else None


def _pending(state: Local, key: Any) -> set[int]:
    """Return the handles of the timers that are pending while a handler runs; the one that fired is not."""
    return {place + 1 for place in range(len(state.timers)) if place != _fired(key)}


def _two_answers(spec: Spec, event: Event) -> str:
    what = f"the same {type(event.data).__name__}" if event.kind == "deliver" else f"the same {event.who or 'on_start'}"
    return (
        f"node {spec.id!r} ({spec.program.__name__}), asked twice in the same state about {what}, did two different things; "
        "keep everything it remembers in self, and draw lots from self.random only"
    )
