"""Explored states per second: one echo server and clients that ping it, network as a set (DSLabs' lab 0 search as a model)."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator

from harness import Node, message
from harness.bench import Figure, row, timed
from harness.exploration import Bounds, Exploration, explore
from harness.exploration.search import Search
from harness.node import Process, Spec
from harness.simulation import World


@message
class Ping:
    """{sender} pings"""

    n: int


@message
class Pong:
    """{sender} answers"""

    n: int


class Server(Node):
    """Answers."""

    def on_ping(self, sender: str, ping: Ping) -> None:
        """Answer."""
        self.send(sender, Pong(ping.n))


class Client(Node):
    """Pings until `pings` are answered, each again and again until it is."""

    pings: int

    def on_start(self) -> None:
        """Send the first."""
        self.current, self.done = 1, 0
        self.ping()

    def ping(self) -> None:
        """Send the current one."""
        self.send("server", Ping(self.current))
        self.after(100, self.retry, self.current)

    def retry(self, n: int) -> None:
        """Send it again if it is still the current one."""
        if n == self.current and self.done < self.pings:
            self.ping()

    def on_pong(self, sender: str, pong: Pong) -> None:
        """Go on to the next."""
        if pong.n == self.current and self.done < self.pings:
            self.done += 1
            if self.current < self.pings:
                self.current += 1
                self.ping()


def echo(clients: int, pings: int) -> World:
    """Return the model."""
    return World((Spec("server", Server), *[Spec(f"client{number}", Client, {"pings": pings}) for number in range(clients)]))


def everything(clients: int, pings: int, reduce: bool = True) -> Exploration:
    """Explore the model to its end."""
    return explore(echo(clients, pings), (), Bounds("set", states=10**7), reduce=reduce)


def bytes_per_state(clients: int, pings: int) -> float:
    """Return what the whole search holds, per state, at its end."""
    gc.collect()
    tracemalloc.start()
    search = Search(echo(clients, pings), (), Bounds("set", states=10**7), Process)
    states = sum(search.levels())
    held = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return held / states


def _explored(clients: int, pings: int, target: str = "", times: int = 3) -> Iterator[Figure]:
    seconds, found = timed(lambda: everything(clients, pings), times)
    size = f"{found.states:,} states"
    yield Figure(size, found.states / seconds, "states/s", target)
    yield Figure(f"{size}, steps followed", found.transitions / seconds, "steps/s")
    yield Figure(f"{size}, steps per state", found.transitions / found.states, "")
    yield Figure(f"{size}, handler calls per state", 100 * (found.calls + found.repeats) / found.states, "%", "1 %")
    yield Figure(f"{size}, memory at the highest point", bytes_per_state(clients, pings), "bytes/state", "300, then 150")


@row
def states_1k() -> Iterator[Figure]:
    """Two clients, seven pings each."""
    return _explored(2, 7)


@row
def states_10k() -> Iterator[Figure]:
    """Three clients, five pings each."""
    return _explored(3, 5)


@row
def states_65k() -> Iterator[Figure]:
    """Four clients, three pings each: the size DSLabs explores at 1,100 to 1,400 states/s."""
    yield from _explored(4, 3, "30 k/s, then 60 k/s")
    seconds, full = timed(lambda: everything(4, 3, reduce=False), 1)
    yield Figure("the same without reduction", full.states / seconds, "states/s")
    yield Figure("the same without reduction, steps per state", full.transitions / full.states, "")


@row
def states_1m() -> Iterator[Figure]:
    """Five clients, three pings each."""
    return _explored(5, 3, "40 k/s", times=1)
