"""The two clocks of a real machine, both wrong in their own way.

`wall_ms` is what a calendar would show: set by somebody, skewed, drifting, sometimes stepped back. `monotonic_ms` never goes
back, but counts from boot and drifts too. During one handler time stands still. All times are integer milliseconds.
"""

from __future__ import annotations

PPM = 1_000_000


class Clock:
    """What a node reads. The engine moves `now_ms`, the true time that no node can see."""

    __slots__ = ("_booted_ms", "_drift_ppm", "_now_ms", "_offset_ms", "readings")

    def __init__(self, skew_ms: int = 0, drift_ppm: int = 0) -> None:
        self._now_ms = 0
        self._booted_ms = 0
        self._offset_ms = skew_ms
        self._drift_ppm = drift_ppm
        self.readings = 0

    def wall_ms(self) -> int:
        """Return the wall clock's time in ms: skewed, drifting, may step backwards. Never measure a duration with it."""
        self.readings += 1
        return self._now_ms + self._now_ms * self._drift_ppm // PPM + self._offset_ms

    def monotonic_ms(self) -> int:
        """Return ms since this node booted: never goes back, drifts a little, starts again at 0 after a crash."""
        self.readings += 1
        elapsed = self._now_ms - self._booted_ms
        return elapsed + elapsed * self._drift_ppm // PPM

    def true_delay_ms(self, delay_ms: int) -> int:
        """Return the true ms that pass while this clock counts `delay_ms`, rounded up so that no timer is early (engine only)."""
        if not self._drift_ppm:
            return delay_ms
        return -(-delay_ms * PPM // (PPM + self._drift_ppm))

    def set_now(self, now_ms: int) -> None:
        """Move the true time (engine only)."""
        self._now_ms = now_ms

    def boot(self, now_ms: int) -> None:
        """Start the monotonic clock again at 0 (engine only)."""
        self._now_ms = self._booted_ms = now_ms

    def step(self, by_ms: int) -> None:
        """Step the wall clock by `by_ms`, backwards if negative (engine only)."""
        self._offset_ms += by_ms


class ChosenClock(Clock):
    """A clock whose two readings are chosen by the search."""

    __slots__ = ("monotonic", "wall")

    def __init__(self) -> None:
        super().__init__()
        self.monotonic = self.wall = 0

    def wall_ms(self) -> int:
        """Return the chosen wall time."""
        self.readings += 1
        return self.wall

    def monotonic_ms(self) -> int:
        """Return the chosen monotonic time."""
        self.readings += 1
        return self.monotonic
