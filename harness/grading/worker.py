"""What runs inside a locked-down process: it hosts one node (or the objects of a plain-class exercise) and answers the judge.

A frame asks one or more things, in order; the reply is what the last one has to say, or the first error. Nothing here needs to be
trusted: whatever a student's code does to this process, the judge only ever sees frames, and decodes them as if an enemy had
written them.
"""

from __future__ import annotations

import base64
import importlib
import marshal
import os
import pickle
import sys
import traceback
import types
from collections.abc import Callable
from typing import Any

from harness.clock import ChosenClock
from harness.disk import Disk
from harness.errors import LoadMistake, Mistake, Problem, StateMistake
from harness.grading import probing
from harness.grading.codec import MAX_FRAME, MAX_REQUEST, ProtocolError, decode, encode, frames, pack, unpack, write_all
from harness.grading.ledgers import handles_after, packed_ledger
from harness.loading import Kept, kept
from harness.message import message
from harness.node import Process, Spec

SOURCE = "<submission>"
MAX_TEXT = 400


class Worker:
    """Answers requests by name: `["boot", ...]` is answered by `do_boot(...)`."""

    def __init__(self) -> None:
        self.module = types.ModuleType("submission")
        self.given: list[types.ModuleType] = []
        self.made: dict[tuple[str, ...], Any] = {}
        self.process: Any = None
        self.processes: dict[str, Any] = {}
        self.clock = ChosenClock()
        self.objects: dict[str, Any] = {}
        self.results: list[Any] = []
        self.pictures: list[Any] = []
        self.numbers: dict[Any, int] = {}

    def answer(self, requests: list[list[Any]]) -> list[Any]:
        """Return the reply to some requests; whatever the student's code raises becomes an `error` reply."""
        reply: list[Any] = ["ok"]
        try:
            for request in requests:
                method: Callable[..., list[Any]] = getattr(self, "do_" + request[0])
                reply = method(*request[1:])
        except BaseException as error:
            return _error(error)
        return reply

    def do_probe(self) -> list[Any]:
        """Try what a worker must not be able to do; return the names of what succeeded."""
        return ["probed", *probing.allowed()]

    # --- loading ---

    def do_import(self, name: str) -> list[Any]:
        """Import a module of the standard library."""
        importlib.import_module(name)
        return ["ok"]

    def do_compile(self, source: str) -> list[Any]:
        """Compile the student's file, without running it; what is too long for a reply is compiled anew by every worker."""
        code = base64.b64encode(marshal.dumps(compiled(source))).decode()
        return ["code", code if len(code) < MAX_FRAME // 2 else ""]

    def do_load(self, name: str, source: str, code: str, given: list[str]) -> list[Any]:
        """Run the student's file, compiled already if `code` is not empty; the given modules are there."""
        self.given = [sys.modules[given_name] for given_name in given]
        try:
            self.module = run_code(name, marshal.loads(base64.b64decode(code)) if code else compiled(source))
        except (NotImplementedError, Problem):
            raise
        except BaseException as error:
            raise LoadMistake(f"{ended_by(error)}; that ends the file before its classes are there, so no check can run") from error
        return ["ok"]

    def build(self, name: str, names: tuple[str, ...], values: list[Any]) -> Any:
        """Make a message: of the student's class of that name, the given one, or one made up on the spot."""
        kind: Any = self.made.get((name, *names))
        if kind is None:
            there = [getattr(module, name, None) for module in (self.module, *self.given)]
            known = [found for found in there if getattr(found, "__message__", False)]
            kind = known[0] if known else message(type(name, (), {"__annotations__": dict.fromkeys(names, object)}))
            self.made[name, *names] = kind
        return kind(**dict(zip(names, values, strict=True)))

    def plain(self, value: Any) -> Any:
        """Unpack a value the judge sent."""
        return value if type(value) is not list else unpack(value, self.build, self.known)

    def known(self, name: str) -> Any:
        """Return the class of a dotted name in the student's file, or in a given one; None if there is none."""
        for module in (self.module, *self.given):
            found: Any = module
            for part in name.split("."):
                found = getattr(found, part, None)
            if found is not None:
                return found
        return None

    def find(self, name: str) -> Any:
        """Return a class or function of the student's file."""
        if not hasattr(self.module, name):
            raise LoadMistake(f"the file defines no {name}")
        return getattr(self.module, name)

    # --- a node ---

    def do_host(self, kind: str, id: str, peers: list[str], names: list[str], given: Any, seed: str) -> list[Any]:
        """Make the process of a node; it is not booted yet."""
        spec = Spec(id, self.find(kind), dict(self.plain(given)), tuple(peers))
        self.process = self.processes[id] = Process(spec, frozenset(names), seed)
        self.process.clock = self.clock
        return ["ok"]

    def do_boot(self, disk: Any) -> list[Any]:
        """Start with this disk, as if just switched on."""
        self.process.disk = Disk(self.process.ledger, dict(self.plain(disk)))
        self.process.boot()
        return ["ok"]

    def do_handle(self, events: int, timers: int, wall: int, monotonic: int, kind: str, who: str, data: Any) -> list[Any]:
        """Handle one event; return its ledger, and whether a random stream or a clock was read.

        Args:
            events, timers: how many were handled and set before.
            wall, monotonic: readings of the two clocks, in ms.
        """
        process, clock = self.process, self.clock
        process.events, process.timer_count, process.draws = events, timers, 0
        process._random = None  # each event has a stream of its own
        clock.wall, clock.monotonic, clock.readings = wall, monotonic, 0
        ledger: list[Any] = process.ledger
        ledger.clear()
        data = self.plain(data)
        if kind == "deliver":
            process.deliver(who, data)
        elif kind == "fire":
            process.fire(who, data)
        else:
            process.start()
        return ["ledger", packed_ledger(ledger) if ledger else [], process.draws > 0, clock.readings > 0]

    def do_start(self, *event: Any) -> list[Any]:
        """Handle the first event of a life; refuse memory that is not plain data afterwards."""
        reply = self.do_handle(*event)
        self.process.check_memory()
        return reply

    def do_check(self) -> list[Any]:
        """Refuse memory that is not plain data."""
        self.process.check_memory()
        return ["ok"]

    # --- exploration: pictures of memory stay here, the judge knows them by number ---

    def do_step(self, id: str, seed: str, memory: int, disk: Any, fired: int, *event: Any) -> list[Any]:
        """Handle an event on a node rebuilt from a picture (-1: just switched on), twice.

        Args:
            fired: number of the timer that goes off, 0 if none does.

        Returns:
            A `step` reply: the ledger, what was read, the number of the picture of memory afterwards, whether the second time was like
            the first.
        """
        self.process = self.processes[id]
        first = self.step(seed, memory, disk, fired, event)
        second = self.step(seed, memory, disk, fired, event)
        return ["step", *first[1:], first == second]

    def step(self, seed: str, memory: int, disk: Any, fired: int, event: tuple[Any, ...]) -> list[Any]:
        """Handle an event on a rebuilt node, once."""
        process = self.process
        process.seed = seed
        process.restore(None if memory < 0 else self.pictures[memory], dict(self.plain(disk)))
        reply = self.do_handle(*event)
        pending = [number for number in range(1, event[1] + 1) if number != fired]
        places = {number: place + 1 for place, number in enumerate(handles_after(pending, process.ledger))}
        picture = process.picture(places)
        number = self.numbers.setdefault(picture, len(self.pictures))
        if number == len(self.pictures):
            self.pictures.append(picture)
        return [*reply, number]

    # --- plain classes ---

    def do_create(self, name: str, kind: str, args: list[list[Any]]) -> list[Any]:
        """Create an object."""
        self.objects[name] = self.find(kind)(*self.arguments(args))
        return ["ok"]

    def do_call(self, name: str, method: str, args: list[list[Any]]) -> list[Any]:
        """Call a method and keep what it returns."""
        target = self.objects[name]
        kind = type(target).__name__
        if not hasattr(target, method):
            raise StateMistake(f"{kind} has no method {method}; the exercise's README lists what it needs")
        return self.keep(kept(getattr(target, method)(*self.arguments(args)), f"what {kind}.{method} returned"))

    def do_apply(self, function: str, args: list[list[Any]]) -> list[Any]:
        """Call a function of the file and keep what it returns."""
        return self.keep(kept(self.find(function)(*self.arguments(args)), f"what {function} returned"))

    def do_copy(self, number: int) -> list[Any]:
        """Return a copy of the object that a call returned, for another worker."""
        return ["copy", base64.b64encode(pickle.dumps(self.results[number])).decode()]

    def arguments(self, args: list[list[Any]]) -> list[Any]:
        """Return arguments: `kept` n is the very object that call n returned, `copy` one that another worker made, the rest values."""
        read: dict[str, Callable[[Any], Any]] = {"kept": self.results.__getitem__, "copy": _copy, "plain": self.plain}
        read |= {"list": lambda item: list(self.plain(item)), "dict": lambda item: dict(self.plain(item))}
        return [read[kind](item) for kind, item in args]

    def keep(self, result: Kept) -> list[Any]:
        """Keep the object, return its value."""
        self.results.append(result.raw)
        return ["value", pack(result.plain), len(self.results) - 1]


def _copy(text: str) -> Any:
    return pickle.loads(base64.b64decode(text))


def ended_by(error: BaseException) -> str:
    """Say what ended a student's file."""
    if isinstance(error, PermissionError) and str(error.filename).startswith(__file__.rpartition("grading")[0]):
        return "it imports a part of harness that is for tests and not there at grading; take Node and message from harness, nothing else"
    text = str(error)[:MAX_TEXT]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def compiled(source: str, path: str = SOURCE) -> types.CodeType:
    """Compile Python text.

    Raises:
        LoadMistake: Python cannot read it.
    """
    try:
        return compile(source, path, "exec", dont_inherit=True)
    except SyntaxError as error:
        raise LoadMistake(f"line {error.lineno}: {error.msg}; Python cannot read the file, so mend that line first") from error


def run_code(name: str, code: types.CodeType) -> types.ModuleType:
    """Run compiled text as a new module that can be imported by `name`."""
    module = types.ModuleType(name)
    module.__file__ = f"{name}.py"
    sys.modules[name] = module
    exec(code, module.__dict__)  # noqa: S102 - that is what the lockdown is for
    return module


def _error(error: BaseException) -> list[Any]:
    try:
        lines = [frame.lineno or 0 for frame in traceback.extract_tb(error.__traceback__) if frame.filename == SOURCE]
        text = str(error)[:MAX_TEXT]
    except BaseException:
        lines, text = [], ""
    kinds = [kind.__name__ for kind in type(error).__mro__ if kind.__module__ in ("builtins", "harness.errors")]
    ours = type(error).__module__ == "harness.errors" and isinstance(error, Mistake)
    ours = ours or type(error) is ProtocolError
    return ["error", type(error).__name__[:64], kinds[0] if kinds else "BaseException", text, lines[-1] if lines else 0, ours]


def ballast() -> list[bytes]:
    """Return some objects of every small size, a different number each time: no two workers give an object the same address."""
    return [bytes(max(0, size - 33)) for size in range(48, 513, 16) for _ in range(1 + os.urandom(1)[0] % 13)]


def serve(pipe: int) -> None:
    """Answer requests until the judge hangs up."""
    heavy = [object() for _ in range(os.urandom(1)[0])], ballast()
    worker = Worker()
    for number, body in frames(pipe) if heavy else ():
        try:
            frame = encode(worker.answer(decode(body, MAX_REQUEST)), number)
        except BaseException as error:
            frame = encode(_error(error), number)
        write_all(pipe, frame)
