"""H08: missed heartbeats add up

Misconception: So and so many missed heartbeats mean that a peer is dead.
Why it breaks: Here and there one is lost; after a few hundred there are enough of them, and a healthy peer is suspected.
Hint: A peer misses one heartbeat a day. What does your counter say after a week?
Lesson: docs/lessons/04-failure-detector.md#slow-or-dead
Fails: clocks, rough_weather
May fail: back_again, every_death
"""

from failure_detector_protocol import Heartbeat, Suspect, Trust

from harness import Node


class Detector(Node):
    def on_start(self):
        self.missed = dict.fromkeys(self.peers, 0)
        self.heard = set(self.peers)
        self.limit = self.timeout_ms // self.interval_ms
        self.after(self.interval_ms, self.tick)

    def tick(self):
        for peer in self.missed:
            if peer not in self.heard:
                self.missed[peer] += 1
            if self.missed[peer] == self.limit and peer in self.heard:
                continue
            if self.missed[peer] == self.limit:
                self.send(self.monitor, Suspect(peer))
        self.heard = set()
        self.broadcast(Heartbeat())
        self.after(self.interval_ms, self.tick)

    def on_heartbeat(self, sender, heartbeat):
        if self.missed[sender] >= self.limit:
            self.send(self.monitor, Trust(sender))
            self.missed[sender] = 0
        self.heard.add(sender)


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
