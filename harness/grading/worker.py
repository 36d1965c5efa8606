"""What runs inside a locked-down process: it hosts one node (or the objects of a plain-class exercise) and answers the judge.

One request, one reply, nothing in between. Nothing here needs to be trusted: whatever a student's code does to this process,
the judge only ever sees frames, and decodes them as if an enemy had written them.
"""

from __future__ import annotations

import sys
import traceback
import types
from collections.abc import Callable
from typing import Any

from harness.disk import ABSENT, Disk
from harness.errors import LoadMistake, Mistake, Problem, StateMistake
from harness.exploration.local_steps import ChosenClock
from harness.grading.codec import HEADER, MAX_FRAME, decode, encode, pack, read_exactly, unpack, write_all
from harness.loading import Kept, kept
from harness.message import message
from harness.node import Event, Process, Spec

SOURCE = "<submission>"
MAX_TEXT = 400


class Worker:
    """Answers requests by name: `["boot", ...]` is answered by `do_boot(...)`."""

    def __init__(self) -> None:
        self.module = types.ModuleType("submission")
        self.given: list[types.ModuleType] = []
        self.made: dict[tuple[str, ...], Any] = {}
        self.process: Any = None
        self.clock = ChosenClock()
        self.objects: dict[str, Any] = {}
        self.results: list[Any] = []
        self.pictures: list[Any] = []
        self.numbers: dict[Any, int] = {}

    def answer(self, request: list[Any]) -> list[Any]:
        """Return the reply to a request; whatever the student's code raises becomes an `error` reply."""
        try:
            method: Callable[..., list[Any]] = getattr(self, "do_" + request[0])
            return method(*request[1:])
        except BaseException as error:
            return _error(error)

    # --- loading ---

    def do_load(self, name: str, source: str, given: list[str]) -> list[Any]:
        """Run the student's file; the given modules are there already."""
        self.given = [sys.modules[given_name] for given_name in given]
        try:
            self.module = run_file(name, source, SOURCE)
        except (NotImplementedError, Problem):
            raise
        except SyntaxError as error:
            raise LoadMistake(f"line {error.lineno}: {error.msg}; Python cannot read the file, so mend that line first") from error
        except BaseException as error:
            kind, text = type(error).__name__, str(error)[:MAX_TEXT]
            raise LoadMistake(f"{kind}: {text}; that ends the file before its classes are there, so no check can run") from error
        return ["ok"]

    def build(self, name: str, fields: list[tuple[str, Any]]) -> Any:
        """Make a message: of the student's class of that name, the given one, or one made up on the spot."""
        for module in (self.module, *self.given):
            kind: Any = getattr(module, name, None)
            if getattr(kind, "__message__", False):
                return kind(**dict(fields))
        key = (name, *[field for field, _ in fields])
        if key not in self.made:
            self.made[key] = message(type(name, (), {"__annotations__": {field: object for field, _ in fields}}))
        return self.made[key](**dict(fields))

    def plain(self, value: Any) -> Any:
        """Unpack a value the judge sent."""
        return unpack(value, self.build)

    def find(self, name: str) -> Any:
        """Return a class or function of the student's file."""
        if not hasattr(self.module, name):
            raise LoadMistake(f"the file defines no {name}")
        return getattr(self.module, name)

    # --- a node ---

    def do_host(self, kind: str, id: str, peers: list[str], names: list[str], given: Any) -> list[Any]:
        """Make the process of a node; it is not booted yet."""
        spec = Spec(id, self.find(kind), dict(self.plain(given)), tuple(peers))
        self.process = Process(spec, frozenset(names))
        self.process.clock = self.clock
        return ["ok"]

    def do_boot(self, disk: Any) -> list[Any]:
        """Start with this disk, as if just switched on."""
        self.process.disk = Disk(self.process.ledger, dict(self.plain(disk)))
        self.process.boot()
        return ["ok"]

    def do_handle(self, seed: str, counts: list[int], times: list[int], kind: str, who: str, data: Any) -> list[Any]:
        """Handle one event; return its ledger, and whether a random stream or a clock was read.

        `counts` are the events handled and the timers set so far, `times` the readings of wall and monotonic clock in ms.
        """
        process, clock = self.process, self.clock
        process.seed, (process.events, process.timer_count) = seed, counts
        (clock.wall, clock.monotonic), clock.readings, process.draws = times, 0, 0
        process.ledger.clear()
        process.handle(Event(kind, who, self.plain(data)))
        return ["ledger", packed_ledger(process.ledger), process.draws > 0, clock.readings > 0]

    def do_check(self) -> list[Any]:
        """Refuse memory that is not plain data."""
        self.process.check_memory()
        return ["ok"]

    # --- exploration: pictures of memory stay here, the judge knows them by number ---

    def do_restore(self, memory: int, disk: Any) -> list[Any]:
        """Set the node's memory to a picture taken before, or to that of a machine just switched on (-1)."""
        self.process.restore(None if memory < 0 else self.pictures[memory], dict(self.plain(disk)))
        return ["ok"]

    def do_picture(self, places: list[tuple[int, int]]) -> list[Any]:
        """Return the number of the memory's picture; `places` are the pending timers' (number, place)."""
        picture = self.process.picture(dict(places))
        number = self.numbers.setdefault(picture, len(self.pictures))
        if number == len(self.pictures):
            self.pictures.append(picture)
        return ["picture", number]

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

    def arguments(self, args: list[list[Any]]) -> list[Any]:
        """Return arguments: `["kept", n]` is the very object that call n returned, `["plain", value]` a value."""
        return [self.results[item] if kind == "kept" else self.plain(item) for kind, item in args]

    def keep(self, result: Kept) -> list[Any]:
        """Keep the object, return its value."""
        self.results.append(result.raw)
        return ["value", pack(result.plain), len(self.results) - 1]


def packed_ledger(ledger: list[tuple[Any, ...]]) -> list[Any]:
    """Return a ledger as plain JSON; a deletion is a write without a value."""
    packed: list[Any] = []
    for effect in ledger:
        kind = effect[0]
        if kind == "send":
            packed.append(["send", effect[1], pack(effect[2])])
        elif kind == "set":
            packed.append(["set", effect[1], effect[2], effect[3], pack(effect[4])])
        elif kind == "cancel":
            packed.append(["cancel", effect[1]])
        elif kind == "write":
            packed.append(["write", *_packed_item(effect[1], effect[2])])
        else:
            packed.append(["commit", [_packed_item(key, value) for key, value in effect[1]]])
    return packed


def _packed_item(key: Any, value: Any) -> list[Any]:
    return [pack(key)] if value is ABSENT else [pack(key), pack(value)]


def run_file(name: str, source: str, path: str) -> types.ModuleType:
    """Run Python text as a new module that can be imported by `name`."""
    module = types.ModuleType(name)
    sys.modules[name] = module
    exec(compile(source, path, "exec", dont_inherit=True), module.__dict__)  # noqa: S102 - that is what the lockdown is for
    return module


def _error(error: BaseException) -> list[Any]:
    try:
        lines = [frame.lineno or 0 for frame in traceback.extract_tb(error.__traceback__) if frame.filename == SOURCE]
        text = str(error)[:MAX_TEXT]
    except BaseException:
        lines, text = [], ""
    kinds = [kind.__name__ for kind in type(error).__mro__ if kind.__module__ in ("builtins", "harness.errors")]
    ours = type(error).__module__ == "harness.errors" and isinstance(error, Mistake)
    return ["error", type(error).__name__[:64], kinds[0] if kinds else "BaseException", text, lines[-1] if lines else 0, ours]


def serve(pipe: int) -> None:
    """Answer requests until the judge hangs up."""
    worker = Worker()
    while True:
        try:
            size = HEADER.unpack(read_exactly(pipe, HEADER.size))[0]
            body = read_exactly(pipe, min(size, 8 * MAX_FRAME))
        except EOFError:
            return
        try:
            frame = encode(worker.answer(decode(body)))
        except BaseException as error:
            frame = encode(_error(error))
        write_all(pipe, frame)
