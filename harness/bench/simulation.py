"""Simulated events per second: an all-to-all heartbeat mesh, here, in SimPy, and as a bare loop."""

from __future__ import annotations

import random
from collections.abc import Generator, Iterator
from functools import partial
from heapq import heappop, heappush
from typing import Any

from harness import Node, message
from harness.bench import Figure, row, timed
from harness.node import Spec
from harness.simulation import World, simulate
from harness.trace import Trace

DELIVERIES = 300_000
BEAT_MS = 20
LOW_MS, HIGH_MS = 1, 20


@message
class Beat:
    """{sender} is alive"""

    seq: int


class Member(Node):
    """Beats every 20 ms and remembers everybody's last beat."""

    def on_start(self) -> None:
        """Begin."""
        self.seq = 0
        self.heard: dict[str, int] = {}
        self.tick()

    def tick(self) -> None:
        """Beat."""
        self.seq += 1
        self.broadcast(Beat(self.seq))
        self.after(BEAT_MS, self.tick)

    def on_beat(self, sender: str, beat: Beat) -> None:
        """Remember."""
        self.heard[sender] = beat.seq


def rounds(nodes: int) -> int:
    """Return how many beats of every node make about `DELIVERIES` deliveries."""
    return max(2, DELIVERIES // (nodes * (nodes - 1)))


def ours(nodes: int) -> Trace:
    """Run the mesh in the harness, tracing on."""
    return simulate(World(tuple(Spec(f"n{number}", Member) for number in range(nodes)), until_ms=BEAT_MS * rounds(nodes), max_events=10**9))


def simpy_processes(nodes: int) -> int:
    """Run it in SimPy as its documentation's example "event latency" does: a process per message and a Store per receiver."""
    import simpy

    environment, delivered = simpy.Environment(), 0
    stores = [simpy.Store(environment) for _ in range(nodes)]

    def latency(to: int, beat: tuple[int, int]) -> Generator[Any, Any, None]:
        yield environment.timeout(random.randint(LOW_MS, HIGH_MS))
        stores[to].put(beat)

    def beats(own: int) -> Generator[Any, Any, None]:
        seq = 0
        while True:
            seq += 1
            for to in range(nodes):
                if to != own:
                    environment.process(latency(to, (own, seq)))
            yield environment.timeout(BEAT_MS)

    def hears(own: int) -> Generator[Any, Any, None]:
        nonlocal delivered
        heard: dict[int, int] = {}
        while True:
            sender, seq = yield stores[own].get()
            heard[sender] = seq
            delivered += 1

    for own in range(nodes):
        environment.process(beats(own))
        environment.process(hears(own))
    environment.run(until=BEAT_MS * rounds(nodes))
    return delivered


def simpy_traced(nodes: int) -> int:
    """Run it in SimPy as above, but let it do all that ours does: build an immutable message and keep a record of what happens."""
    import simpy

    environment, trace = simpy.Environment(), list[tuple[Any, ...]]()
    stores = [simpy.Store(environment) for _ in range(nodes)]

    def latency(own: int, to: int, beat: Beat) -> Generator[Any, Any, None]:
        yield environment.timeout(random.randint(LOW_MS, HIGH_MS))
        stores[to].put((own, beat))

    def beats(own: int) -> Generator[Any, Any, None]:
        seq = 0
        while True:
            seq += 1
            beat = Beat(seq)
            for to in range(nodes):
                if to != own:
                    trace.append((environment.now, "send", own, to, beat))
                    environment.process(latency(own, to, beat))
            trace.append((environment.now, "set", own, BEAT_MS, None))
            yield environment.timeout(BEAT_MS)
            trace.append((environment.now, "fire", own, None, None))

    def hears(own: int) -> Generator[Any, Any, None]:
        heard: dict[int, int] = {}
        while True:
            sender, beat = yield stores[own].get()
            trace.append((environment.now, "deliver", own, sender, beat))
            heard[sender] = beat.seq

    for own in range(nodes):
        environment.process(beats(own))
        environment.process(hears(own))
    environment.run(until=BEAT_MS * rounds(nodes))
    return sum(record[1] == "deliver" for record in trace)


def simpy_callbacks(nodes: int) -> int:
    """Run it in SimPy without processes for messages: a timeout with a callback each, as an expert would."""
    import simpy

    environment, delivered = simpy.Environment(), 0
    heard: list[dict[int, int]] = [{} for _ in range(nodes)]

    def arrive(event: simpy.Event) -> None:
        nonlocal delivered
        to, sender, seq = event.value or (0, 0, 0)
        heard[to][sender] = seq
        delivered += 1

    def beats(own: int) -> Generator[Any, Any, None]:
        seq = 0
        while True:
            seq += 1
            for to in range(nodes):
                if to != own:
                    arrival = environment.timeout(random.randint(LOW_MS, HIGH_MS), (to, own, seq))
                    assert arrival.callbacks is not None
                    arrival.callbacks.append(arrive)
            yield environment.timeout(BEAT_MS)

    for own in range(nodes):
        environment.process(beats(own))
    environment.run(until=BEAT_MS * rounds(nodes))
    return delivered


class BareNode:
    """A node of the bare loop: one method."""

    def __init__(self) -> None:
        self.heard: dict[int, int] = {}

    def on_beat(self, sender: int, seq: int) -> None:
        """Remember."""
        self.heard[sender] = seq


def bare(nodes: int) -> int:
    """Run it as a heap and a method call: no messages, no timers to cancel, no trace, nothing that can go wrong."""
    members = [BareNode() for _ in range(nodes)]
    heap = [(0, own, own, -1, 0) for own in range(nodes)]
    pushed, delivered, draw = nodes, 0, random.Random(0).random
    until = BEAT_MS * rounds(nodes)
    while heap[0][0] < until:
        now, _, to, sender, seq = heappop(heap)
        if sender >= 0:
            members[to].on_beat(sender, seq)
            delivered += 1
            continue
        pushed += 1
        heappush(heap, (now + BEAT_MS, pushed, to, -1, seq + 1))
        for peer in range(nodes):
            if peer != to:
                pushed += 1
                heappush(heap, (now + LOW_MS + int(draw() * (HIGH_MS - LOW_MS + 1)), pushed, peer, to, seq))
    return delivered


def _mesh(nodes: int) -> Iterator[Figure]:
    times = 3 if nodes < 500 else 1
    seconds, trace = timed(lambda: ours(nodes), times)
    mine = sum(record[1] == "deliver" for record in trace.records) / seconds
    del trace
    yield Figure(f"{nodes} nodes, tracing on", mine, "deliveries/s")
    for name, run, target in (
        ("SimPy, a process per message", simpy_processes, "5 x, then 8 x" if nodes == 5 else ""),
        ("SimPy, the same with messages and a trace", simpy_traced, ""),
        ("SimPy, callbacks only", simpy_callbacks, ""),
        ("bare heap and method call", bare, "1/3" if nodes == 5 else ""),
    ):
        seconds, delivered = timed(partial(run, nodes), times)
        rate = delivered / seconds
        yield Figure(f"{nodes} nodes, {name}", rate, "deliveries/s")
        yield Figure(f"{nodes} nodes, ours / {name}", mine / rate, "x", target)


@row
def mesh_5() -> Iterator[Figure]:
    """Five nodes, 300,000 heartbeats."""
    return _mesh(5)


@row
def mesh_50() -> Iterator[Figure]:
    """Fifty nodes, 300,000 heartbeats."""
    return _mesh(50)


@row
def mesh_500() -> Iterator[Figure]:
    """Five hundred nodes, a quarter of a million links, two beats of every node."""
    return _mesh(500)
