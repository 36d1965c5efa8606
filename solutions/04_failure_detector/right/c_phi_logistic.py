"""Phi accrual, logistic approximation of the normal distribution, as in Akka."""

import math

from failure_detector_protocol import Heartbeat, Suspect, Trust

from harness import Node

THRESHOLD = 10.0


class Detector(Node):
    def on_start(self):
        now = self.clock.monotonic_ms()
        self.last = dict.fromkeys(self.peers, now)
        self.gaps = {peer: [self.interval_ms] for peer in self.peers}
        self.suspects = []
        self.beat()
        self.evaluate()

    def beat(self):
        self.broadcast(Heartbeat())
        self.after(self.interval_ms, self.beat)

    def on_heartbeat(self, sender, heartbeat):
        now = self.clock.monotonic_ms()
        gap = now - self.last[sender]
        self.last[sender] = now
        if sender in self.suspects:
            self.suspects.remove(sender)
            self.send(self.monitor, Trust(sender))
        if gap <= self.timeout_ms:  # an outage says nothing about the network when it works
            self.gaps[sender] = [*self.gaps[sender][-99:], gap]

    def evaluate(self):
        for peer in self.peers:
            if peer not in self.suspects and self.phi(peer) > THRESHOLD:
                self.suspects.append(peer)
                self.send(self.monitor, Suspect(peer))
        self.after(max(1, self.interval_ms // 2), self.evaluate)

    def phi(self, peer):
        gaps = self.gaps[peer]
        mean = sum(gaps) / len(gaps) + 0.7 * self.timeout_ms
        deviation = max(math.sqrt(sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) / 10, self.interval_ms / 5)
        silence = self.clock.monotonic_ms() - self.last[peer]
        y = (silence - mean) / deviation
        try:
            e = math.exp(-y * (1.5976 + 0.070566 * y * y))
        except OverflowError:
            return 0.0
        share = e / (1.0 + e) if silence > mean else 1.0 - 1.0 / (1.0 + e)
        return -math.log10(max(share, 1e-300))


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
