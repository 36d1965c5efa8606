"""H16: who has sent one heartbeat, and no second one, is never suspected

Misconception: Without a gap nothing can be said about the next one, so there is nothing to judge yet.
Why it breaks: A peer dies right after its first heartbeat. There will be no second one, and so no gap, ever.
Hint: How many gaps do you know after the first heartbeat? What do you do until you know more?
Lesson: docs/lessons/04-failure-detector.md#phi
Fails: every_death
May fail: one_notice, rough_weather, clocks
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
        if peer not in self.heard:
            return self.timeout_ms
        gaps = self.gaps[peer]
        if not gaps:
            return float("inf")
        return min(max(self.timeout_ms, 3 * max(gaps)), 2 * self.timeout_ms)

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
