"""The network: decides the fate of every message, one random stream per link so that links do not disturb each other."""

from __future__ import annotations

import random
from collections.abc import Sequence

from harness.faults import Deliver, Drop, Faults, OneWayCut, Partition

LOST = ()


class Link:
    """One direction between two names: its latency range, its own random stream, and what it has carried."""

    __slots__ = ("cuts", "draw", "fifo", "kinds", "last_ms", "lots", "low_ms", "sent", "span_ms")

    def __init__(self, seed: str, sender: str, to: str, low_ms: int, high_ms: int, fifo: bool) -> None:
        self.draw = random.Random(f"link/{seed}/{sender}/{to}").random  # noqa: S311 - a simulation, not a secret
        self.lots = random.Random(f"lots/{seed}/{sender}/{to}").random  # noqa: S311 - drawn apart, so that a rule moves no latency
        self.low_ms = low_ms
        self.span_ms = high_ms - low_ms + 1
        self.fifo = fifo
        self.last_ms = 0  # arrival of the latest message so far
        self.sent = 0
        self.kinds: dict[str, int] = {}
        self.cuts = 0  # how many partitions cut it now


class Network:
    """Links between everybody, under the knobs and rules of `faults`."""

    def __init__(self, names: Sequence[str], faults: Faults, seed: str) -> None:
        self.faults = faults
        self.calm = not faults.random and not faults.rules
        ranges = {(sender, to): (low, high) for sender, to, low, high in faults.link_latency_ms}
        fifo = set(faults.fifo_links)
        self.links = {
            (sender, to): Link(seed, sender, to, *ranges.get((sender, to), faults.latency_ms), faults.fifo or (sender, to) in fifo)
            for sender in names
            for to in names
        }

    def arrivals(self, sender: str, to: str, kind: str, now_ms: int) -> tuple[int, ...]:
        """Return when a message sent now arrives: once, twice if duplicated, never if lost."""
        if sender == to:
            return (now_ms,)
        link = self.links[sender, to]
        arrival = now_ms + link.low_ms + int(link.draw() * link.span_ms)
        times = (arrival,) if self.calm else self._fates(link, sender, to, kind, now_ms, arrival)
        if link.cuts:
            return LOST
        if link.fifo and times:
            times = tuple([max(time, link.last_ms) for time in times])
            link.last_ms = max(times)
        return times

    def _fates(self, link: Link, sender: str, to: str, kind: str, now_ms: int, arrival: int) -> tuple[int, ...]:
        """Ask the rules, then the knobs. Every message draws the same lots, so one rule changes no other message's fate."""
        faults, draw = self.faults, link.lots
        link.sent += 1
        link.kinds[kind] = link.kinds.get(kind, 0) + 1
        lost, doubled, held = draw() < faults.loss_ratio, draw() < faults.duplicate_ratio, draw() < faults.reorder_ratio
        again, extra = int(draw() * link.span_ms), int(draw() * faults.reorder_ms)
        for rule in faults.rules:
            if rule.matches(sender, to, kind, link.sent, link.kinds[kind], now_ms):
                if isinstance(rule.fate, Drop):
                    return LOST
                if isinstance(rule.fate, Deliver):
                    return tuple([now_ms + delay for delay in (rule.fate.delay_ms, *rule.fate.copies_ms)])
        if lost:
            return LOST
        if held:
            arrival += extra
        return (arrival, arrival + again) if doubled else (arrival,)

    def cut(self, event: Partition | OneWayCut, by: int) -> None:
        """Start (`by` = 1) or end (`by` = -1) a partition."""
        for sender, to in crossings(event):
            self.links[sender, to].cuts += by

    def is_cut(self, sender: str, to: str) -> bool:
        """True while no message can cross from `sender` to `to`."""
        return self.links[sender, to].cuts > 0


def crossings(event: Partition | OneWayCut) -> list[tuple[str, str]]:
    """Return the links that a partition cuts, as (sender, to)."""
    if isinstance(event, OneWayCut):
        return [(sender, to) for sender in event.senders for to in event.receivers if sender != to]
    groups = event.groups
    return [(sender, to) for here in groups for there in groups if here is not there for sender in here for to in there]
