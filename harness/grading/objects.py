"""Objects of plain-class exercises in workers, with the same methods as `loading.Submission`.

Each object stands for another machine. Together in one worker, what one returned is handed to another as the very object, which
shows whether it shares something it should not. Apart, each in a worker of its own, it is handed over as a copy, and nothing but what
they are handed can pass between them: not a global, not a class attribute. An honest program cannot tell the difference.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections import deque
from typing import Any, NamedTuple

from harness.errors import Mistake
from harness.grading.codec import Build, ProtocolError, pack, told_apart, unpack
from harness.grading.sandbox import Worker
from harness.grading.told import StudentError
from harness.loading import Kept

MOST_SAID, MOST_BYTES_SAID = 50_000, 4_000_000


def _kind(arg: Any) -> str:
    """Say as what an argument arrives: a list or a dict may be changed by who is given it."""
    return type(arg).__name__ if type(arg) in (list, dict) else "plain"


class There(NamedTuple):
    """The very object that a call returned: in which worker, and its number there."""

    place: int
    number: int


class Objects(ABC):
    """Creates objects over there and calls their methods.

    Args:
        apart: each object in a worker of its own.
    """

    def __init__(self, apart: bool) -> None:
        self.apart = apart
        self.places: dict[int, Worker] = {}
        self.created = self._place = 0
        self.said: deque[tuple[str, Any]] = deque(maxlen=MOST_SAID)
        """What it said last: results, each with the name of what was called, and messages, with an empty one."""
        self._bytes_said = 0
        self.kind_of: dict[str, str] = {}

    heard: Any
    build: Build

    @abstractmethod
    def worker(self) -> Worker:
        """Return a fresh worker, which has not loaded the file yet."""

    @abstractmethod
    def loading(self) -> list[Any]:
        """Return the request that loads the file."""

    def say(self, items: list[tuple[str, Any]], size: int) -> None:
        """Keep what it said last, a few megabytes at most: what was said before is of an earlier run, and forgotten now and then."""
        self._bytes_said += size
        if self._bytes_said > MOST_BYTES_SAID:
            self._bytes_said = size
            self.said.clear()
        self.said.extend(items)

    def begin(self) -> None:
        """Start anew: the objects created so far are not needed any more."""
        self._place = 0
        self.places = {place: worker for place, worker in self.places.items() if worker.alive}

    def create(self, kind: str, args: tuple[Any, ...]) -> tuple[int, str]:
        """Create an object over there; return where it is, and its name."""
        self.created += 1
        self._place += self.apart
        name = f"object{self.created}"
        self.kind_of[name] = kind
        self._ask(self._place, "create", name, kind, self._packed(self._place, args))
        return self._place, name

    def call(self, target: tuple[int, str], method: str, args: tuple[Any, ...]) -> Kept:
        """Call a method of an object over there."""
        place, name = target
        reply = self._ask(place, "call", name, method, self._packed(place, args))
        return self._kept(f"{self.kind_of[name]}.{method}", place, reply)

    def apply(self, function: str, args: tuple[Any, ...]) -> Kept:
        """Call a function over there."""
        return self._kept(function, 0, self._ask(0, "apply", function, self._packed(0, args)))

    def _kept(self, called: str, place: int, reply: list[Any]) -> Kept:
        if len(reply) != 3 or reply[0] != "value" or type(reply[2]) is not int:
            raise ProtocolError("a reply should be a value")
        body = json.dumps(reply[1], separators=(",", ":")).encode()
        self.heard.update(told_apart(body, reply[1]))
        plain = unpack(reply[1], self.build)
        self.say([(called, plain)], len(body))
        return Kept(There(place, reply[2]), plain)

    def _packed(self, place: int, args: tuple[Any, ...]) -> list[Any]:
        return [self._handed(place, arg) if isinstance(arg, Kept) else [_kind(arg), pack(arg)] for arg in args]

    def _handed(self, place: int, arg: Kept) -> list[Any]:
        there: There = arg.raw
        if there.place == place:
            return ["kept", there.number]
        try:
            reply = self._ask(there.place, "copy", there.number)
        except (StudentError, Mistake):  # it cannot be copied; its value will do
            return ["plain", pack(arg.plain)]
        if len(reply) != 2 or reply[0] != "copy" or type(reply[1]) is not str:
            raise ProtocolError("a reply should be a copy")
        return ["copy", reply[1]]

    def _ask(self, place: int, *request: Any) -> list[Any]:
        loading = []
        if place not in self.places or not self.places[place].alive:
            self.places[place], loading = self.worker(), [self.loading()]
        return self.places[place].ask([*loading, list(request)], noted=False)
