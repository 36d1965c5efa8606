"""Hosts a submission's nodes and objects in workers: to the simulation a `RemoteProcess` is a `Process` like any other.

Nothing a worker says is believed: every name, number, delay and value in a reply is decoded afresh and checked.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.catalogue import Exercise
from harness.clock import Clock
from harness.disk import ABSENT, Disk
from harness.grading.codec import ProtocolError, checked_name, pack, unpack
from harness.grading.sandbox import Sandbox, SandboxError, Worker
from harness.grading.submissions import Source
from harness.loading import Kept
from harness.message import message
from harness.node import MAX_DELAY_MS, Event, Process, Spec

MAX_EFFECTS = 5_000


@dataclass(frozen=True)
class Program:
    """A class or function of a sandboxed submission, by name. `Spec(id, program)` hosts it in a worker."""

    submission: SandboxedSubmission
    name: str


class SandboxedSubmission:
    """Stands for a student's file: hands out names instead of classes, and workers that have loaded it.

    Args:
        source: its text.
        exercise: which exercise it is for; the modules that one gives are loaded in workers too.
        sandbox: where workers come from.
    """

    def __init__(self, source: Source, exercise: Exercise, sandbox: Sandbox) -> None:
        self.path, self.source, self.module, self.sandbox = source.path, source.text or "", exercise.module, sandbox
        self.given = list(exercise.given)
        self.kinds: dict[str, Any] = {}
        for name in exercise.given:
            for kind, value in vars(sys.modules[name]).items():
                if getattr(value, "__message__", False):
                    self.kinds[kind] = value
        self.made: dict[tuple[str, ...], Any] = {}
        self.workers: list[Worker] = []
        self._home: Worker | None = None
        self._count = 0

    def __getattr__(self, name: str) -> Program:
        if name.startswith("_"):
            raise AttributeError(name)
        return Program(self, name)

    def load(self) -> None:
        """Try once whether the file loads at all."""
        self.worker().kill()

    def worker(self) -> Worker:
        """Return a fresh worker that has run the file."""
        worker = self.sandbox.launch()
        self.workers.append(worker)
        worker.ask(["load", self.module, self.source, self.given])
        return worker

    def rest(self) -> None:
        """Stop every worker: a scenario is over."""
        for worker in self.workers:
            worker.kill()
        self.workers.clear()
        self._home = None

    def build(self, name: str, fields: list[tuple[str, Any]]) -> Any:
        """Make the message that a worker sent: of the exercise's class if it has one of that name, else of a made-up one."""
        names = tuple(field for field, _ in fields)
        known = self.kinds.get(name)
        if known is not None:
            if known.__match_args__ != names:
                raise ProtocolError(f"a {name} has not the fields of a {name}")
            return known(**dict(fields))
        if len(set(names)) < len(names):
            raise ProtocolError("a message names a field twice")
        kind = self.made.get((name, *names))
        if kind is None:
            kind = self.made[name, *names] = message(type(name, (), {"__annotations__": dict.fromkeys(names, object)}))
        return kind(**dict(fields))

    # Objects of plain-class exercises: the same three methods as in `loading.Submission`.

    def create(self, kind: str, args: tuple[Any, ...]) -> str:
        """Create an object over there; return its name."""
        self._count += 1
        name = f"object{self._count}"
        self._objects().ask(["create", name, kind, _packed_arguments(args)])
        return name

    def call(self, target: str, method: str, args: tuple[Any, ...]) -> Kept:
        """Call a method of an object over there."""
        return self._kept(self._objects().ask(["call", target, method, _packed_arguments(args)]))

    def apply(self, function: str, args: tuple[Any, ...]) -> Kept:
        """Call a function over there."""
        return self._kept(self._objects().ask(["apply", function, _packed_arguments(args)]))

    def _kept(self, reply: list[Any]) -> Kept:
        if len(reply) != 3 or reply[0] != "value" or type(reply[2]) is not int:
            raise ProtocolError("a reply should be a value")
        return Kept(reply[2], unpack(reply[1], self.build))

    def _objects(self) -> Worker:
        """Return the worker that holds this check's objects."""
        if self._home is None or not self._home.alive:
            self._home = self.worker()
        return self._home


def _packed_arguments(args: tuple[Any, ...]) -> list[Any]:
    return [["kept", arg.raw] if isinstance(arg, Kept) else ["plain", pack(arg)] for arg in args]


class RemoteProcess:
    """Hosts a node in a worker; to the simulation it is a `Process`."""

    def __init__(self, spec: Spec, names: frozenset[str], seed: str) -> None:
        self.spec, self.names, self.seed = spec, names, seed
        self.submission: SandboxedSubmission = spec.program.submission
        self.clock = Clock()
        self.ledger: list[tuple[Any, ...]] = []
        self.disk = Disk([])
        self.worker: Worker | None = None
        self.events = self.timer_count = self.draws = 0

    def boot(self) -> None:
        """Start a new worker with what is on the disk; the old one, if any, is killed."""
        spec = self.spec
        if self.worker is not None:
            self.worker.kill()
        self.worker = self.submission.worker()
        given = pack(dict(spec.given))
        self.worker.ask(["host", spec.program.name, spec.id, list(spec.peers or ()), sorted(self.names), given])
        self.worker.ask(["boot", pack(self.disk.contents())])

    def start(self) -> None:
        """Run `on_start` over there."""
        self.handle(Event("start"))

    def deliver(self, sender: str, message: Any) -> None:
        """Hand a message over."""
        self.submission.kinds.setdefault(type(message).__name__, type(message))
        self.handle(Event("deliver", sender, message))

    def fire(self, method: str, args: tuple[Any, ...]) -> None:
        """Let a timer go off over there."""
        self.handle(Event("fire", method, args))

    def handle(self, event: Event) -> None:
        """Have an event handled; its effects are in `self.ledger` afterwards."""
        clock, readings = self.clock, self.clock.readings
        counts, times = [self.events, self.timer_count], [clock.wall_ms(), clock.monotonic_ms()]
        self.events += 1
        reply = self._worker().ask(["handle", self.seed, counts, times, event.kind, event.who, pack(event.data)])
        if len(reply) != 4 or reply[0] != "ledger":
            raise ProtocolError("a reply should be a ledger")
        self.ledger[:] = self.checked(reply[1])
        self.draws += reply[2] is True
        clock.readings = readings + (reply[3] is True)

    def restore(self, memory: int | None, disk: Mapping[Any, Any]) -> None:
        """Set memory and disk to what they were (exploration)."""
        if self.worker is None:
            self.boot()
        self._worker().ask(["restore", -1 if memory is None else memory, pack(dict(disk))])

    def picture(self, timers: Mapping[int, int]) -> int:
        """Return the number by which the worker knows its memory (exploration)."""
        reply = self._worker().ask(["picture", [list(pair) for pair in timers.items()]])
        if len(reply) != 2 or reply[0] != "picture" or type(reply[1]) is not int:
            raise ProtocolError("a reply should be the number of a picture")
        return reply[1]

    def check_memory(self) -> None:
        """Refuse memory that is not plain data."""
        self._worker().ask(["check"])

    def close(self) -> None:
        """Kill the worker: the simulated machine crashed, or the run is over."""
        if self.worker is not None:
            self.worker.kill()

    def _worker(self) -> Worker:
        if self.worker is None:
            raise SandboxError("a node was asked before it was booted")
        return self.worker

    def checked(self, ledger: Any) -> list[tuple[Any, ...]]:
        """Return a ledger decoded afresh, every name, number and delay in it checked."""
        if type(ledger) is not list or len(ledger) > MAX_EFFECTS:
            raise ProtocolError("a ledger is not a list of at most 5,000 effects")
        try:
            return [self._effect(*effect) for effect in ledger]
        except (TypeError, ValueError) as error:
            raise ProtocolError("an effect is malformed") from error

    def _effect(self, kind: str, *rest: Any) -> tuple[Any, ...]:
        build = self.submission.build
        if kind == "send":
            to, packed = rest
            sent = unpack(packed, build)
            if to not in self.names or not getattr(type(sent), "__message__", False):
                raise ProtocolError("a send names nobody or carries no message")
            return ("send", to, sent)
        if kind == "set":
            number, delay_ms, method, args = rest
            self.timer_count += 1
            if number != self.timer_count or type(delay_ms) is not int or not 0 <= delay_ms <= MAX_DELAY_MS:
                raise ProtocolError("a timer is malformed")
            return ("set", number, delay_ms, checked_name(method), unpack(args, build))
        if kind == "cancel":
            (number,) = rest
            return ("cancel", number if type(number) is int else 0)
        if kind == "write":
            return ("write", *self._item(*rest))
        if kind == "commit":
            (items,) = rest
            return ("commit", tuple([self._item(*item) for item in items]))
        raise ProtocolError("an effect is of no known kind")

    def _item(self, key: Any, *value: Any) -> tuple[Any, Any]:
        if len(value) > 1:
            raise ProtocolError("a write is malformed")
        return unpack(key, self.submission.build), unpack(value[0], self.submission.build) if value else ABSENT


def host(spec: Spec, names: frozenset[str], seed: str) -> Any:
    """The sandboxed transport: student programs in workers, given ones here."""
    return RemoteProcess(spec, names, seed) if isinstance(spec.program, Program) else Process(spec, names, seed)
