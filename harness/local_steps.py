"""What one node does with one event, asked once and remembered.

A handler is a function of its node's own state (memory, disk, pending timers) and of the event. So every local state and
every message gets a small number the first time it is met, and the answer to (local state, event) is kept: student code runs
once per distinct local step, a few hundred times, while a search makes millions of global steps out of the answers.

A reading of a clock or of `self.random` is part of the event: a handler that reads one is asked once per value to explore.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from harness.clock import Clock
from harness.disk import Effect
from harness.errors import Nondeterministic
from harness.node import START, Event, Process, Spec, applied
from harness.state import Picture, freeze, thaw

Raw = tuple[Any, ...]


class Local(NamedTuple):
    """A node's whole state, hashable. `since` is the place of the latest monotonic reading among those to explore."""

    node: int
    memory: Picture
    disk: Picture
    timers: tuple[tuple[int, str, Picture], ...]  # (delay_ms, method, args) in the order they were set
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
        choice: what the handler read, if anything.
    """

    local: int
    sends: tuple[int, ...]
    records: tuple[Raw, ...]
    choice: Choice


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


class ChosenClock(Clock):
    """A clock whose two readings are chosen by the search."""

    __slots__ = ("monotonic", "wall")

    def __init__(self) -> None:
        super().__init__()
        self.monotonic = self.wall = 0

    def wall_ms(self) -> int:
        """Return the chosen wall time."""
        self.readings += 1
        return self.wall

    def monotonic_ms(self) -> int:
        """Return the chosen monotonic time."""
        self.readings += 1
        return self.monotonic


class Numbers:
    """Gives equal things the same small number, in order of first appearance."""

    def __init__(self) -> None:
        self.of: dict[Any, int] = {}
        self.all: list[Any] = []

    def number(self, thing: Any, key: Any = None) -> int:
        """Return the number of `thing`; `key` is what makes it equal to another, by default itself."""
        key = thing if key is None else key
        found = self.of.get(key)
        if found is None:
            found = self.of[key] = len(self.all)
            self.all.append(thing)
        return found


class LocalSteps:
    """Asks nodes and remembers.

    Args:
        specs: the nodes, peers filled in.
        names: everybody a message can be sent to.
        seed: text for the random streams.
        streams: how many random streams to explore per handler that draws.
        monotonic_ms, wall_ms: readings to explore per handler that reads a clock. The monotonic one never goes back.
        transport: makes the process that hosts a node.
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
    ) -> None:
        self.specs, self.seed, self.streams = specs, seed, streams
        self.monotonic_ms, self.wall_ms = monotonic_ms, wall_ms
        self.clocks = [ChosenClock() for _ in specs]
        self.processes = [transport(spec, names, seed) for spec in specs]
        for process, clock in zip(self.processes, self.clocks, strict=True):
            process.clock = clock
        self.locals = Numbers()
        self.messages = Numbers()
        self.calls = 0
        self.repeats = 0
        self._answers: dict[tuple[Local, Any], list[Answer]] = {}

    def envelope(self, sender: str, to: str, message: Any) -> int:
        """Return the number of a message on its way from `sender` to `to`."""
        return self.messages.number(Envelope(sender, to, message), (sender, to, freeze(message)))

    def boot(self, node: int, disk: Picture = (), keep: int | None = None) -> list[Outcome]:
        """Return the outcomes of starting a node with this disk.

        With `keep`, it crashes after so many effects of `on_start` and starts once more.
        """
        record = (0, "start", self.specs[node].id, 1, None, None)
        return self._outcomes(Local(node, None, disk, (), 0), START, "start", record, keep)

    def deliver(self, local: int, message: int, keep: int | None = None) -> list[Outcome]:
        """Return the outcomes of delivering a message; with `keep`, of a crash after so many effects, and the restart.

        Raises:
            Nondeterministic: asked again, the handler answered differently.
            Mistake: whatever else the handler does that a node cannot do.
        """
        envelope: Envelope = self.messages.all[message]
        event = Event("deliver", envelope.sender, envelope.message)
        record = (0, "deliver", envelope.to, message, envelope.sender, envelope.message)
        return self._outcomes(self.locals.all[local], event, message, record, keep)

    def fire(self, local: int, place: int, keep: int | None = None) -> list[Outcome]:
        """Return the outcomes of the pending timer at `place` going off; `keep` as for `deliver`."""
        state: Local = self.locals.all[local]
        _, method, args = state.timers[place]
        event = Event("fire", method, thaw(args))
        record = (0, "fire", self.specs[state.node].id, place, method, event.data)
        return self._outcomes(state, event, ("fire", place), record, keep)

    def crash(self, local: int, keep: int | None = None) -> list[Outcome]:
        """Return the outcomes of a crash between handlers and the restart; `keep` crashes the restart itself once."""
        state: Local = self.locals.all[local]
        crash = (0, "crash", self.specs[state.node].id, -1, None, None)
        return [outcome._replace(records=(crash, *outcome.records)) for outcome in self.boot(state.node, state.disk, keep)]

    def fireable(self, local: int) -> list[int]:
        """Return the places of the timers that may go off next: none that was set later with at least the same delay.

        One node's timers run on one clock, so their order is known as far as their delays tell (DSLabs, Michael et al. 2019).
        """
        timers = self.locals.all[local].timers
        return [place for place, timer in enumerate(timers) if not any(earlier[0] <= timer[0] for earlier in timers[:place])]

    def _outcomes(self, state: Local, event: Event, key: Any, first: Raw, keep: int | None) -> list[Outcome]:
        found = []
        for answer in self._answered(state, event, key):
            if keep is None:
                found.append(self._settled(state, answer, first, key))
            elif keep < len(answer.ledger):
                found += self._cut(state, answer, first, keep)
        return found

    def _settled(self, state: Local, answer: Answer, first: Raw, key: Any) -> Outcome:
        """The handler returned: its whole ledger happens."""
        name, (choice, ledger, memory) = self.specs[state.node].id, answer
        timers = tuple([timer for _, timer in _timers_after(state, key, ledger)])
        local = Local(state.node, memory, _disk_after(state.disk, ledger), timers, choice.monotonic)
        records = (first, *_records(name, ledger))
        return Outcome(self.locals.number(local), self._sends(name, ledger), records, choice)

    def _cut(self, state: Local, answer: Answer, first: Raw, keep: int) -> list[Outcome]:
        """The node crashes after the first `keep` effects, then starts again with what is on its disk."""
        name, kept = self.specs[state.node].id, answer.ledger[:keep]
        crash = (0, "crash", name, keep, None, len(answer.ledger))
        before = (first, *_records(name, kept), crash)
        sends = self._sends(name, kept)
        return [
            Outcome(boot.local, sends + boot.sends, before + boot.records, answer.choice)
            for boot in self.boot(state.node, _disk_after(state.disk, kept))
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
        default = Choice(monotonic=state.since)
        first = self._ask(state, event, key, default)
        drew, read = process.draws > 0, clock.readings > 0
        self.repeats += 1
        if self._ask(state, event, key, default) != first:
            raise Nondeterministic(_two_answers(self.specs[state.node], event))
        choices = [
            Choice(stream, monotonic, wall)
            for stream in range(self.streams if drew else 1)
            for monotonic in range(state.since, len(self.monotonic_ms) if read else state.since + 1)
            for wall in range(len(self.wall_ms) if read else 1)
        ]
        answers = [first] + [self._ask(state, event, key, choice) for choice in choices[1:]]
        self.calls += len(answers)
        self._answers[state, key] = answers
        return answers

    def _ask(self, state: Local, event: Event, key: Any, choice: Choice) -> Answer:
        """Run a handler on a rebuilt node. The only place of the search where a student's code runs."""
        process, clock = self.processes[state.node], self.clocks[state.node]
        process.seed, process.events = f"{self.seed}/{choice.stream}", 0
        clock.monotonic, clock.wall = self.monotonic_ms[choice.monotonic], self.wall_ms[choice.wall]
        process.restore(state.memory, dict(thaw(item) for item in state.disk))
        process.timer_count = len(state.timers)
        process.handle(event)
        ledger = tuple(process.ledger)
        places = {number: place + 1 for place, (number, _) in enumerate(_timers_after(state, key, ledger))}
        return Answer(choice, ledger, process.picture(places))


def _timers_after(state: Local, key: Any, ledger: Sequence[Effect]) -> list[tuple[int, tuple[int, str, Picture]]]:
    """Return (handle number, timer) of what is pending after a ledger, in the order set."""
    pending = dict(enumerate(state.timers, 1))
    if type(key) is tuple:  # ("fire", place): that timer is over
        del pending[key[1] + 1]
    for effect in ledger:
        if effect[0] == "set":
            pending[effect[1]] = (effect[2], effect[3], freeze(effect[4]))
        elif effect[0] == "cancel":
            pending.pop(effect[1], None)
    return list(pending.items())


def _disk_after(disk: Picture, ledger: Sequence[Effect]) -> Picture:
    """Return the picture of a disk after a ledger's writes; the order of its keys is the order of first writing."""
    if not any(effect[0] in ("write", "commit") for effect in ledger):
        return disk
    contents = dict(thaw(item) for item in disk)
    for effect in ledger:
        applied(effect, contents)
    return tuple([freeze(item) for item in contents.items()])


def _records(name: str, ledger: Sequence[Effect]) -> list[Raw]:
    """Return what a ledger's effects look like in a trace, without times and numbers."""
    found: list[Raw] = []
    for effect in ledger:
        kind = effect[0]
        if kind == "send":
            found.append((0, "send", name, 0, effect[1], effect[2]))
        elif kind == "set":
            found.append((0, "set", name, effect[1], effect[3], effect[2]))
        elif kind == "cancel":
            found.append((0, "cancel", name, effect[1], None, None))
        else:
            key, value = effect[1:] if kind == "write" else (None, effect[1])
            found.append((0, kind, name, 0, key, value))
    return found


def _two_answers(spec: Spec, event: Event) -> str:
    what = f"the same {type(event.data).__name__}" if event.kind == "deliver" else f"the same {event.who or 'on_start'}"
    return (
        f"node {spec.id!r} ({spec.program.__name__}), asked twice in the same state about {what}, did two different things; "
        "keep everything it remembers in self, and draw lots from self.random only"
    )
