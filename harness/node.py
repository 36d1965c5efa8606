"""A node: one machine that a student writes, and the process that runs it here.

A handler is a function of the node's own memory, disk and timers and of one event. What it asks for (send, timer, write) is
collected in a *ledger*, in program order, and happens when it returns; a handler that raises leaks nothing. A crash may keep
any prefix of the ledger: a reply sent before the vote is written is exactly the bug it looks like.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from harness.clock import Clock
from harness.disk import Disk, Effect
from harness.errors import LoadMistake, MessageMistake, MissingHandler, StateMistake, TimerMistake, UnknownNode
from harness.hints import delay_hint, missing_handler, name_of, not_a_message, unknown_node
from harness.message import handler_name
from harness.methods import check_init, check_runs
from harness.state import ATOMS, Picture, Sharing, attributes, freeze, give, immutable, register_timer, thaw

MAX_DELAY_MS = 10**9


class Timer:
    """A handle for `self.cancel(handle)`. It may be kept in memory; a handle whose timer is over cancels nothing."""

    __slots__ = ("number",)
    __timer__ = True

    def __init__(self, number: int) -> None:
        self.number = number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Timer) and other.number == self.number

    def __hash__(self) -> int:
        return hash(("timer", self.number))

    def __repr__(self) -> str:
        return f"Timer({self.number})"


register_timer(Timer)


class Node:
    """Base class of every node. Attributes are memory: plain data and objects of yours. They die in a crash; `self.disk` survives.

    Define `on_start(self)`, which runs at boot and again after every restart, and `on_<message>(self, sender, message)` for
    each message the node understands: `RequestVote` arrives at `on_request_vote`.
    """

    __slots__ = ("__dict__", "_ledger", "_process", "clock", "disk", "id", "peers")

    id: str
    """This node's own name."""
    peers: tuple[str, ...]
    """The names of the other nodes of the group."""
    clock: Clock
    """`clock.wall_ms()` may be wrong and step back; `clock.monotonic_ms()` measures durations."""
    disk: Disk
    """A mapping that survives a crash; `with self.disk.atomic():` makes several writes one effect."""
    _ledger: list[Effect]
    _process: Process

    def on_start(self) -> None:
        """Run at boot and after every restart. The default does nothing."""

    def send(self, to: str, message: Any) -> None:
        """Send a message to a node or a client, by name. It may be lost, late, doubled or overtaken.

        Raises:
            UnknownNode: nobody has that name.
            MessageMistake: `message` is not an instance of a `@message` class.
        """
        if type(to) is not str or to not in self._process.names:
            raise UnknownNode(unknown_node(self.id, to, self._process.names))
        if getattr(type(message), "__message__", False) is not True:
            raise MessageMistake(not_a_message(message))
        self._ledger.append(("send", to, message))

    def broadcast(self, message: Any) -> None:
        """Send a message to every peer, in the order of `self.peers`."""
        names, ledger = self._process.names, self._ledger
        if getattr(type(message), "__message__", False) is not True:
            raise MessageMistake(not_a_message(message))
        for peer in self.peers:
            if peer not in names:
                raise UnknownNode(unknown_node(self.id, peer, names))
            ledger.append(("send", peer, message))

    def after(self, delay_ms: int, method: Callable[..., None], *args: Any) -> Timer:
        """Call `method(*args)` once, `delay_ms` from now on the monotonic clock. Timers die in a crash.

        Returns:
            A handle for `self.cancel(handle)`.

        Raises:
            TimerMistake: `delay_ms` is not an integer from 0 up, or `method` is not a method of this node.
        """
        if type(delay_ms) is not int or not 0 <= delay_ms <= MAX_DELAY_MS:
            raise TimerMistake(
                f"after({delay_ms!r}, ...): a delay is a whole number of milliseconds from 0 to {MAX_DELAY_MS:,}; " + delay_hint(delay_ms)
            )
        if getattr(method, "__self__", None) is not self:
            raise TimerMistake(
                f"after({delay_ms}, ...) was given {name_of(method)}; "
                f"give it a method of this node without calling it, then what it takes, as in self.after({delay_ms}, self.retry, 1)"
            )
        process = self._process
        process.timer_count += 1
        name = process.timer_names.get(getattr(method, "__func__", None)) or process.timer_name(method)
        plain = tuple([arg if type(arg) in ATOMS else immutable(arg, "a timer's argument") for arg in args]) if args else ()
        self._ledger.append(("set", process.timer_count, delay_ms, name, plain))
        return Timer(process.timer_count)

    def cancel(self, timer: Timer | None) -> None:
        """Cancel a timer. A timer that has fired, was cancelled before, or is None is left alone."""
        if timer is None:
            return
        if type(timer) is not Timer:
            raise TimerMistake(f"cancel({timer!r}): give it what self.after(...) returned")
        self._ledger.append(("cancel", timer.number))

    @property
    def random(self) -> random.Random:
        """This node's own random stream, the same in every run of the same world."""
        return self._process.random()


class Spec(NamedTuple):
    """Which program runs under which name, and what it is told at boot.

    Args:
        id: the node's name.
        program: a `Node` subclass, or whatever the transport in use can host.
        given: attributes set before `on_start`, at every boot, e.g. `{"server": "s1"}`.
        peers: names of its peers; None means every other node of the world.
    """

    id: str
    program: Any
    given: Mapping[str, Any] = {}
    peers: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """What a node is asked to handle: `start`, `deliver` (sender, message) or `fire` (method, args)."""

    kind: str
    who: str = ""
    data: Any = None


START = Event("start")


@dataclass
class Process:
    """One node in this process: boots it, hands it events, collects its ledger. The in-process *transport*.

    Args:
        spec: the node's description.
        names: everybody a message can be sent to.
        seed: text from which the node's random streams are derived.
    """

    spec: Spec
    names: frozenset[str]
    seed: str = "0"
    clock: Clock = field(default_factory=Clock)
    ledger: list[Effect] = field(default_factory=list)
    timer_count: int = 0
    events: int = 0
    draws: int = 0

    def __post_init__(self) -> None:
        self.disk = Disk(self.ledger)
        self.node: Any = None
        self.kind: type = Node  # whose handlers these are
        self.handlers: dict[type, Callable[..., None]] = {}
        self.timer_names: dict[Any, str] = {}
        self._random: tuple[int, random.Random] | None = None

    def boot(self) -> None:
        """Create the node's memory anew; the disk stays. `on_start` is a separate event."""
        kind = self.spec.program
        self.ledger.clear()
        self.disk = Disk(self.ledger, self.disk.contents())
        node = self._blank()
        give(node, thaw(freeze(dict(self.spec.given))).items())  # each life gets its own
        if kind.__init__ is not object.__init__:
            check_init(kind)
            node.__init__()
        check_runs(node.on_start)
        self.node = node

    def start(self) -> None:
        """Run `on_start`."""
        self.events += 1
        self.node.on_start()

    def deliver(self, sender: str, message: Any) -> None:
        """Run the handler for a message; its effects are in `self.ledger` afterwards."""
        self.events += 1
        if type(self.node) is not self.kind:  # a node may play its roles as classes
            self.kind, self.handlers = type(self.node), {}
        handler = self.handlers.get(type(message)) or self._handler(message)
        handler(self.node, sender, message)

    def fire(self, method: str, args: tuple[Any, ...]) -> None:
        """Run a timer's method."""
        self.events += 1
        run = getattr(self.node, method, None)
        if run is None:
            raise TimerMistake(f"timer `{method}` goes off, but this node is a {type(self.node).__name__} by now and has no such method")
        run(*args)

    def handle(self, event: Event) -> None:
        """Run whichever handler an event asks for."""
        if event.kind == "deliver":
            self.deliver(event.who, event.data)
        elif event.kind == "fire":
            self.fire(event.who, event.data)
        else:
            self.start()

    def random(self) -> random.Random:
        """Return the random stream of the event being handled: derived from the seed, the node and the event's number."""
        self.draws += 1
        if self._random is None or self._random[0] != self.events:
            self._random = self.events, random.Random(f"{self.seed}/{self.spec.id}/{self.events}")
        return self._random[1]

    def timer_name(self, method: Any) -> str:
        """Return the name by which a method is found again when its timer fires: that under which its class keeps it."""
        node, function = method.__self__, getattr(method, "__func__", method)
        for kind in type(node).__mro__:
            for name, value in vars(kind).items():
                if value is function and getattr(node, name, None) == method:
                    self.timer_names[function] = name
                    check_runs(method)
                    return name
        raise TimerMistake(f"after(...) was given {name_of(method)}, which is no method of this node; give it one written in its class")

    def close(self) -> None:
        """Let the machine go: it crashed, or the run is over. Its disk stays."""

    def check_memory(self) -> None:
        """Refuse memory that is not plain data: `node 's1': attribute 'pending'['c1'] holds a function`."""
        self.picture({})

    def picture(self, timers: Mapping[int, int]) -> Picture:
        """Return the node's memory as a hashable picture; `timers` gives the place of each pending timer (exploration)."""
        who, seen = f"node {self.spec.id!r}", Sharing(timers)
        seen.update((id(part), place) for place, part in enumerate((self.node, self.disk, self.clock)))  # its objects may know them
        found = [] if type(self.node) is self.spec.program else [("__class__", type(self.node))]
        for name, ours in (("id", self.spec.id), ("clock", self.clock), ("disk", self.disk), ("peers", self.spec.peers or ())):
            if getattr(self.node, name) is not ours:
                raise StateMistake(f"{who} replaced self.{name}, which belongs to the machine; choose another name")
        for name, value in attributes(self.node).items():
            if name in Node.__slots__ and name not in vars(self.node):
                continue  # the machine's own
            if hasattr(Node, name):
                raise StateMistake(f"{who}: attribute {name!r} hides Node.{name}; choose another name")
            found.append((name, freeze(value, f"{who}: attribute {name!r}", seen)))
        return tuple(found)

    def restore(self, memory: Picture | None, disk: Mapping[Any, Any]) -> None:
        """Set disk and memory to pictures taken earlier; no memory means a machine just switched on (exploration)."""
        self.ledger.clear()
        self._random = None
        self.disk = Disk(self.ledger, disk)
        if memory is None:
            return self.boot()
        self.node = self._blank()
        seen = [self.node, self.disk, self.clock]
        give(self.node, ((name, thaw(value, seen)) for name, value in memory))
        return None

    def _blank(self) -> Any:
        kind, spec = self.spec.program, self.spec
        if not (isinstance(kind, type) and issubclass(kind, Node)):
            raise LoadMistake(f"{getattr(kind, '__name__', kind)!r} is not a node; write class {getattr(kind, '__name__', 'MyNode')}(Node)")
        node = kind.__new__(kind)
        node.id, node.clock, node.disk = spec.id, self.clock, self.disk
        node.peers = spec.peers or ()
        node._process, node._ledger = self, self.ledger
        return node

    def _handler(self, message: Any) -> Callable[..., None]:
        name = handler_name(type(message).__name__)
        handler = getattr(self.kind, name, None)
        if handler is None:
            raise MissingHandler(missing_handler(self.kind, name))
        self.handlers[type(message)] = check_runs(handler)
        return handler  # type: ignore[no-any-return]
