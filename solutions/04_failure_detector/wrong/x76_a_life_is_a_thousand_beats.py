"""X76: numbers heartbeats by life * 1000 + count

Misconception: One number for both is simpler to compare, and a thousand heartbeats are a long life.
Why it breaks: After a longer life the next one begins with smaller numbers, and is not heard until it has caught up.
Hint: A peer restarts after its 1,500th heartbeat. What is the number of its next one?
Lesson: docs/lessons/04-failure-detector.md#old-news
Fails: every_death
"""

from failure_detector_protocol import Suspect, Trust

from harness import Node, message


@message
class Alive:
    """tells {to}: I live, life {life}, beat {count}"""

    life: int
    count: int


class Detector(Node):
    def on_start(self):
        self.life = self.disk["life"] = self.disk.get("life", 0) + 1
        self.count = 0
        self.latest = dict.fromkeys(self.peers, (0, 0))
        self.since = {p: self.clock.monotonic_ms() for p in self.peers}
        self.bad = set()
        self.round()

    def round(self):
        self.count += 1
        self.broadcast(Alive(self.life, self.count))
        now = self.clock.monotonic_ms()
        for p in self.peers:
            if p not in self.bad and now - self.since[p] >= self.timeout_ms:
                self.bad.add(p)
                self.send(self.monitor, Suspect(p))
        self.after(self.interval_ms, self.round)

    def on_alive(self, sender, m):
        if m.life * 1000 + m.count <= self.latest[sender][0] * 1000 + self.latest[sender][1]:
            return
        self.latest[sender] = (m.life, m.count)
        self.since[sender] = self.clock.monotonic_ms()
        if sender in self.bad:
            self.bad.remove(sender)
            self.send(self.monitor, Trust(sender))


def tune(slowest_ms, lost_in_a_row, detect_ms):
    timeout_ms = detect_ms - slowest_ms
    interval_ms = (timeout_ms - slowest_ms) // (lost_in_a_row + 1)
    return (interval_ms, timeout_ms) if interval_ms >= 1 else None
