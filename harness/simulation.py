"""Run a world in virtual time: one schedule from one seed, thousands of times faster than a real network.

A run is a pure function of its world. Events wait in a heap ordered by (time, number); whoever is next handles it, and what
its handler asked for is applied when it returns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any

from harness.clock import Clock
from harness.errors import Misuse
from harness.faults import Call, ClockStep, Crash, Faults, Happening, OneWayCut, Partition, Pause
from harness.network import Network
from harness.node import Process, Spec, check_spec
from harness.trace import Trace

MAX_EVENTS = 200_000


@dataclass(frozen=True)
class World:
    """Everything a run depends on.

    Args:
        nodes: who runs which program.
        seed: any text or number; another seed gives another run.
        faults: what happens to them.
        until_ms: virtual time at which the run ends.
        clients: names that only ask and hear; those of `Call`s are added by themselves.
        max_events: budget of handled events; a run that spends it comes back with `complete=False`.
    """

    nodes: tuple[Spec, ...]
    seed: str | int = 0
    faults: Faults = Faults()
    until_ms: int = 10_000
    clients: tuple[str, ...] = ()
    max_events: int = MAX_EVENTS

    @property
    def everybody(self) -> tuple[str, ...]:
        """Names of nodes and clients, in order."""
        asking = [item.client for item in self.faults.happenings if isinstance(item, Call)]
        return tuple(dict.fromkeys([spec.id for spec in self.nodes] + list(self.clients) + asking))

    def check(self) -> None:
        """Refuse a world that names nobody, or the same node twice.

        Raises:
            Misuse: what is wrong and what to write instead.
        """
        ids = [spec.id for spec in self.nodes]
        if len(set(ids)) < len(ids):
            raise Misuse(f"two nodes have the same name in {ids}; names are unique")
        unknown = self.faults.names() - set(self.everybody)
        if unknown:
            raise Misuse(f"the faults mention {sorted(unknown)}, which this world does not have; its names are {sorted(self.everybody)}")
        for spec in self.nodes:
            check_spec(spec)


Transport = Callable[[Spec, frozenset[str], str], Any]
"""Makes the process that hosts a node: `Process` here, a sandboxed worker when marks count."""


def simulate(world: World, transport: Transport = Process) -> Trace:
    """Run a world to its end and return its trace.

    Raises:
        Misuse: the world makes no sense.
        Mistake: a node did something that a node cannot do; whatever a handler raises comes out unchanged.
    """
    world.check()
    return Simulation(world, transport).run()


class Machine:
    """One node as the simulation sees it: its process, its clock, whether it is up, its timers."""

    __slots__ = ("clock", "doom", "down", "life", "paused_until_ms", "process", "timers", "up")

    def __init__(self, process: Any, clock: Clock) -> None:
        self.process = process
        self.clock = clock
        self.up = False
        self.life = 0
        self.paused_until_ms = 0
        self.timers: dict[int, tuple[str, tuple[Any, ...]]] = {}
        self.doom: Crash | None = None  # crash in the next handler whose ledger is long enough


class Simulation:
    """The event loop. Use `simulate`; this class is here to be read."""

    def __init__(self, world: World, transport: Transport) -> None:
        faults, seed, names = world.faults, str(world.seed), world.everybody
        self.world = world
        self.now = 0
        self.heap: list[tuple[int, int, Callable[..., None], tuple[Any, ...]]] = []
        self.pushed = 0
        self.sent = 0
        self.records: list[tuple[Any, ...]] = []
        self.network = Network(names, faults, seed)
        self.machines: dict[str, Machine] = {}
        skew, drift, ids = dict(faults.skew_ms), dict(faults.drift_ppm), tuple(spec.id for spec in world.nodes)
        for spec in world.nodes:
            peers = tuple(name for name in ids if name != spec.id) if spec.peers is None else spec.peers
            process = transport(spec._replace(peers=peers), frozenset(names), seed)
            process.clock = Clock(skew.get(spec.id, 0), drift.get(spec.id, 0))
            self.machines[spec.id] = Machine(process, process.clock)
            self.push(0, self.boot, spec.id)
        for item in faults.happenings:
            self.schedule(item)

    def push(self, time: int, act: Callable[..., None], *detail: Any) -> None:
        """Plan `act(*detail)` at `time`; events of the same moment happen in the order they were planned."""
        self.pushed += 1
        heappush(self.heap, (time, self.pushed, act, detail))

    def schedule(self, item: Happening) -> None:
        """Plan a happening, and the end of it."""
        if isinstance(item, Partition | OneWayCut):
            self.push(item.at_ms, self.cut, item)
            if item.until_ms is not None:
                self.push(item.until_ms, self.heal, item)
        else:
            act: dict[type, Callable[..., None]] = {Crash: self.crash, Pause: self.pause, ClockStep: self.step, Call: self.call}
            self.push(item.at_ms, act[type(item)], item)

    def run(self) -> Trace:
        """Handle events until the heap is empty, time is up, or the budget is spent."""
        heap, until, budget = self.heap, self.world.until_ms, self.world.max_events
        while heap and heap[0][0] <= until and budget:
            self.now, _, act, detail = heappop(heap)
            act(*detail)
            budget -= 1
        for machine in self.machines.values():
            if machine.up:
                machine.process.check_memory()
        return Trace(self.records, {"seed": str(self.world.seed), "timed": True}, complete=budget > 0)

    # --- events that a node handles ---

    def boot(self, name: str) -> None:
        """Start a node, for the first time or after a crash."""
        machine = self.machines[name]
        machine.up = True
        machine.life += 1
        machine.clock.boot(self.now)
        self.records.append((self.now, "start", name, machine.life, None, None))
        machine.process.boot()
        machine.process.start()
        machine.process.check_memory()
        self.apply(name, machine)

    def deliver(self, to: str, number: int, sender: str, message: Any) -> None:
        """Hand a message to its receiver, unless a cut, a crash or a pause is in the way."""
        if self.network.is_cut(sender, to) if sender != to else False:
            return self.lose(to, number, sender, message, "partition")
        machine = self.machines.get(to)
        if machine is None:  # a client: it only hears
            self.records.append((self.now, "deliver", to, number, sender, message))
            return None
        if not machine.up:
            return self.lose(to, number, sender, message, "down")
        if machine.paused_until_ms > self.now:
            return self.push(machine.paused_until_ms, self.deliver, to, number, sender, message)
        machine.clock.set_now(self.now)
        self.records.append((self.now, "deliver", to, number, sender, message))
        machine.process.deliver(sender, message)
        if machine.process.ledger:
            self.apply(to, machine)
        return None

    def fire(self, name: str, number: int, life: int) -> None:
        """Let a timer go off, unless it was cancelled or died in a crash."""
        machine = self.machines[name]
        if machine.life != life or number not in machine.timers:
            return None
        if machine.paused_until_ms > self.now:
            return self.push(machine.paused_until_ms, self.fire, name, number, life)
        method, args = machine.timers.pop(number)
        machine.clock.set_now(self.now)
        self.records.append((self.now, "fire", name, number, method, args))
        machine.process.fire(method, args)
        if machine.process.ledger:
            self.apply(name, machine)

    # --- what its handler asked for ---

    def apply(self, name: str, machine: Machine) -> None:
        """Make the effects of a ledger happen in order; a doomed node crashes between two of them."""
        ledger, doom = machine.process.ledger, machine.doom
        keep = len(ledger) if doom is None or len(ledger) <= (doom.effects or 0) else doom.effects
        for effect in ledger[:keep]:
            kind = effect[0]
            if kind == "send":
                self.send(name, effect[1], effect[2])
            elif kind == "set":
                _, number, delay_ms, method, args = effect
                machine.timers[number] = (method, args)
                self.records.append((self.now, "set", name, number, method, delay_ms))
                self.push(self.now + machine.clock.true_delay_ms(delay_ms), self.fire, name, number, machine.life)
            elif kind == "cancel":
                if machine.timers.pop(effect[1], None):
                    self.records.append((self.now, "cancel", name, effect[1], None, None))
            else:
                machine.process.disk.apply(effect)
                key, value = effect[1:] if kind == "write" else (None, effect[1])
                self.records.append((self.now, kind, name, 0, key, value))
        total = len(ledger)
        ledger.clear()
        if doom is not None and total > (doom.effects or 0):
            machine.doom = None
            self.power_off(doom, machine, keep or 0, total)

    def send(self, sender: str, to: str, message: Any) -> None:
        """Put a message on its way: the network says when it arrives, how often, or never."""
        self.sent = number = self.sent + 1
        self.records.append((self.now, "send", sender, number, to, message))
        times = self.network.arrivals(sender, to, type(message).__name__, self.now)
        if not times:
            self.lose(to, number, sender, message, "lost" if not self.network.is_cut(sender, to) else "partition")
        for time in times:
            self.pushed += 1
            heappush(self.heap, (time, self.pushed, self.deliver, (to, number, sender, message)))

    def lose(self, to: str, number: int, sender: str, message: Any, why: str) -> None:
        """Record that a message is gone: lost, cut by a partition, or its receiver was down."""
        self.records.append((self.now, "lose", to, number, (sender, why), message))

    # --- happenings ---

    def crash(self, item: Crash) -> None:
        """Switch a node off now, or doom the next handler whose ledger is longer than `item.effects`."""
        machine = self.machines[item.node]
        if item.effects is not None:
            machine.doom = item
        elif machine.up:
            self.power_off(item, machine, None, 0)

    def power_off(self, item: Crash, machine: Machine, kept: int | None, total: int) -> None:
        """Forget memory and timers, keep the disk, and plan the restart."""
        machine.up = False
        machine.timers.clear()
        machine.paused_until_ms = 0
        self.records.append((self.now, "crash", item.node, -1 if kept is None else kept, None, None if kept is None else total))
        if item.down_ms is not None:
            self.push(self.now + item.down_ms, self.boot, item.node)

    def pause(self, item: Pause) -> None:
        """Stop a node for a while: its messages and timers wait."""
        machine = self.machines[item.node]
        if machine.up:
            machine.paused_until_ms = max(machine.paused_until_ms, self.now + item.for_ms)
            self.records.append((self.now, "pause", item.node, item.for_ms, None, None))
            self.push(self.now + item.for_ms, self.resume, item.node, machine.life)

    def resume(self, name: str, life: int) -> None:
        """Record that a pause is over; what waited is handled at this moment, in order."""
        if self.machines[name].life == life:
            self.records.append((self.now, "resume", name, 0, None, None))

    def step(self, item: ClockStep) -> None:
        """Set a node's wall clock."""
        self.machines[item.node].clock.step(item.by_ms)
        self.records.append((self.now, "step", item.node, item.by_ms, None, None))

    def cut(self, item: Partition | OneWayCut) -> None:
        """Start a partition."""
        self.network.cut(item, 1)
        self.records.append((self.now, "cut", "", 0, _sides(item), None))

    def heal(self, item: Partition | OneWayCut) -> None:
        """End a partition."""
        self.network.cut(item, -1)
        self.records.append((self.now, "heal", "", 0, _sides(item), None))

    def call(self, item: Call) -> None:
        """Let a client ask."""
        self.send(item.client, item.to, item.message)


def _sides(item: Partition | OneWayCut) -> tuple[Any, ...]:
    return item.groups if isinstance(item, Partition) else ("one way", item.senders, item.receivers)
