"""Run a world in virtual time: one schedule from one seed, thousands of times faster than a real network.

A run is a pure function of its world. The *agenda* holds the future as the records it will leave in the trace: for each moment
a list, in the order it was planned. When its moment comes, and nothing has prevented it, a record joins the trace and its
handler runs; what the handler asked for is applied when it returns.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import islice
from typing import Any

from harness.clock import Clock
from harness.disk import Effect
from harness.faults import Call, ClockStep, Crash, Happening, OneWayCut, Partition, Pause
from harness.machine import Machine, Planned
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


class Simulation:
    """The event loop. Use `simulate`; this class is here to be read."""

    def __init__(self, world: World, transport: Transport) -> None:
        faults, seed, names = world.faults, str(world.seed), world.everybody
        self.world = world
        self.now = 0
        self.agenda: dict[int, list[Planned]] = {}  # what is to come at each moment, in the order it was planned
        self.moments: list[int] = []  # a heap of the agenda's keys
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
            process = transport(spec._replace(peers=peers), frozenset(names), world.lots)
            process.clock = Clock(skew.get(spec.id, 0), drift.get(spec.id, 0))
            self.machines[spec.id] = Machine(spec.id, process, process.clock)
            self.plan_happening(0, self.boot, spec.id)
        for item in faults.happenings:
            if not _from_the_start(item):
                self.schedule(item)

    def plan(self, record: Planned) -> None:
        """Put what is to come on the agenda; what is planned for the same moment happens in the order it was planned."""
        there = self.agenda.get(record[0])
        if there is None:
            there = self.agenda[record[0]] = []
            heappush(self.moments, record[0])
        there.append(record)

    def plan_happening(self, time_ms: int, act: Callable[[Any], None], what: Any) -> None:
        """Plan `act(what)`: something that the world does, not a node."""
        self.plan((time_ms, "happen", "", 0, act, what))

    def schedule(self, item: Happening) -> None:
        """Plan a happening, and the end of it."""
        if isinstance(item, Partition | OneWayCut):
            self.plan_happening(item.at_ms, self.cut, item)
            if item.until_ms is not None:
                self.plan_happening(item.until_ms, self.heal, item)
        else:
            act: dict[type, Callable[..., None]] = {Crash: self.crash, Pause: self.pause, ClockStep: self.step, Call: self.call}
            self.plan_happening(item.at_ms, act[type(item)], item)

    def run(self) -> Trace:
        """Handle events until none is planned, time is up, or the budget is spent."""
        agenda, moments, until, budget = self.agenda, self.moments, self.world.until_ms, self.world.max_events
        collecting = gc.isenabled()
        gc.disable()  # a run makes a million small tuples and no cycles: looking for cycles would take half of the time
        try:
            while moments and moments[0] <= until and budget:
                self.now = moments[0]
                for record in islice(agenda[self.now], budget):  # what is planned for this very moment meanwhile comes last
                    budget -= 1
                    if record[1] == "deliver":
                        self.deliver(record)
                    elif record[1] == "fire":
                        self.fire(record)
                    else:
                        record[4](record[5])
                del agenda[heappop(moments)]
            for machine in self.machines.values():
                if machine.up:
                    machine.process.check_memory()
        except Exception as error:
            error.so_far = Trace(self.records, self.world.header())  # type: ignore[attr-defined]
            raise
        finally:
            if collecting:
                gc.enable()
            for machine in self.machines.values():
                machine.process.close()
        return Trace(self.records, self.world.header(), complete=budget > 0)

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

    def deliver(self, record: Planned, waited: bool = False) -> None:
        """Hand a message that has come to the end of its link to the receiver's handler."""
        _, _, to, _, sender, message = record
        machine = self.machines.get(to)
        if machine is None or not machine.ready or (self.network.cuts and self.links[sender][to].cuts and not waited):
            return self.not_handled(machine, record)
        machine.clock._now_ms = self.now
        self.records.append(record)
        process = machine.process
        process.deliver(sender, message)
        if process.ledger:
            self.apply(machine)
        return None

    def not_handled(self, machine: Machine | None, record: Planned) -> None:
        """Say what becomes of a message that no handler takes now: lost, heard by a client, or waiting for a paused node."""
        if self.links[record[4]][record[2]].cuts:
            self.lose(record, "partition")
        elif machine is None:  # a client: it only hears
            self.records.append(record)
        elif machine.up:
            machine.waiting.append(record)
        else:
            self.lose(record, "down")

    def fire(self, record: Planned) -> None:
        """Let a timer go off, unless it was cancelled or died in a crash."""
        _, _, name, number, method, args = record
        machine = self.machines[name]
        if machine.timers.get(number) is not record:
            return
        if not machine.ready:
            machine.waiting.append(record)
            return
        del machine.timers[number]
        machine.clock._now_ms = self.now
        self.records.append(record if record[0] == self.now else (self.now, *record[1:]))
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
                self.records.append((self.now, "set", name, number, method, delay_ms))
                machine.timers[number] = timer = (self.now + machine.clock.true_delay_ms(delay_ms), "fire", name, number, method, args)
                self.plan(timer)
            elif kind == "cancel":
                if machine.timers.pop(effect[1], None):
                    self.records.append((self.now, "cancel", name, effect[1], None, None))
            else:
                machine.process.disk.apply(effect)
                key, value = effect[1:] if kind == "write" else (None, effect[1])
                self.records.append((self.now, kind, name, 0, key, value))
        if doom is not None:
            self.power_off(doom, machine, tuple(ledger))
        ledger.clear()

    def send(self, sender: str, to: str, message: Any) -> None:
        """Put a message on its way: the network says when it arrives, how often, or never."""
        self.sent = number = self.sent + 1
        self.records.append((self.now, "send", sender, number, to, message))
        link = self.links[sender].get(to) or self.link(sender, to)
        arrival = self.now + next(link.delays_ms)
        if link.calm:
            return self.plan((arrival, "deliver", to, number, sender, message))
        times = self.network.fates(link, message, self.now, arrival)
        if not times:
            self.lose((self.now, "deliver", to, number, sender, message), "partition" if link.cuts else "lost")
        for time in times:
            self.plan((time, "deliver", to, number, sender, message))
        return None

    def link(self, sender: str, to: str) -> Link:
        """Return the link between two names, made on first use."""
        link = self.links[sender][to] = self.network.link(sender, to)
        return link

    def lose(self, record: Planned, why: str) -> None:
        """Record that a message is gone: lost, cut by a partition, or its receiver was down."""
        _, _, to, number, sender, message = record
        self.records.append((self.now, "lose", to, number, (sender, why), message))

    # --- happenings ---

    def crash(self, item: Crash) -> None:
        """Switch a node off now, or doom the next handler whose ledger is longer than `item.effects`."""
        machine = self.machines[item.node]
        if item.effects is not None:
            machine.dooms.append(item)
        elif machine.up:
            self.power_off(item, machine)

    def power_off(self, item: Crash, machine: Machine, asked: tuple[Effect, ...] = ()) -> None:
        """Forget memory, timers and waiting mail, keep the disk, and plan the restart; `asked` is the ledger that was cut."""
        machine.up = machine.ready = False
        machine.process.close()
        machine.timers.clear()
        machine.paused_until_ms = 0
        cut = (-1, None, None) if item.effects is None else (item.effects, asked[item.effects :], len(asked))
        self.records.append((self.now, "crash", item.node, *cut))
        mail, machine.waiting = machine.waiting, []
        for record in mail:
            if record[1] == "deliver":
                self.lose(record, "down")
        if item.down_ms is not None:
            self.plan_happening(self.now + item.down_ms, self.boot, item.node)

    def pause(self, item: Pause) -> None:
        """Stop a node for a while: its messages and timers wait."""
        machine = self.machines[item.node]
        if machine.up:
            machine.ready = False
            machine.paused_until_ms = max(machine.paused_until_ms, self.now + item.for_ms)
            self.records.append((self.now, "pause", item.node, item.for_ms, None, None))
            self.plan_happening(self.now + item.for_ms, self.resume, (machine, machine.life))

    def resume(self, paused: tuple[Machine, int]) -> None:
        """Let a node go on, unless a longer pause or a crash came; what waited is handled now, in the order it came."""
        machine, life = paused
        if machine.life != life or not machine.up or machine.ready or machine.paused_until_ms > self.now:
            return
        machine.ready = True
        self.records.append((self.now, "resume", machine.name, 0, None, None))
        while machine.waiting:
            record = machine.waiting.pop(0)
            if record[1] == "fire":
                self.fire(record)
            else:
                self.deliver((self.now, *record[1:]), waited=True)

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
