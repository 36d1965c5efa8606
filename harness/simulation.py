"""Run a world in virtual time: one schedule from one seed, thousands of times faster than a real network.

A run is a pure function of its world. Events wait in a heap ordered by (time, number); whoever is next handles it, and what
its handler asked for is applied when it returns.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

from harness.clock import Clock
from harness.faults import Call, ClockStep, Crash, Happening, OneWayCut, Partition, Pause
from harness.network import Link, Network
from harness.node import Process
from harness.trace import Trace
from harness.world import Transport, World

__all__ = ["Machine", "Simulation", "Transport", "World", "simulate"]


def simulate(world: World, transport: Transport = Process) -> Trace:
    """Run a world to its end and return its trace.

    Raises:
        Misuse: the world makes no sense.
        Mistake: a node did something that a node cannot do; whatever a handler raises comes out unchanged.
    """
    world.check()
    return Simulation(world, transport).run()


class Machine:
    """One node as the simulation sees it: its process, its clock, whether it is up, its timers, what waits for it."""

    __slots__ = ("clock", "dooms", "life", "name", "paused_until_ms", "process", "ready", "timers", "up", "waiting")

    def __init__(self, name: str, process: Any, clock: Clock) -> None:
        self.name = name
        self.process = process
        self.clock = clock
        self.up = False
        self.ready = False  # up and not paused
        self.life = 0
        self.paused_until_ms = 0
        self.waiting: list[tuple[Callable[..., None], tuple[Any, ...]]] = []  # came in during a pause
        self.timers: dict[int, tuple[str, tuple[Any, ...]]] = {}
        self.dooms: list[Crash] = []  # crashes that wait for a handler whose ledger is long enough


class Simulation:
    """The event loop. Use `simulate`; this class is here to be read."""

    def __init__(self, world: World, transport: Transport) -> None:
        faults, seed, names = world.faults, str(world.seed), world.everybody
        self.world = world
        self.now = 0
        self.heap: list[tuple[int, int, Callable[..., None], Any, Any, Any]] = []  # time, number, what to do, three details
        self.pushed = 0
        self.sent = 0
        self.records: list[tuple[Any, ...]] = []
        self.network = Network(faults, seed)
        self.links: dict[str, dict[str, Link]] = {name: {} for name in names}
        self.machines: dict[str, Machine] = {}
        for item in faults.happenings:
            if _from_the_start(item):
                self.schedule(item)
        skew, drift, ids = dict(faults.skew_ms), dict(faults.drift_ppm), tuple(spec.id for spec in world.nodes)
        for spec in world.nodes:
            peers = tuple(name for name in ids if name != spec.id) if spec.peers is None else spec.peers
            process = transport(spec._replace(peers=peers), frozenset(names), seed)
            process.clock = Clock(skew.get(spec.id, 0), drift.get(spec.id, 0))
            self.machines[spec.id] = Machine(spec.id, process, process.clock)
            self.push(0, self.happen, self.boot, spec.id)
        for item in faults.happenings:
            if not _from_the_start(item):
                self.schedule(item)

    def push(self, time: int, act: Callable[..., None], what: Any, second: Any = None, third: Any = None) -> None:
        """Plan `act(what, second, third)` at `time`; events of the same moment happen in the order they were planned."""
        self.pushed += 1
        heappush(self.heap, (time, self.pushed, act, what, second, third))

    def schedule(self, item: Happening) -> None:
        """Plan a happening, and the end of it."""
        if isinstance(item, Partition | OneWayCut):
            self.push(item.at_ms, self.happen, self.cut, item)
            if item.until_ms is not None:
                self.push(item.until_ms, self.happen, self.heal, item)
        else:
            act: dict[type, Callable[..., None]] = {Crash: self.crash, Pause: self.pause, ClockStep: self.step, Call: self.call}
            self.push(item.at_ms, self.happen, act[type(item)], item)

    def run(self) -> Trace:
        """Handle events until the heap is empty, time is up, or the budget is spent."""
        heap, until, budget = self.heap, self.world.until_ms, self.world.max_events
        collecting = gc.isenabled()
        gc.disable()  # a run makes a million small tuples and no cycles: looking for cycles would take half of the time
        try:
            while heap and heap[0][0] <= until and budget:
                self.now, _, act, what, second, third = heappop(heap)
                act(what, second, third)
                budget -= 1
            for machine in self.machines.values():
                if machine.up:
                    machine.process.check_memory()
        finally:
            if collecting:
                gc.enable()
            for machine in self.machines.values():
                machine.process.close()
        return Trace(self.records, self.header(), complete=budget > 0)

    def header(self) -> dict[str, Any]:
        """Return what the trace says of its world: the seed, and whose clock was wrong from the start, as (skew_ms, drift_ppm)."""
        skew, drift = dict(self.world.faults.skew_ms), dict(self.world.faults.drift_ppm)
        clocks = {name: (skew.get(name, 0), drift.get(name, 0)) for name in self.machines if skew.get(name) or drift.get(name)}
        return {"seed": str(self.world.seed), "timed": True, **({"clocks": clocks} if clocks else {})}

    # --- events that a node handles ---

    def boot(self, name: str) -> None:
        """Start a node, for the first time or after a crash."""
        machine = self.machines[name]
        machine.up = machine.ready = True
        machine.life += 1
        machine.clock.boot(self.now)
        self.records.append((self.now, "start", name, machine.life, None, None))
        machine.process.boot()
        machine.process.start()
        machine.process.check_memory()
        self.apply(machine)

    def deliver(self, link: Link, number: int, message: Any, waited: bool = False) -> None:
        """Hand a message that has come to the end of its link to the receiver's handler."""
        machine = link.receiver
        if machine is None or not machine.ready or (link.cuts and not waited):
            return self.not_handled(machine, link, number, message)
        machine.clock._now_ms = self.now
        self.records.append((self.now, "deliver", link.to, number, link.sender, message))
        process = machine.process
        process.deliver(link.sender, message)
        if process.ledger:
            self.apply(machine)
        return None

    def not_handled(self, machine: Machine | None, link: Link, number: int, message: Any) -> None:
        """Say what becomes of a message that no handler takes now: lost, heard by a client, or waiting for a paused node."""
        if link.cuts:
            self.lose(link, number, message, "partition")
        elif machine is None:  # a client: it only hears
            self.records.append((self.now, "deliver", link.to, number, link.sender, message))
        elif machine.up:
            machine.waiting.append((self.deliver, (link, number, message, True)))
        else:
            self.lose(link, number, message, "down")

    def fire(self, machine: Machine, number: int, life: int) -> None:
        """Let a timer go off, unless it was cancelled or died in a crash."""
        if machine.life != life or number not in machine.timers:
            return
        if not machine.ready:
            machine.waiting.append((self.fire, (machine, number, life)))
            return
        method, args = machine.timers.pop(number)
        machine.clock._now_ms = self.now
        self.records.append((self.now, "fire", machine.name, number, method, args))
        machine.process.fire(method, args)
        if machine.process.ledger:
            self.apply(machine)

    # --- what its handler asked for ---

    def apply(self, machine: Machine) -> None:
        """Make the effects of a ledger happen in order; a doomed node crashes between two of them."""
        ledger, name = machine.process.ledger, machine.name
        doom = machine.dooms.pop(0) if machine.dooms and len(ledger) > (machine.dooms[0].effects or 0) else None
        for effect in ledger if doom is None else ledger[: doom.effects]:
            kind = effect[0]
            if kind == "send":
                self.send(name, effect[1], effect[2])
            elif kind == "set":
                _, number, delay_ms, method, args = effect
                machine.timers[number] = (method, args)
                self.records.append((self.now, "set", name, number, method, delay_ms))
                self.push(self.now + machine.clock.true_delay_ms(delay_ms), self.fire, machine, number, machine.life)
            elif kind == "cancel":
                if machine.timers.pop(effect[1], None):
                    self.records.append((self.now, "cancel", name, effect[1], None, None))
            else:
                machine.process.disk.apply(effect)
                key, value = effect[1:] if kind == "write" else (None, effect[1])
                self.records.append((self.now, kind, name, 0, key, value))
        if doom is not None:
            self.power_off(doom, machine, len(ledger))
        ledger.clear()

    def send(self, sender: str, to: str, message: Any) -> None:
        """Put a message on its way: the network says when it arrives, how often, or never."""
        self.sent = number = self.sent + 1
        self.records.append((self.now, "send", sender, number, to, message))
        link = self.links[sender].get(to) or self.link(sender, to)
        arrival = self.now + next(link.delays_ms)
        if link.calm:
            self.pushed += 1
            heappush(self.heap, (arrival, self.pushed, self.deliver, link, number, message))
            return
        times = self.network.fates(link, message, self.now, arrival)
        if not times:
            self.lose(link, number, message, "partition" if link.cuts else "lost")
        for time in times:
            self.push(time, self.deliver, link, number, message)

    def link(self, sender: str, to: str) -> Link:
        """Return the link between two names, and remember who is at its end."""
        link = self.links[sender][to] = self.network.link(sender, to)
        link.receiver = self.machines.get(to)
        return link

    def lose(self, link: Link, number: int, message: Any, why: str) -> None:
        """Record that a message is gone: lost, cut by a partition, or its receiver was down."""
        self.records.append((self.now, "lose", link.to, number, (link.sender, why), message))

    # --- happenings ---

    def happen(self, act: Callable[[Any], None], what: Any, _: None) -> None:
        """Do what a happening asks for."""
        act(what)

    def crash(self, item: Crash) -> None:
        """Switch a node off now, or doom the next handler whose ledger is longer than `item.effects`."""
        machine = self.machines[item.node]
        if item.effects is not None:
            machine.dooms.append(item)
        elif machine.up:
            self.power_off(item, machine)

    def power_off(self, item: Crash, machine: Machine, total: int | None = None) -> None:
        """Forget memory, timers and waiting mail, keep the disk, and plan the restart; `total` effects were asked for."""
        machine.up = machine.ready = False
        machine.process.close()
        machine.timers.clear()
        machine.paused_until_ms = 0
        self.records.append((self.now, "crash", item.node, -1 if item.effects is None else item.effects, None, total))
        mail, machine.waiting = machine.waiting, []
        for act, detail in mail:
            if act == self.deliver:
                link, number, message, _ = detail
                self.lose(link, number, message, "down")
        if item.down_ms is not None:
            self.push(self.now + item.down_ms, self.happen, self.boot, item.node)

    def pause(self, item: Pause) -> None:
        """Stop a node for a while: its messages and timers wait."""
        machine = self.machines[item.node]
        if machine.up:
            machine.ready = False
            machine.paused_until_ms = max(machine.paused_until_ms, self.now + item.for_ms)
            self.records.append((self.now, "pause", item.node, item.for_ms, None, None))
            self.push(self.now + item.for_ms, self.resume, machine, machine.life)

    def resume(self, machine: Machine, life: int, _: None) -> None:
        """Let a node go on, unless a longer pause or a crash came; what waited is handled now, in the order it came."""
        if machine.life != life or not machine.up or machine.ready or machine.paused_until_ms > self.now:
            return
        machine.ready = True
        self.records.append((self.now, "resume", machine.name, 0, None, None))
        while machine.waiting:
            act, detail = machine.waiting.pop(0)
            act(*detail)

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


def _from_the_start(item: Happening) -> bool:
    """True for what must be in place before the nodes first boot: cuts, and crashes inside a handler, from 0 ms on."""
    return item.at_ms == 0 and (isinstance(item, Partition | OneWayCut) or (isinstance(item, Crash) and item.effects is not None))
