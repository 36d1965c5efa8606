"""Phi accrual, exponential distribution as in Cassandra, with a floor under the mean."""

import math

from failure_detector_protocol import Heartbeat, Suspect, Trust

from harness import Node

THRESHOLD = 1.0


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
        mean = max(sum(self.gaps[peer]) / len(self.gaps[peer]), self.timeout_ms / 2)
        silence = self.clock.monotonic_ms() - self.last[peer]
        return silence / mean * math.log10(math.e)


def tune(slowest_ms, lost_in_a_row, detect_ms):
    # strictly inside of every bound, with a little air
    room = detect_ms - 2 * slowest_ms - 1
    if room < lost_in_a_row + 1:
        return None
    interval = max(1, room // (lost_in_a_row + 1) * 19 // 20)
    return interval, slowest_ms + interval * (lost_in_a_row + 1) + 1
