"""H23: says at every tick whom it suspects

Misconception: The monitor can ignore what it knows already.
Why it breaks: One death, a thousand notices: whoever counts them starts a thousand failovers.
Hint: The peer is still dead at the next tick. Has anything changed?
Lesson: docs/lessons/04-failure-detector.md#one-notice-per-change
Fails: one_notice
"""

from failure_detector_protocol import Heartbeat, Suspect, Trust

from harness import Node


class Detector(Node):
    def on_start(self):
        now = self.clock.monotonic_ms()
        self.heard = dict.fromkeys(self.peers, now)
        self.dead = set()
        self.beat()
        self.look()

    def beat(self):
        self.broadcast(Heartbeat())
        self.after(self.interval_ms, self.beat)

    def look(self):
        now = self.clock.monotonic_ms()
        for peer in self.peers:
            if now - self.heard[peer] > self.timeout_ms:
                self.dead.add(peer)
                self.send(self.monitor, Suspect(peer))
        self.after(max(1, self.interval_ms // 4), self.look)

    def on_heartbeat(self, sender, heartbeat):
        self.heard[sender] = self.clock.monotonic_ms()
        if sender in self.dead:
            self.dead.remove(sender)
            self.send(self.monitor, Trust(sender))


def tune(slowest_ms, lost_in_a_row, detect_ms):
    # strictly inside of every bound, with a little air
    room = detect_ms - 2 * slowest_ms - 1
    if room < lost_in_a_row + 1:
        return None
    interval = max(1, room // (lost_in_a_row + 1) * 19 // 20)
    return interval, slowest_ms + interval * (lost_in_a_row + 1) + 1
