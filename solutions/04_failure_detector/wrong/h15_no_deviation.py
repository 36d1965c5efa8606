"""H15: divides by a deviation of zero

Misconception: Heartbeats are never perfectly regular, so their deviation is never 0.
Why it breaks: On a quiet network they are: a division by zero, in the handler that should notice deaths.
Hint: Ten gaps of exactly 100 ms. What is their standard deviation?
Lesson: docs/lessons/04-failure-detector.md#phi
Fails: beats, the_dead, the_living, back_again, one_notice, every_death, clocks, rough_weather
"""

import math

from failure_detector_protocol import Heartbeat, Suspect, Trust

from harness import Node

THRESHOLD = 8.0


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
        mean = sum(gaps) / len(gaps)
        deviation = math.sqrt(sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) * 4
        late = self.clock.monotonic_ms() - self.last[peer] - (mean + 0.6 * self.timeout_ms)
        later = 0.5 * math.erfc(late / deviation / math.sqrt(2))
        return 100.0 if later <= 0 else -math.log10(later)


def tune(slowest_ms, lost_in_a_row, detect_ms):
    timeout_ms = detect_ms - slowest_ms
    interval_ms = (timeout_ms - slowest_ms) // (lost_in_a_row + 1)
    return (interval_ms, timeout_ms) if interval_ms >= 1 else None
