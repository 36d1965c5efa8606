"""Correct: a class for stamps with an order of its own, a policy for the guard, and a functional core."""

import functools


@functools.total_ordering
class Stamp:
    """A stamp that compares."""

    def __init__(self, time_ms, count):
        self.time_ms, self.count = time_ms, count

    def key(self):
        return self.time_ms, self.count

    def __eq__(self, other):
        return self.key() == other.key()

    def __lt__(self, other):
        return self.key() < other.key()

    def __hash__(self):
        return hash(self.key())

    def next(self, physical_ms):
        return max(Stamp(physical_ms, 0), Stamp(self.time_ms, self.count + 1))


class DriftGuard:
    """Says which stamps are believable."""

    def __init__(self, max_drift_ms):
        self.max_drift_ms = max_drift_ms

    def allows(self, stamp, physical_ms):
        return stamp.time_ms - physical_ms <= self.max_drift_ms


class HybridClock:
    """Ties the two together."""

    def __init__(self, max_drift_ms, saved):
        self.guard = DriftGuard(max_drift_ms)
        self.last = Stamp(*saved)

    def tick(self, physical_ms):
        self.last = self.last.next(physical_ms)
        return self.last.key()

    send = tick

    def receive(self, stamp, physical_ms):
        stamp = Stamp(*stamp)
        if not self.guard.allows(stamp, physical_ms):
            return None
        self.last = max(self.last, stamp)
        return self.tick(physical_ms)


class Register:
    """One replica of a register: the write with the largest version (l, c, node) wins, here and everywhere."""

    def __init__(self, node, max_drift_ms):
        self.node = node
        self.clock = HybridClock(max_drift_ms, (0, 0))
        self.version = (0, 0, "")
        self.value = None

    def write(self, value, physical_ms):
        """Write a value; return its version, which travels with it to the other replicas."""
        self.version = (*self.clock.send(physical_ms), self.node)
        self.value = value
        return self.version

    def arrive(self, version, value, physical_ms):
        """Take in a write of another replica; return False if it is from too far ahead."""
        if self.clock.receive(version[:2], physical_ms) is None:
            return False
        if tuple(version) > self.version:
            self.version, self.value = tuple(version), value
        return True

    def read(self):
        """Return the value of the last writer, None before the first write."""
        return self.value
