"""Correct: remembers the largest c for each l that it ever knew, and looks for the largest l each time."""


class HybridClock:
    """A dictionary from l to the largest c known for it."""

    def __init__(self, max_drift_ms, saved):
        self.max_drift_ms = max_drift_ms
        self.counts = {saved[0]: saved[1]}

    def learn(self, time_ms, count):
        self.counts[time_ms] = max(count, self.counts.get(time_ms, -1))

    def tick(self, physical_ms):
        self.learn(physical_ms, -1)
        top = max(self.counts)
        self.counts[top] += 1
        return top, self.counts[top]

    def send(self, physical_ms):
        return self.tick(physical_ms)

    def receive(self, stamp, physical_ms):
        if stamp[0] - self.max_drift_ms > physical_ms:
            return None
        self.learn(*stamp)
        return self.tick(physical_ms)


class Register:
    """Keeps the last write of each replica."""

    def __init__(self, node, max_drift_ms):
        self.node = node
        self.clock = HybridClock(max_drift_ms, (0, 0))
        self.latest = {}

    def take(self, stamp, node, value):
        if node not in self.latest or self.latest[node][0] < stamp:
            self.latest[node] = (stamp, value)

    def write(self, value, physical_ms):
        stamp = self.clock.send(physical_ms)
        self.take(stamp, self.node, value)
        return (*stamp, self.node)

    def arrive(self, version, value, physical_ms):
        *stamp, node = version
        taken_in = self.clock.receive(stamp, physical_ms) is not None
        if taken_in:
            self.take(tuple(stamp), node, value)
        return taken_in

    def read(self):
        winner = max(self.latest, key=lambda node: (self.latest[node][0], node), default=None)
        return self.latest[winner][1] if self.latest else None
