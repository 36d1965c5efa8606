"""T26f: the line end at the end of a value is taken away

Misconception: A line end at the end of a text is no part of it.
Why it breaks: What is read is not what was written.
Hint: " tea" is written. What do you read?
Lesson: docs/lessons/08-hybrid-clock.md#the-last-writer
Fails: replicas_agree
"""


class HybridClock:
    """Stamps events with (l, c): l is the largest physical time known here, c counts events with the same l."""

    def __init__(self, max_drift_ms, saved):
        self.max_drift_ms = max_drift_ms
        self.last = tuple(saved)

    def tick(self, physical_ms):
        """Stamp an event of this machine's own."""
        self.last = max((physical_ms, 0), (self.last[0], self.last[1] + 1))
        return self.last

    def send(self, physical_ms):
        """Stamp the sending of a message; the message carries the stamp."""
        return self.tick(physical_ms)

    def receive(self, stamp, physical_ms):
        """Stamp the receipt of a message that carries `stamp`; None, and nothing else, if that is too far ahead."""
        if stamp[0] > physical_ms + self.max_drift_ms:
            return None
        self.last = max(self.last, tuple(stamp))
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
        self.value = value.rstrip("\n")
        return self.version

    def arrive(self, version, value, physical_ms):
        """Take in a write of another replica; return False if it is from too far ahead."""
        if self.clock.receive(version[:2], physical_ms) is None:
            return False
        if tuple(version) > self.version:
            self.version, self.value = tuple(version), value.rstrip("\n")
        return True

    def read(self):
        """Return the value of the last writer, None before the first write."""
        return self.value
