"""Correct: the algorithm as Kulkarni and others give it in figure 5 of 2014, with four cases."""


class HybridClock:
    """Stamps events with (l, c): l is the largest physical time known here, c counts events with the same l."""

    def __init__(self, max_drift_ms, saved):
        self.max_drift_ms = max_drift_ms
        self.last = tuple(saved)

    def tick(self, physical_ms):
        """Stamp an event of this machine's own."""
        old, count = self.last
        new = max(old, physical_ms)
        self.last = (new, count + 1 if new == old else 0)
        return self.last

    def send(self, physical_ms):
        """Stamp the sending of a message; the message carries the stamp."""
        return self.tick(physical_ms)

    def receive(self, stamp, physical_ms):
        """Stamp the receipt of a message that carries `stamp`; None, and nothing else, if that is too far ahead."""
        if stamp[0] - physical_ms > self.max_drift_ms:
            return None
        (old, count), (theirs, their_count) = self.last, stamp
        new = max(old, theirs, physical_ms)
        if new == old and new == theirs:
            count = max(count, their_count) + 1
        elif new == old:
            count = count + 1
        elif new == theirs:
            count = their_count + 1
        else:
            count = 0
        self.last = (new, count)
        return self.last


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
