"""X03: measures silence with the wall clock

Misconception: The time of day is the time; the difference of two readings is how long it took.
Why it breaks: Somebody sets the clock forward, and everybody is suspected; or back, and a death goes unnoticed for an hour.
Hint: Between your two readings somebody sets the clock by an hour. What is their difference?
Lesson: docs/lessons/04-failure-detector.md#durations-and-clocks
Fails: clocks
"""

from failure_detector_protocol import Heartbeat, Suspect, Trust

from harness import Node


class Detector(Node):
    def on_start(self):
        now = self.clock.wall_ms()
        self.heard = dict.fromkeys(self.peers, now)
        self.dead = set()
        self.beat()
        self.look()

    def beat(self):
        self.broadcast(Heartbeat())
        self.after(self.interval_ms, self.beat)

    def look(self):
        now = self.clock.wall_ms()
        for peer in self.peers:
            if peer not in self.dead and now - self.heard[peer] > self.timeout_ms:
                self.dead.add(peer)
                self.send(self.monitor, Suspect(peer))
        self.after(max(1, self.interval_ms // 4), self.look)

    def on_heartbeat(self, sender, heartbeat):
        self.heard[sender] = self.clock.wall_ms()
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
