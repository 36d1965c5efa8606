"""H10: looks for the dead only when a heartbeat arrives

Misconception: The heartbeats come all the time, so their handler is a good place to look who is late.
Why it breaks: In a group of two, or when all others are dead or cut off, no heartbeat comes and nobody looks.
Hint: All your peers are dead. Which of your methods still runs?
Lesson: docs/lessons/04-failure-detector.md#silence
Fails: the_dead, the_living, back_again, one_notice, every_death, clocks, rough_weather
"""

from failure_detector_protocol import Heartbeat, Suspect, Trust

from harness import Node


class Detector(Node):
    def on_start(self):
        now = self.clock.monotonic_ms()
        self.heard = dict.fromkeys(self.peers, now)
        self.dead = set()
        self.beat()

    def beat(self):
        self.broadcast(Heartbeat())
        self.after(self.interval_ms, self.beat)

    def look(self):
        now = self.clock.monotonic_ms()
        for peer in self.peers:
            if peer not in self.dead and now - self.heard[peer] > self.timeout_ms:
                self.dead.add(peer)
                self.send(self.monitor, Suspect(peer))

    def on_heartbeat(self, sender, heartbeat):
        self.heard[sender] = self.clock.monotonic_ms()
        if sender in self.dead:
            self.dead.remove(sender)
            self.send(self.monitor, Trust(sender))
        self.look()


def tune(slowest_ms, lost_in_a_row, detect_ms):
    # strictly inside of every bound, with a little air
    room = detect_ms - 2 * slowest_ms - 1
    if room < lost_in_a_row + 1:
        return None
    interval = max(1, room // (lost_in_a_row + 1) * 19 // 20)
    return interval, slowest_ms + interval * (lost_in_a_row + 1) + 1
