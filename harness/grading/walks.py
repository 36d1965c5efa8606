"""Exploration in a worker: what it answers must be a function of memory and event, so that is what is tested.

The worker keeps pictures of memory and the judge knows them by number. A worker could remember more than its pictures: in a module's
globals, or because it sets out to answer a search differently from a simulation. So when a search is over, walks through what was
answered are done again, drawn at random, each by a fresh worker in one go from its boot. Whoever answers differently there is
nondeterministic.
"""

from __future__ import annotations

import random
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from harness.errors import Nondeterministic
from harness.grading.codec import ProtocolError

if TYPE_CHECKING:
    from harness.grading.hosting import RemoteProcess

WALKS = 6
LONGEST = 16


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
        self.answers: defaultdict[int, list[tuple[list[Any], Any, int]]] = defaultdict(list)  # step, ledger, memory afterwards

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
        self.answers[self.memory].append(([seed, self.disk, fired, *event], reply[1], reply[4]))
        return reply

    def check(self) -> None:
        """Walk.

        Raises:
            Nondeterministic: a fresh worker does not do what was answered.
        """
        draw = random.Random(f"walks/{self.process.seed}/{self.process.spec.id}/{sum(map(len, self.answers.values()))}")
        for _ in range(WALKS):
            steps, ledgers = self._walk(draw)
            if not steps:
                return
            fresh = self.process.fresh()
            reply = fresh.ask("walk", steps)
            fresh.close()
            if reply != ["walk", ledgers]:
                raise Nondeterministic(DIFFERENT.format(self.process.spec.id, self.process.spec.program.name))

    def _walk(self, draw: random.Random) -> tuple[list[Any], list[Any]]:
        steps: list[Any] = []
        ledgers: list[Any] = []
        memory = -1
        while self.answers.get(memory) and len(steps) < LONGEST:
            step, ledger, memory = draw.choice(self.answers[memory])
            steps.append(step)
            ledgers.append(ledger)
        return steps, ledgers


DIFFERENT = (
    "node {!r} ({}), asked about the same events in the same state, but by another process, did something else; "
    "keep everything it remembers in self"
)
