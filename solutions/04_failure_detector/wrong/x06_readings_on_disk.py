"""X06: keeps monotonic readings on disk

Misconception: When a peer was last heard is worth keeping through a crash.
Why it breaks: The monotonic clock begins again at 0 at every restart: the reading on disk then lies in the future.
Hint: The disk says 90,000. The clock, after the restart, says 12. How long ago was that?
Lesson: docs/lessons/04-failure-detector.md#durations-and-clocks
Fails: every_death
"""

from failure_detector_protocol import Heartbeat, Suspect, Trust

from harness import Node


class Detector(Node):
    def on_start(self):
        now = self.clock.monotonic_ms()
        self.heard = dict.fromkeys(self.peers, now)
        self.heard.update(self.disk.get("heard", {}))
        self.dead = set()
        self.beat()
        self.look()

    def beat(self):
        self.broadcast(Heartbeat())
        self.after(self.interval_ms, self.beat)

    def look(self):
        now = self.clock.monotonic_ms()
        for peer in self.peers:
            if peer not in self.dead and now - self.heard[peer] > self.timeout_ms:
                self.dead.add(peer)
                self.send(self.monitor, Suspect(peer))
        self.after(max(1, self.interval_ms // 4), self.look)

    def on_heartbeat(self, sender, heartbeat):
        self.heard[sender] = self.clock.monotonic_ms()
        self.disk["heard"] = self.heard
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
