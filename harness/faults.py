"""Everything the world may do to a node, as data: knobs with units, timed events, and rules about single messages.

Because faults are data, a failing run can be replayed from them, and shrunk by leaving some of them out.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeAlias

from harness.errors import Misuse
from harness.state import is_message


@dataclass(frozen=True, slots=True)
class Crash:
    """Power off: memory and timers are gone, the disk stays.

    Args:
        node: who.
        at_ms: when.
        down_ms: restart this much later; None means never.
        effects: None crashes between handlers; k crashes inside the first handler from `at_ms` on that asks for more than k
            effects, after the first k of them.
    """

    node: str
    at_ms: int
    down_ms: int | None = 50
    effects: int | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """A long garbage collection: time passes, messages queue, timers fire late, the node notices nothing."""

    node: str
    at_ms: int
    for_ms: int


@dataclass(frozen=True, slots=True)
class Partition:
    """Cut every link between different groups, both ways, from `at_ms` until `until_ms` (None: for good).

    Names in no group keep all their links. What is on its way across the cut when it arrives is lost too.
    """

    groups: tuple[tuple[str, ...], ...]
    at_ms: int
    until_ms: int | None = None


@dataclass(frozen=True, slots=True)
class OneWayCut:
    """Cut the links from each of `senders` to each of `receivers`; the other direction still works."""

    senders: tuple[str, ...]
    receivers: tuple[str, ...]
    at_ms: int
    until_ms: int | None = None


@dataclass(frozen=True, slots=True)
class ClockStep:
    """Somebody sets a node's wall clock: it jumps by `by_ms`, backwards if negative."""

    node: str
    at_ms: int
    by_ms: int


@dataclass(frozen=True, slots=True)
class Call:
    """A client outside the group sends `message` to `to`. Clients are plain names, not nodes: they only ask and hear."""

    client: str
    at_ms: int
    to: str
    message: Any


Happening: TypeAlias = Crash | Pause | Partition | OneWayCut | ClockStep | Call


@dataclass(frozen=True, slots=True)
class Pass:
    """No opinion: the next rule decides, in the end the knobs."""


@dataclass(frozen=True, slots=True)
class Deliver:
    """Deliver after exactly `delay_ms`, once for each entry if several are given (a duplicate)."""

    delay_ms: int
    copies_ms: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Drop:
    """Lose it."""


Fate: TypeAlias = Pass | Deliver | Drop


@dataclass(frozen=True, slots=True)
class Rule:
    """A fate for the messages that match; fields left at None match everything. The first rule with an opinion wins.

    Args:
        fate: `Pass()`, `Deliver(delay_ms)` or `Drop()`.
        sender, to: names.
        kind: class name of the message.
        nth: counts the messages of one link from 1, of this kind if `kind` is given.
        from_ms, until_ms: when it was sent, half open.
    """

    fate: Fate
    sender: str | None = None
    to: str | None = None
    kind: str | None = None
    nth: int | None = None
    from_ms: int = 0
    until_ms: int | None = None

    def concerns(self, sender: str, to: str) -> bool:
        """True if this rule may speak about messages of that link."""
        return self.sender in (None, sender) and self.to in (None, to)

    def matches(self, kind: str, nth: int, nth_of_kind: int, now_ms: int) -> bool:
        """True if this rule speaks about the message, which is on a link that it concerns."""
        return (
            (self.kind is None or self.kind == kind)
            and (self.nth is None or self.nth == (nth if self.kind is None else nth_of_kind))
            and self.from_ms <= now_ms
            and (self.until_ms is None or now_ms < self.until_ms)
        )


@dataclass(frozen=True, slots=True)
class Faults:
    """Every knob, with its unit. The defaults are a calm network: 1 to 20 ms, nothing lost, all clocks right.

    Args:
        latency_ms: lowest and highest delay of a message, both included, uniform.
        link_latency_ms: ((sender, to, low, high), ...): links with a range of their own.
        loss_ratio: share of messages lost.
        duplicate_ratio: share of messages delivered twice.
        reorder_ratio, reorder_ms: share of messages held back by up to `reorder_ms` more.
        fifo: deliver each link's messages in the order sent; `fifo_links` does it for ((sender, to), ...) only.
        skew_ms, drift_ppm: ((node, amount), ...): how far a wall clock is off, and how many µs per second a clock is fast.
        happenings: crashes, pauses, partitions, clock steps and calls of clients, at their times.
        rules: fates of single messages; the first rule with an opinion wins over the knobs.
    """

    latency_ms: tuple[int, int] = (1, 20)
    link_latency_ms: tuple[tuple[str, str, int, int], ...] = ()
    loss_ratio: float = 0.0
    duplicate_ratio: float = 0.0
    reorder_ratio: float = 0.0
    reorder_ms: int = 100
    fifo: bool = False
    fifo_links: tuple[tuple[str, str], ...] = ()
    skew_ms: tuple[tuple[str, int], ...] = ()
    drift_ppm: tuple[tuple[str, int], ...] = ()
    happenings: tuple[Happening, ...] = ()
    rules: tuple[Rule, ...] = ()

    def __post_init__(self) -> None:
        ranges = [self.latency_ms, *[(low, high) for _, _, low, high in self.link_latency_ms]]
        if any(type(low) is not int or type(high) is not int or not 0 <= low <= high for low, high in ranges):
            raise Misuse(f"latency is a pair of whole ms, low <= high, as in (1, 20); got {ranges}")
        if any(type(drift) is not int or drift <= -1_000_000 for _, drift in self.drift_ppm):
            raise Misuse(f"drift is a whole number of ppm above -1,000,000, at which a clock would stand still; got {self.drift_ppm}")
        for item in self.happenings:
            if any(type(value) is int and value < 0 for value in _times(item)):
                raise Misuse(f"times are whole ms from 0 up; got {item}")
        for name in ("loss_ratio", "duplicate_ratio", "reorder_ratio"):
            if not 0 <= getattr(self, name) <= 1:
                raise Misuse(f"Faults.{name} is a share from 0.0 to 1.0, not {getattr(self, name)!r}")

    def plus(self, *happenings: Happening, rules: tuple[Rule, ...] = ()) -> Faults:
        """Return these faults with more happenings and rules."""
        return replace(self, happenings=(*self.happenings, *happenings), rules=(*self.rules, *rules))

    @property
    def random(self) -> bool:
        """True if some fate is drawn by lot apart from the latency."""
        return bool(self.loss_ratio or self.duplicate_ratio or self.reorder_ratio)

    def names(self) -> set[str]:
        """Return every name that a happening, rule or knob mentions."""
        found: set[str] = set()
        for item in self.happenings:
            found |= {value for value in _values(item) if isinstance(value, str)}
        for rule in self.rules:
            found |= {name for name in (rule.sender, rule.to) if name}
        found |= {node for node, _ in (*self.skew_ms, *self.drift_ppm)}
        found |= {name for link in self.link_latency_ms for name in link[:2]} | {name for link in self.fifo_links for name in link}
        return found


def _times(item: Happening) -> list[Any]:
    return [getattr(item, name, None) for name in ("at_ms", "down_ms", "for_ms", "until_ms")]


def _values(item: Happening) -> list[Any]:
    flat: list[Any] = []
    for entry in fields(item):
        value = getattr(item, entry.name)
        if isinstance(value, tuple):
            flat += [name for part in value for name in (part if isinstance(part, tuple) else (part,))]
        elif not is_message(value):
            flat.append(value)
    return flat


def chaos(
    seed: object,
    nodes: Sequence[str],
    until_ms: int,
    crashes: int = 0,
    partitions: int = 0,
    pauses: int = 0,
    steps: int = 0,
    longest_ms: int = 400,
) -> tuple[Happening, ...]:
    """Draw random happenings, all over by `until_ms`: data, so that shrinking can leave some out.

    Half of the crashes fall between handlers, half cut a ledger after 0 to 3 effects.
    """
    draw = random.Random(f"chaos/{seed}")
    found: list[Happening] = []

    def moment(length_ms: int) -> int:
        return draw.randrange(1, max(2, until_ms - length_ms))

    for _ in range(crashes):
        down_ms = draw.randrange(1, longest_ms)
        found.append(Crash(draw.choice(nodes), moment(down_ms), down_ms, draw.choice((None, None, None, None, 0, 1, 2, 3))))
    for _ in range(partitions):
        length_ms = draw.randrange(longest_ms // 4, longest_ms)
        at_ms, mixed = moment(length_ms), draw.sample(list(nodes), len(nodes))
        size = draw.randrange(1, len(mixed)) if len(mixed) > 1 else 1
        groups = (tuple(mixed[:size]), tuple(mixed[size:]))
        if draw.random() < 0.25:
            found.append(OneWayCut(*groups, at_ms, at_ms + length_ms))
        else:
            found.append(Partition(groups, at_ms, at_ms + length_ms))
    for _ in range(pauses):
        length_ms = draw.randrange(longest_ms // 4, longest_ms)
        found.append(Pause(draw.choice(nodes), moment(length_ms), length_ms))
    for _ in range(steps):
        found.append(ClockStep(draw.choice(nodes), moment(0), draw.choice((-1, 1)) * draw.randrange(1, 10_000)))
    return tuple(found)
