"""X22: looks at one peer per timeout, in turn

Misconception: Everybody has his turn; it is enough to look at one peer at a time.
Why it breaks: With five peers a death is noticed five timeouts later.
Hint: How long does it take until the same peer has its turn again?
Lesson: docs/lessons/04-failure-detector.md#interval-against-timeout
Fails: the_dead, every_death
May fail: clocks, rough_weather
"""

from failure_detector_protocol import Heartbeat, Suspect, Trust

from harness import Node


class Detector(Node):
    def on_start(self):
        now = self.clock.monotonic_ms()
        self.heard = dict.fromkeys(self.peers, now)
        self.dead = set()
        self.turn = 0
        self.beat()
        self.look()

    def beat(self):
        self.broadcast(Heartbeat())
        self.after(self.interval_ms, self.beat)

    def look(self):
        now = self.clock.monotonic_ms()
        self.turn += 1
        for peer in self.peers[self.turn % max(1, len(self.peers)) :][:1]:
            if peer not in self.dead and now - self.heard[peer] > self.timeout_ms:
                self.dead.add(peer)
                self.send(self.monitor, Suspect(peer))
        self.after(self.timeout_ms, self.look)

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
