"""Hosts a submission's nodes and objects in workers: to the simulation a `RemoteProcess` is a `Process` like any other.

Nothing a worker says is believed: every name, number, delay and value in a reply is decoded afresh and checked.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.catalogue import Exercise
from harness.clock import Clock
from harness.disk import Disk
from harness.errors import Broken, LoadMistake
from harness.grading.budget import Budget
from harness.grading.codec import ProtocolError, checked_name, pack
from harness.grading.ledgers import unpacked_ledger
from harness.grading.machine import HIDDEN_LIBRARY, SandboxError, missing_module
from harness.grading.objects import Objects
from harness.grading.sandbox import Sandbox, Worker
from harness.grading.submissions import Source
from harness.grading.walks import Interview
from harness.message import message
from harness.node import Event, Process, Spec
from harness.testing import PromiseBroken
from harness.trace import Trace

MAX_COMPILED = 100_000
MOST_EVENTS = 20_000
"""What one node may handle in one run: forty times what our own solutions do."""
MOST_KINDS = 64
"""Message classes that a submission may make up."""


@dataclass(frozen=True)
class Program:
    """A class or function of a sandboxed submission, by name. `Spec(id, program)` hosts it in a worker."""

    submission: SandboxedSubmission
    name: str

    @property
    def __name__(self) -> str:
        return self.name


class SandboxedSubmission(Objects):
    """Stands for a student's file: hands out names instead of classes, and workers that have loaded it.

    Args:
        source: its text.
        exercise: which exercise it is for; the modules that one gives are loaded in workers too.
        sandbox: where workers come from.
        budget: processor time it may use.
        apart: give each object of a plain-class exercise a process of its own.
    """

    runs_here = False

    def __init__(self, source: Source, exercise: Exercise, sandbox: Sandbox, budget: Budget | None = None, apart: bool = False) -> None:
        self.path, self.source, self.module, self.sandbox = source.path, source.text or "", exercise.module, sandbox
        self.budget = budget or Budget()
        self.given = list(exercise.given)
        self.kinds: dict[str, Any] = {}
        for name in exercise.given:
            for kind, value in vars(sys.modules[name]).items():
                if getattr(value, "__message__", False):
                    self.kinds[kind] = value
        self.made: dict[tuple[str, ...], Any] = {}
        self.workers: list[Worker] = []
        self.code = ""
        self.heard = hashlib.sha256()
        self.interview = Interview(self)
        super().__init__(apart)

    def __getattr__(self, name: str) -> Program:
        if name.startswith("_"):
            raise AttributeError(name)
        return Program(self, name)

    def load(self) -> None:
        """Compile the file once, in a worker, and try whether it loads at all."""
        worker = self.worker()
        if not self.code and len(self.source) < MAX_COMPILED:
            reply = worker.ask([["compile", self.source]], noted=False)
            if len(reply) != 2 or reply[0] != "code" or type(reply[1]) is not str:
                raise ProtocolError("a reply should be code")
            self.code = reply[1]  # never looked at here
        try:
            worker.ask([self.loading()])
        except LoadMistake as mistake:
            self._blame_library(missing_module(str(mistake)))
            raise
        self.dismiss(worker)

    def _blame_library(self, name: str) -> None:
        """Raise `SandboxError` if a worker that has not seen the program does not find that very module either."""
        try:
            if name:
                self.worker().ask([["import", name]], noted=False)
        except Exception as error:
            if missing_module(str(error)) == name:
                raise SandboxError(HIDDEN_LIBRARY.format(name)) from error

    def loading(self) -> list[Any]:
        """Return the request that loads the file."""
        return ["load", self.module, "" if self.code else self.source, self.code, self.given]

    def worker(self) -> Worker:
        """Return a fresh worker, which has not loaded the file yet."""
        worker = self.sandbox.launch(self.budget, self.heard.update)
        self.workers.append(worker)
        return worker

    def dismiss(self, worker: Worker) -> None:
        """Stop a worker."""
        worker.kill()
        self.workers.remove(worker)

    def rest(self) -> None:
        """Stop every worker: a check is over."""
        while self.workers:
            self.dismiss(self.workers[-1])
        self.begin()

    def build(self, name: str, names: tuple[str, ...], values: list[Any]) -> Any:
        """Make the message that a worker sent: of the exercise's class if it has one of that name, else of a made-up one."""
        known = self.kinds.get(name)
        if known is not None:
            if known.__match_args__ != names:
                raise ProtocolError(f"a {name} has not the fields of a {name}")
            return known(*values)
        kind = self.made.get((name, *names))
        if kind is None:
            kind = self._made_up(name, names)
        return kind(*values)

    def _made_up(self, name: str, names: tuple[str, ...]) -> Any:
        if len(set(names)) < len(names) or len(names) > 64 or len(self.made) >= MOST_KINDS:
            raise ProtocolError("a message names a field twice, or there are too many kinds of messages")
        fields = {checked_name(field): object for field in names}
        made = self.made[name, *names] = message(type(checked_name(name), (), {"__annotations__": fields}))
        return made


class RemoteProcess:
    """Hosts a node in a worker; to the simulation it is a `Process`.

    What a worker needs to be told first (load the file, host this node, boot) goes along with the first thing it is asked.
    """

    def __init__(self, spec: Spec, names: frozenset[str], seed: str) -> None:
        self.spec, self.names, self.seed = spec, names, seed
        self.submission: SandboxedSubmission = spec.program.submission
        self.clock = Clock()
        self.ledger: list[tuple[Any, ...]] = []
        self.disk = Disk([])
        self.worker: Worker | None = None
        self.first: list[list[Any]] = []
        self.events = self.timer_count = self.draws = 0
        self.fired: int | None = None
        self.before: tuple[int, Any] = (-1, None)

    def launch(self) -> Worker:
        """Start a worker and note what to tell it first."""
        self.worker = self.submission.worker()
        self.first = [self.submission.loading(), self.hosting(self.seed)]
        return self.worker

    def hosting(self, seed: str) -> list[Any]:
        """Return the request to host the node."""
        spec = self.spec
        return ["host", spec.program.name, spec.id, list(spec.peers or ()), sorted(self.names), pack(dict(spec.given)), seed]

    def ask(self, *request: Any) -> list[Any]:
        """Ask the worker something."""
        worker = self.worker or self.launch()
        first, self.first = self.first, []
        return worker.ask([*first, list(request)])

    def boot(self) -> None:
        """Start a new worker with what is on the disk; the old one, if any, is killed."""
        self.close()
        self.launch()
        self.first.append(["boot", pack(self.disk.contents())])

    def start(self) -> None:
        """Run `on_start` over there, and refuse memory that is not plain data afterwards."""
        self._handled(self.ask("start", *self._event("start", "", None)))

    def deliver(self, sender: str, message: Any) -> None:
        """Hand a message over."""
        self.submission.kinds.setdefault(type(message).__name__, type(message))
        self._handled(self.ask("handle", *self._event("deliver", sender, message)))

    def fire(self, method: str, args: tuple[Any, ...]) -> None:
        """Let a timer go off over there."""
        self._handled(self.ask("handle", *self._event("fire", method, args)))

    def _event(self, kind: str, who: str, data: Any) -> tuple[Any, ...]:
        if self.events > MOST_EVENTS:
            text = f"the nodes never come to rest: {self.spec.id} has handled {MOST_EVENTS:,} events"
            raise PromiseBroken(Broken(text, code="storm"), Trace([], {"timed": False}), "the run ends")
        clock = self.clock
        readings = clock.readings
        event = (self.events, self.timer_count, clock.wall_ms(), clock.monotonic_ms(), kind, who, pack(data))
        clock.readings = readings
        self.events += 1
        return event

    def _handled(self, reply: list[Any]) -> None:
        """Take over the effects and readings in a reply of the form [word, ledger, drew, read, ...]."""
        if len(reply) < 4 or reply[0] not in ("ledger", "step"):
            raise ProtocolError("a reply should be a ledger")
        self.ledger[:] = unpacked_ledger(reply[1], self.names, self.timer_count, self.submission.build)
        self.timer_count += sum(effect[0] == "set" for effect in self.ledger)
        sent = [("", effect[2]) for effect in self.ledger if effect[0] == "send"]
        if sent:
            worker = self.worker or self.submission.interview.worker
            self.submission.say(sent, worker.last if worker else 0)
        self.draws += reply[2] is True
        self.clock.readings += reply[3] is True

    def check_memory(self) -> None:
        """Refuse memory that is not plain data; after `start` that was done already."""
        if self.worker is not None and self.worker.asked > 1:
            self.ask("check")

    def close(self) -> None:
        """Kill the worker: the simulated machine crashed, or the run or the search is over."""
        if self.worker is not None:
            self.submission.dismiss(self.worker)
            self.worker = None
        self.submission.interview.leave(self)

    # --- exploration: asked what it does from a given memory and disk ---

    def restore(self, memory: int | None, disk: Mapping[Any, Any]) -> None:
        """Note the memory (by its number) and the disk that the next event is asked about."""
        self.before = -1 if memory is None else memory, pack(dict(disk))

    def foresee(self, event: Event) -> None:
        """Announce that `handle` will be called with this event, and as things stand now."""
        self.submission.interview.foresee(self, *self.before, self._searched(event))

    def handle(self, event: Event) -> None:
        """Ask about an event."""
        self._handled(self.submission.interview.step(self, *self.before, self._searched(event)))

    def _searched(self, event: Event) -> tuple[Any, ...]:
        if event.kind == "deliver":
            self.submission.kinds.setdefault(type(event.data).__name__, type(event.data))
        return self._event(event.kind, event.who, event.data)

    def picture(self, timers: Mapping[int, int]) -> int:
        """Return the number by which the worker knows its memory after the event."""
        return self.submission.interview.picture

    def alike(self) -> bool:
        """Return whether the worker, which does every step twice, did the last one alike."""
        return self.submission.interview.alike

    def prove(self) -> None:
        """Have walks through the answers lived through, by all nodes of the search at once; see `Interview`."""
        self.submission.interview.check()


def host(spec: Spec, names: frozenset[str], seed: str) -> Any:
    """The sandboxed transport: student programs in workers, given ones here."""
    return RemoteProcess(spec, names, seed) if isinstance(spec.program, Program) else Process(spec, names, seed)
