"""X78: missed heartbeats are counted up to a thousand, and then from the beginning

Misconception: No machine is down for that long.
Why it breaks: It is down for a weekend. Each time the count comes to the limit again, the monitor is told the same as before.
Hint: A peer is dead, and your clock is set, or two thousand intervals pass. What does the monitor believe then, and what does it hear next?
Lesson: docs/lessons/04-failure-detector.md#one-notice-per-change
Fails: one_notice
"""

from failure_detector_protocol import Heartbeat, Suspect, Trust

from harness import Node


class Detector(Node):
    def on_start(self):
        self.missed = dict.fromkeys(self.peers, 0)
        self.limit = self.timeout_ms // self.interval_ms
        self.after(self.interval_ms, self.tick)

    def tick(self):
        for peer in self.missed:
            self.missed[peer] += 1
            if self.missed[peer] % 1000 == self.limit:
                self.send(self.monitor, Suspect(peer))
        self.broadcast(Heartbeat())
        self.after(self.interval_ms, self.tick)

    def on_heartbeat(self, sender, heartbeat):
        if self.missed[sender] >= self.limit:
            self.send(self.monitor, Trust(sender))
        self.missed[sender] = 0


def tune(slowest_ms, lost_in_a_row, detect_ms):
    best = None
    low, high = 1, detect_ms
    while low <= high:
        interval = (low + high) // 2
        timeout = interval * (1 + lost_in_a_row) + slowest_ms
        if timeout + slowest_ms <= detect_ms:
            best, low = [interval, timeout], interval + 1
        else:
            high = interval - 1
    return best
