"""Who could hear whom, and when: read from the crashes, pauses and cuts of a trace.

What a failure detector should say depends on this alone. `spans` cuts a run into stretches, for each ordered pair of nodes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from harness.faults import OneWayCut, Partition
from harness.network import crossings
from harness.trace import Record, Trace

HERE = "here"
"""Both run, and the links between them work in both directions."""
GONE = "gone"
"""The node runs, and nothing that the peer does now can reach it, on whatever road: the peer is down, paused or cut off."""
UNCLEAR = "unclear"
"""Something in between: one direction is cut, or only a third node hears both."""
DOWN = "down"
"""The node itself is down."""
PAUSED = "paused"
"""The node itself is paused."""

Pair = tuple[str, str]
"""(node, peer): the one whose view it is, and the one that it is about."""


class Span(NamedTuple):
    """A stretch of a run, as one node sees one peer.

    Args:
        from_ms, until_ms: when, half open.
        state: `HERE`, `GONE`, `UNCLEAR`, `DOWN` or `PAUSED`.
        cause: place in the trace of what began it, -1 at the beginning.
    """

    from_ms: int
    until_ms: int
    state: str
    cause: int


class Surroundings:
    """Which nodes run and which links work, at one moment of a trace."""

    def __init__(self) -> None:
        self.up: set[str] = set()
        self.paused: set[str] = set()
        self.cuts: Counter[Pair] = Counter()

    def apply(self, record: Record) -> bool:
        """Take a record into account; True if it may have changed something."""
        if record.kind in ("cut", "heal"):
            one_way = record.other[:1] == ("one way",)
            event = OneWayCut(record.other[1], record.other[2], 0) if one_way else Partition(record.other, 0)
            for link in crossings(event):
                self.cuts[link] += 1 if record.kind == "cut" else -1
        elif record.kind in ("start", "crash"):
            (self.up.add if record.kind == "start" else self.up.discard)(record.node)
            self.paused.discard(record.node)
        elif record.kind in ("pause", "resume"):
            (self.paused.add if record.kind == "pause" else self.paused.discard)(record.node)
        else:
            return False
        return True

    def running(self) -> set[str]:
        """Return the nodes that are up and not paused."""
        return self.up - self.paused

    def state(self, node: str, peer: str) -> str:
        """Return how `peer` stands to `node` now."""
        if node not in self.running():
            return PAUSED if node in self.up else DOWN
        if peer in self.running() and not self.cuts[node, peer] and not self.cuts[peer, node]:
            return HERE
        return UNCLEAR if node in self._reached_from(peer) else GONE

    def _reached_from(self, source: str) -> set[str]:
        running = self.running()
        reached = {source} & running
        waiting = list(reached)
        while waiting:
            here = waiting.pop()
            found = {name for name in running - reached if not self.cuts[here, name]}
            reached |= found
            waiting += found
        return reached


def nodes_of(trace: Trace) -> tuple[str, ...]:
    """Return the names of all nodes that ever started, in the order of their first start."""
    return tuple(dict.fromkeys(record.node for _, record in trace.of("start")))


def spans(trace: Trace, until_ms: int) -> dict[Pair, list[Span]]:
    """Return the stretches of a run for every ordered pair of its nodes, without gaps, from its beginning until `until_ms`.

    A stretch that takes no time at all is left out.
    """
    nodes = nodes_of(trace)
    found: dict[Pair, list[Span]] = {(node, peer): [] for node in nodes for peer in nodes if node != peer}
    for time_ms, index, now in _moments(trace):
        for (node, peer), earlier in found.items():
            state = now.state(node, peer)
            if earlier and earlier[-1].from_ms == time_ms:
                earlier.pop()
            if earlier and earlier[-1].state == state:
                continue
            if earlier:
                earlier[-1] = earlier[-1]._replace(until_ms=time_ms)
            earlier.append(Span(time_ms, until_ms, state, index))
    return found


def _moments(trace: Trace) -> Iterator[tuple[int, int, Surroundings]]:
    now = Surroundings()
    for index, record in trace.of("start", "crash", "pause", "resume", "cut", "heal"):
        if now.apply(record):
            yield record.time_ms, index if record.time_ms else -1, now
