"""Correct: one number inside, l in the upper bits and 48 bits for c."""


class HybridClock:
    """Keeps its last stamp as one number."""

    def __init__(self, max_drift_ms, saved):
        self.max_drift_ms = max_drift_ms
        self.packed = self.pack(saved)

    def pack(self, stamp):
        return stamp[0] << 48 | stamp[1]

    def tick(self, physical_ms):
        self.packed = max(self.packed + 1, physical_ms << 48)
        return self.packed >> 48, self.packed & (1 << 48) - 1

    def send(self, physical_ms):
        return self.tick(physical_ms)

    def receive(self, stamp, physical_ms):
        if stamp[0] > physical_ms + self.max_drift_ms:
            return None
        self.packed = max(self.packed, self.pack(stamp))
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
