"""H15: on a network that is always punctual its patience shrinks to nothing

Misconception: If the gaps were all the same so far, the next one will be, too.
Why it breaks: The deviation is 0 on a calm network, and the first heartbeat that gets lost is a death.
Hint: A hundred gaps of exactly 100 ms; then one heartbeat gets lost. How long is this gap, and how long is your patience?
Lesson: docs/lessons/04-failure-detector.md#phi
Fails: rough_weather
"""

from failure_detector_protocol import Heartbeat, Suspect, Trust

from harness import Node


class Detector(Node):
    def on_start(self):
        self.suspected = set()
        self.gaps = {peer: [] for peer in self.peers}
        self.heard = {}
        self.beat()
        self.look()

    def beat(self):
        self.broadcast(Heartbeat())
        self.after(self.interval_ms, self.beat)

    def look(self):
        now = self.clock.monotonic_ms()
        for peer in self.peers:
            if peer not in self.suspected and now - self.heard.get(peer, 0) > self.patience(peer):
                self.suspected.add(peer)
                self.send(self.monitor, Suspect(peer))
        self.after(max(1, self.interval_ms // 2), self.look)

    def patience(self, peer):
        gaps = self.gaps[peer]
        if len(gaps) < 20:
            return self.timeout_ms
        mean = sum(gaps) / len(gaps)
        deviation = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
        return mean + 8 * deviation + self.interval_ms // 2

    def on_heartbeat(self, sender, heartbeat):
        now = self.clock.monotonic_ms()
        if sender in self.heard and sender not in self.suspected:
            self.gaps[sender] = [*self.gaps[sender][-49:], now - self.heard[sender]]
        self.heard[sender] = now
        if sender in self.suspected:
            self.suspected.discard(sender)
            self.send(self.monitor, Trust(sender))


def tune(slowest_ms: int, lost_in_a_row: int, detect_ms: int) -> tuple[int, int] | None:
    timeout_ms = detect_ms - slowest_ms  # the last heartbeat may leave right before the death, and arrive late
    longest_gap_ms = timeout_ms - slowest_ms  # one may arrive at once, and the next that is not lost as late as can be
    interval_ms = longest_gap_ms // (lost_in_a_row + 1)
    return (interval_ms, timeout_ms) if interval_ms >= 1 else None
