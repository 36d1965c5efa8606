"""X23: three strikes, one timeout apart

Misconception: Looking three times before suspecting somebody is only careful.
Why it breaks: Heard right before a look, dead right after it: it takes four more looks, each a timeout apart, until it is suspected.
Hint: You look every timeout. A peer dies right after a look. How many timeouts until the third strike?
Lesson: docs/lessons/04-failure-detector.md#silence
Fails: the_dead, back_again, every_death, clocks, rough_weather
"""

from failure_detector_protocol import Heartbeat, Suspect, Trust

from harness import Node


class Detector(Node):
    def on_start(self):
        now = self.clock.monotonic_ms()
        self.heard = dict.fromkeys(self.peers, now)
        self.dead = set()
        self.strikes = dict.fromkeys(self.peers, 0)
        self.beat()
        self.look()

    def beat(self):
        self.broadcast(Heartbeat())
        self.after(self.interval_ms, self.beat)

    def look(self):
        now = self.clock.monotonic_ms()
        for peer in self.peers:
            self.strikes[peer] = self.strikes[peer] + 1 if now - self.heard[peer] > self.timeout_ms else 0
            if peer not in self.dead and self.strikes[peer] >= 3:
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
