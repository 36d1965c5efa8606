"""Correct: the clock is a generator, and the register is a clock; both count in the widest steps that are allowed."""

from dataclasses import dataclass, field


def counting(last):
    """Yield stamps; each is asked for with a reading and the stamps that are known besides."""
    stamp = None
    while True:
        physical_ms, *others = yield stamp
        last = max([last, *others])
        last = stamp = (physical_ms, 9) if physical_ms > last[0] else (last[0], last[1] + 10)


class HybridClock:
    """Asks its generator."""

    def __init__(self, max_drift_ms, saved):
        self.believes = lambda time_ms, physical_ms: time_ms - physical_ms < max_drift_ms
        self.stamps = counting(tuple(saved))
        next(self.stamps)

    def tick(self, physical_ms):
        return self.stamps.send((physical_ms,))

    def send(self, physical_ms):
        return self.stamps.send((physical_ms,))

    def receive(self, stamp, physical_ms):
        return self.stamps.send((physical_ms, tuple(stamp))) if self.believes(stamp[0], physical_ms) else None


@dataclass(frozen=True, order=True)
class Write:
    """A write; its value is no part of the order."""

    version: tuple
    value: str | None = field(compare=False)


class Register(HybridClock):
    """Keeps the largest write."""

    def __init__(self, node, max_drift_ms):
        super().__init__(max_drift_ms, (0, 0))
        self.node, self.largest = node, Write((), None)

    def write(self, value, physical_ms):
        self.tick(physical_ms)
        self.largest = Write((*self.send(physical_ms), self.node), value)
        return self.largest.version

    def arrive(self, version, value, physical_ms):
        if not self.believes(version[0], physical_ms):
            return False
        self.receive(version[:2], physical_ms)
        self.largest = max(self.largest, Write(tuple(version), value))
        return True

    def read(self):
        return self.largest.value
