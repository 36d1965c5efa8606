"""Exploration in a worker: what it answers must be a function of memory and event, so that is what is tested.

The worker keeps pictures of memory and the judge knows them by number. A worker could remember more than its pictures, in a module's
globals, or answer a search differently from a simulation. So when a search is over, walks through its answers are drawn at
random, and fresh workers live through them: booted, and handed one event after the other, as in any simulation. A node that
does something else then is nondeterministic.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from harness.errors import Nondeterministic
from harness.grading.codec import ProtocolError

if TYPE_CHECKING:
    from harness.grading.hosting import RemoteProcess

WORKERS, LIVES = 2, 3
"""A worker costs as much as fifty steps, so each lives through several walks, one after the other; only its first finds it untouched."""
LONGEST = 16


class Answer(NamedTuple):
    """One step of a search as it was asked and answered, all as in frames.

    Args:
        seed: of the random streams.
        disk: contents before it.
        fired: place of the timer that went off, from 1; 0 if none did.
        event: events and timers so far, clocks, kind, who, data.
        ledger: what the node asked for.
        drew: whether it drew a random number.
        memory: number of the picture of memory afterwards.
    """

    seed: str
    disk: Any
    fired: int
    event: tuple[Any, ...]
    ledger: Any
    drew: bool
    memory: int


class Walks:
    """The steps that a node was asked to do in a search, and the walks that test them.

    Args:
        process: the node.
    """

    def __init__(self, process: RemoteProcess) -> None:
        self.process = process
        self.memory = -1
        self.disk: Any = None
        self.picture = -1
        self.last: tuple[Any, list[Any]] | None = None
        self.answers: defaultdict[int, list[Answer]] = defaultdict(list)  # by the number of the memory before

    def begin(self, memory: int, disk: Any) -> None:
        """Set out from this memory and disk."""
        self.memory, self.disk = memory, disk

    def step(self, event: tuple[Any, ...]) -> list[Any]:
        """Ask the worker to do a step, twice; asked the same again, return what it did the second time."""
        seed = self.process.seed
        fired = 0 if self.process.fired is None else self.process.fired + 1
        question = [seed, self.memory, self.disk, fired, *event]
        if self.last is not None and self.last[0] == question:
            (_, reply), self.last = self.last, None
            if reply[5] is not True:
                self.picture = -1  # no memory at all, so different from the first time
            return reply
        reply = self.process.ask("step", *question)
        if len(reply) != 6 or reply[0] != "step" or type(reply[4]) is not int:
            raise ProtocolError("a reply should be a step")
        self.last = question, reply
        self.picture = reply[4]
        self.answers[self.memory].append(Answer(seed, self.disk, fired, event, reply[1], reply[2] is True, reply[4]))
        return reply

    def check(self) -> None:
        """Have walks lived through.

        Raises:
            Nondeterministic: a fresh worker does not do what was answered.
        """
        spec = self.process.spec
        draw = random.Random(f"walks/{self.process.seed}/{spec.id}/{sum(map(len, self.answers.values()))}")
        for _ in range(WORKERS if self.answers else 0):
            fresh = self.process.fresh()
            try:
                if not all(_lives(fresh, self._walk(draw)) for _ in range(LIVES)):
                    raise Nondeterministic(DIFFERENT.format(spec.id, spec.program.name))
            finally:
                fresh.close()

    def _walk(self, draw: random.Random) -> list[Answer]:
        """Return a way through the answers, from boot on: each is about the memory, disk and timers that the one before left."""
        walk: list[Answer] = []
        possible = [answer for answer in self.answers[-1] if answer.event[4] == "start"]
        pending: list[int] = []
        while possible and len(walk) < LONGEST:
            answer = draw.choice(possible)
            walk.append(answer)
            disk = disk_after(answer.disk, answer.ledger)
            left = pending_after(pending, answer.fired, answer.ledger)
            pending = list(range(1, len(left) + 1))  # in a search timers are known by their places
            possible = [
                other
                for other in self.answers.get(answer.memory, ())
                if other.disk == disk and other.event[1] == len(pending) and (other.seed == walk[0].seed or not other.drew)
            ]
        return walk


def _lives(fresh: RemoteProcess, walk: list[Answer]) -> bool:
    """Return whether a fresh worker does what the answers of a walk say."""
    pending: list[int] = []
    timers = 0
    fresh.live(walk[0].seed, walk[0].disk)
    for events, answer in enumerate(walk):
        times_and_what = answer.event[2:]
        word = "start" if answer.event[4] == "start" else "handle"
        reply = fresh.ask(word, 0 if answer.drew else events, timers, *times_and_what)
        if len(reply) != 4 or reply[0] != "ledger" or _numbered(reply[1], pending) != answer.ledger:
            return False
        fired = pending[answer.fired - 1] if answer.fired else 0
        timers += sum(effect[0] == "set" for effect in reply[1])
        pending = pending_after(pending, fired, reply[1])
    return True


def _numbered(ledger: Any, pending: list[int]) -> Any:
    """Return a ledger with timers numbered as in a search: those pending by their places from 1 on, then those set in it; 0 is over."""
    places = {handle: place for place, handle in enumerate(pending, 1)}
    numbered = []
    try:
        for effect in ledger:
            if effect[0] == "set":
                places[effect[1]] = 1 + len(places)
            numbered.append([effect[0], places.get(effect[1], 0), *effect[2:]] if effect[0] in ("set", "cancel") else effect)
    except (TypeError, LookupError):
        return None
    return numbered


def pending_after(pending: list[int], fired: int, ledger: Any) -> list[int]:
    """Return the handles of the timers that are pending after a step, in the order set."""
    handles = dict.fromkeys(handle for handle in pending if handle != fired)
    for effect in ledger:
        if effect[0] == "set":
            handles[effect[1]] = None
        elif effect[0] == "cancel":
            handles.pop(effect[1], None)
    return list(handles)


def disk_after(disk: Any, ledger: Any) -> Any:
    """Return a disk, as in a frame, after a ledger as in a frame."""
    contents = {json.dumps(key): [key, value] for key, value in zip(disk[1::2], disk[2::2], strict=True)}
    for effect in ledger:
        items = [effect[1:]] if effect[0] == "write" else effect[1] if effect[0] == "commit" else []
        for key, *value in items:
            if value:
                contents[json.dumps(key)] = [key, *value]
            else:
                contents.pop(json.dumps(key), None)
    return ["d", *(part for item in contents.values() for part in item)]


DIFFERENT = (
    "node {!r} ({}), asked about the same events in the same state, but by another process, did something else; "
    "keep everything it remembers in self"
)
