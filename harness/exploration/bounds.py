"""How much of the infinite space of runs an exploration looks at."""

from __future__ import annotations

from dataclasses import dataclass

from harness.errors import Misuse

MOST = {"crashes": 63, "duplicates": 63, "timers": 255}
"""What fits into the counters of a state's integer (see `layout`)."""


@dataclass(frozen=True)
class Bounds:
    """How much of the infinite space of runs to look at.

    Args:
        network: "bag" (a message is delivered at most once, in any order, or never), "set" (also again and again), or "fifo"
            (in order per link, none lost but by a crash of the receiver while it handles it).
        states: budget; a search that needs more comes back as `ran out`.
        depth: longest schedule to follow, in steps.
        crashes, duplicates, timers: how many crashes with restart, second deliveries and timer firings one schedule may have;
            `timers=None` is no limit.
        streams: random streams to explore for a handler that draws.
        monotonic_ms, wall_ms: clock readings to explore for a handler that reads one; the wall clock may go back.
    """

    network: str = "bag"
    states: int = 200_000
    depth: int = 1_000
    crashes: int = 0
    duplicates: int = 0
    timers: int | None = None
    streams: int = 1
    monotonic_ms: tuple[int, ...] = (0,)
    wall_ms: tuple[int, ...] = (0,)

    def __post_init__(self) -> None:
        if self.network not in ("bag", "set", "fifo"):
            raise Misuse(f'Bounds.network is "bag", "set" or "fifo", not {self.network!r}')
        if self.duplicates and self.network != "bag":
            raise Misuse('Bounds.duplicates counts second deliveries from a "bag"; a "set" delivers without limit, "fifo" never twice')
        for name, most in MOST.items():
            if not 0 <= (getattr(self, name) or 0) <= most:
                raise Misuse(f"Bounds.{name} is a number from 0 to {most}, not {getattr(self, name)}")
        if not self.monotonic_ms or not self.wall_ms or self.streams < 1:
            raise Misuse("Bounds needs at least one random stream and one reading of each clock, as in wall_ms=(0,)")
        if list(self.monotonic_ms) != sorted(self.monotonic_ms):
            raise Misuse(f"Bounds.monotonic_ms never goes back; sort {self.monotonic_ms}")
