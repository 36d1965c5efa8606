"""What failure detectors tell their monitor: `Suspect(peer)` and `Trust(peer)`, judged at the moment when they are sent."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, NamedTuple

from harness.checks.reach import HERE, Pair, Span, spans
from harness.errors import Broken
from harness.properties import Always
from harness.trace import Record, Trace

NOTICES = ("Suspect", "Trust")


class OneNotice(Always):
    """One notice per transition: a trusted peer is suspected, a suspected one is trusted, never the same twice.

    A detector that starts trusts all its peers; what it said in an earlier life does not count.

    Memory: (node, peer, place of the notice in the trace) of every peer that is suspected.

    Args:
        monitor: who is told.
        nodes: names of the detectors.
    """

    name = "one notice per transition"
    initial = frozenset[tuple[str, str, int]]()

    def __init__(self, monitor: str, nodes: tuple[str, ...]) -> None:
        self.monitor = monitor
        self.nodes = nodes

    def watches(self, record: Record) -> bool:
        """Starts, and what the monitor is told."""
        return record.kind == "start" or (record.kind == "send" and record.other == self.monitor and record.name in NOTICES)

    def step(self, memory: frozenset[tuple[str, str, int]], record: Record, index: int) -> frozenset[tuple[str, str, int]]:
        """Compare a notice with what was said before."""
        node = record.node
        if record.kind == "start":
            return frozenset(entry for entry in memory if entry[0] != node)
        peer: Any = getattr(record.data, "peer", None)
        if peer == node or peer not in self.nodes:
            told = f"{node} says {record.name}({str(peer)[:40]!r}), which is none of its peers"
            raise Broken(told, code="stranger", records=(index,))
        before = [entry for entry in memory if entry[:2] == (node, peer)]
        if record.name == "Suspect":
            if before:
                told = f"{node} suspects {peer} and says so again, though it has not trusted it in between"
                raise Broken(told, code="suspected_twice", records=(before[0][2], index))
            return memory | {(node, peer, index)}
        if not before:
            raise Broken(f"{node} says that it trusts {peer}, which it did not suspect", code="trusted_twice", records=(index,))
        return memory.difference(before)


class Opinion(NamedTuple):
    """From `time_ms` on a node suspects a peer, or trusts it; `place` is that of the notice, or of the node's start."""

    time_ms: int
    suspects: bool
    place: int


class Case:
    """A run, looked at as a failure detector's exam.

    Args:
        trace: the run.
        monitor: who is told.
        until_ms: when the run ended; its last record may be much earlier.
    """

    def __init__(self, trace: Trace, monitor: str, until_ms: int) -> None:
        self.trace = trace
        self.until_ms = until_ms
        self.spans = spans(trace, until_ms)
        self.opinions: dict[Pair, list[Opinion]] = {pair: [] for pair in self.spans}
        self.returns: dict[str, list[int]] = {}  # of each node, when it could hear a peer again
        for (node, _), stretches in self.spans.items():
            self.returns.setdefault(node, []).extend(now.from_ms for now in stretches[1:] if now.state == HERE)
        self.lives: dict[str, list[int]] = {}
        self.regrets: dict[str, list[int]] = {}
        self.heard_ms: dict[str, list[int]] = {}  # of each sender, when its messages arrived somewhere
        for index, record in trace.of("start", "send", "deliver"):
            if record.kind == "deliver":
                self.heard_ms.setdefault(record.other, []).append(record.time_ms)
            elif record.kind == "start":
                self.lives.setdefault(record.node, []).append(record.time_ms)
                self._note(Opinion(record.time_ms, False, index), [pair for pair in self.opinions if pair[0] == record.node])
            elif record.other == monitor and record.name in NOTICES:
                if record.name == "Trust":
                    self.regrets.setdefault(record.node, []).append(record.time_ms)
                pair = record.node, getattr(record.data, "peer", "")
                self._note(Opinion(record.time_ms, record.name == "Suspect", index), [pair] if pair in self.opinions else [])

    def _note(self, opinion: Opinion, pairs: list[Pair]) -> None:
        for pair in pairs:
            known = self.opinions[pair]
            if not known or known[-1].suspects != opinion.suspects:
                known.append(opinion)

    def opinion_at(self, pair: Pair, time_ms: int) -> Opinion:
        """Return the opinion that holds at a moment, after everything that was said in it."""
        known = self.opinions[pair]
        place = bisect_right(known, time_ms, key=lambda opinion: opinion.time_ms)
        return known[place - 1] if place else Opinion(0, False, -1)

    def in_trouble(self, pair: Pair, span: Span, time_ms: int) -> bool:
        """True if a node may have become more patient by `time_ms`, in the life that it lives then.

        It has withdrawn a suspicion, or before this stretch of the run it did not hear its peer, or stood still itself; or another
        peer, silent for a while, has been heard again.
        """
        born_ms = max((start for start in self.lives[pair[0]] if start <= time_ms), default=0)
        erred = any(born_ms <= regret <= time_ms for regret in self.regrets.get(pair[0], ()))
        missed = any(born_ms <= other.from_ms < span.from_ms and other.state != HERE for other in self.spans[pair])
        return erred or missed or any(born_ms < back_ms <= time_ms for back_ms in self.returns.get(pair[0], ()))

    def how_missed(self, pair: Pair, span: Span, due_ms: int) -> str:
        """Return a slug for how a node came to miss that a peer is gone, from the most telling circumstance on."""
        node, peer = pair
        born_ms = max((start for start in self.lives[node] if start <= due_ms), default=0)
        heard = {item.other for _, item in self.trace.of("deliver") if item.node == node and born_ms <= item.time_ms <= span.from_ms}
        later = {item.other for _, item in self.trace.of("deliver") if item.node == node and span.from_ms < item.time_ms <= due_ms}
        if any(item.name == "Suspect" and item.node == node and item.other in self.lives for _, item in self.trace.of("send")):
            return "told_its_peers"
        if peer not in heard:
            return "never_heard_of"
        if any(self.opinion_at((other, peer), due_ms).suspects for other in later & self.lives.keys() if other != peer):
            return "not_by_all"
        if self.in_trouble(pair, span, due_ms):
            return "not_again"
        return "never_suspected" if later & self.lives.keys() else "nobody_left"

    def suspicions(self, pair: Pair) -> Iterator[tuple[Opinion, int, int]]:
        """Yield every suspicion: how it began, when it ended, and the place of what ended it (-1: the end of the run)."""
        known = self.opinions[pair]
        for place, opinion in enumerate(known):
            if opinion.suspects:
                after = known[place + 1] if place + 1 < len(known) else Opinion(self.until_ms, False, -1)
                yield opinion, after.time_ms, after.place

    def last_heard(self, pair: Pair, time_ms: int) -> tuple[int, ...]:
        """Return the place of the last message of the peer that reached the node by then; empty if there was none."""
        node, peer = pair
        heard = [index for index, item in self.trace.of("deliver") if item.node == node and item.other == peer and item.time_ms <= time_ms]
        return tuple(heard[-1:])
