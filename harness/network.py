"""The network: decides the fate of every message, one random stream per link so that links do not disturb each other."""

from __future__ import annotations

import random
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from harness.faults import Deliver, Drop, Faults, OneWayCut, Partition, Rule

LOST = ()


def delays_ms(seed: str, low_ms: int, high_ms: int) -> Iterator[int]:
    """Yield latencies without end, uniform from low to high.

    A linear congruential generator (Knuth's MMIX constants): as fast as the standard library's, and it remembers one integer
    instead of 2,500 bytes, which matters with 500 nodes and a quarter of a million links.
    """
    state, span_ms = int.from_bytes(sha256(seed.encode()).digest()[:8], "big"), high_ms - low_ms + 1
    while True:
        state = state * 6364136223846793005 + 1442695040888963407 & 0xFFFF_FFFF_FFFF_FFFF
        yield low_ms + (state * span_ms >> 64)


class Link:
    """One direction between two names: its latencies, its own stream of lots, the rules that may speak of it, what it has carried."""

    __slots__ = ("calm", "cuts", "delays_ms", "fifo", "kinds", "last_ms", "lots", "rules", "sender", "sent", "span_ms", "to")

    def __init__(
        self, seed: str, sender: str, to: str, latency_ms: tuple[int, int], fifo: bool, lots: bool, rules: tuple[Rule, ...]
    ) -> None:
        low_ms, high_ms = latency_ms
        self.sender = sender
        self.to = to
        self.delays_ms = delays_ms(f"link/{seed}/{sender}/{to}", low_ms, high_ms)
        self.span_ms = high_ms - low_ms + 1
        self.fifo = fifo
        self.last_ms = 0  # arrival of the latest message so far
        self.sent = 0
        self.kinds: dict[str, int] = {}
        self.cuts = 0  # how many partitions cut it now
        # drawn apart from the latency, so that a rule or a knob moves no latency
        self.lots = random.Random(f"lots/{seed}/{sender}/{to}").random if lots else None
        self.rules = rules
        self.cut(0)

    def cut(self, by: int) -> None:
        """Begin (`by` = 1) or end (`by` = -1) a cut."""
        self.cuts += by
        self.calm = not (self.fifo or self.lots or self.rules or self.cuts)  # nothing happens on it but delay


class Network:
    """Links between everybody, each made when first used, under the knobs and rules of `faults`."""

    def __init__(self, faults: Faults, seed: str) -> None:
        self.faults = faults
        self.seed = seed
        self.links: dict[tuple[str, str], Link] = {}
        self.cuts = 0  # how many partitions there are now
        self._ranges = {(sender, to): (low, high) for sender, to, low, high in faults.link_latency_ms}
        self._fifo = set(faults.fifo_links)

    def link(self, sender: str, to: str) -> Link:
        """Return the link between two names. A node's link to itself takes no time and has no faults."""
        found = self.links.get((sender, to))
        if found is None:
            own = sender == to
            latency_ms = (0, 0) if own else self._ranges.get((sender, to), self.faults.latency_ms)
            fifo = self.faults.fifo or (sender, to) in self._fifo
            rules = () if own else tuple([rule for rule in self.faults.rules if rule.concerns(sender, to)])
            lots = self.faults.random and not own
            found = self.links[sender, to] = Link(self.seed, sender, to, latency_ms, fifo and not own, lots, rules)
        return found

    def fates(self, link: Link, message: Any, now_ms: int, arrival: int) -> tuple[int, ...]:
        """Return when a message sent now arrives, if latency alone would have it at `arrival`: twice if doubled, never if lost."""
        times = self._fates(link, type(message).__name__, now_ms, arrival) if link.lots or link.rules else (arrival,)
        if link.cuts:
            return LOST
        if link.fifo and times:
            times = tuple([max(time, link.last_ms) for time in times])
            link.last_ms = max(times)
        return times

    def _fates(self, link: Link, kind: str, now_ms: int, arrival: int) -> tuple[int, ...]:
        """Ask the rules, then the knobs. Every message draws the same lots, so one rule changes no other message's fate."""
        faults = self.faults
        link.sent += 1
        link.kinds[kind] = link.kinds.get(kind, 0) + 1
        lots = [link.lots() for _ in range(5)] if link.lots else None
        for rule in link.rules:
            if rule.matches(kind, link.sent, link.kinds[kind], now_ms):
                if isinstance(rule.fate, Drop):
                    return LOST
                if isinstance(rule.fate, Deliver):
                    return tuple([now_ms + delay for delay in (rule.fate.delay_ms, *rule.fate.copies_ms)])
        if lots is None:
            return (arrival,)
        lost, doubled, held = lots[0] < faults.loss_ratio, lots[1] < faults.duplicate_ratio, lots[2] < faults.reorder_ratio
        if lost:
            return LOST
        if held:
            arrival += int(lots[4] * (faults.reorder_ms + 1))
        return (arrival, arrival + int(lots[3] * link.span_ms)) if doubled else (arrival,)

    def cut(self, event: Partition | OneWayCut, by: int) -> None:
        """Start (`by` = 1) or end (`by` = -1) a partition."""
        self.cuts += by
        for sender, to in crossings(event):
            self.link(sender, to).cut(by)


def crossings(event: Partition | OneWayCut) -> list[tuple[str, str]]:
    """Return the links that a partition cuts, as (sender, to)."""
    if isinstance(event, OneWayCut):
        return [(sender, to) for sender in event.senders for to in event.receivers if sender != to]
    groups = event.groups
    return [(sender, to) for here in groups for there in groups if here is not there for sender in here for to in there if sender != to]
