"""X59: numbers heartbeats from 0 to 1023, over and over

Misconception: If the difference is less than half a round, the number is newer.
Why it breaks: Two do not hear each other for more than half a round. Then every new number looks like an old one.
Hint: Your peer has counted on for 750 heartbeats that you did not hear. What does its next number look like?
Lesson: docs/lessons/04-failure-detector.md#old-news
Fails: every_death
"""

from failure_detector_protocol import Suspect, Trust

from harness import Node, message


@message
class Beat:
    """heartbeat {life}.{number}"""

    life: int
    number: int


class Detector(Node):
    def on_start(self):
        with self.disk.atomic():
            self.disk["lives"] = self.disk.get("lives", 0) + 1
        self.number = 0
        self.newest = {}
        self.gone = set()
        self.timers = {}
        for peer in self.peers:
            self.timers[peer] = self.after(self.timeout_ms, self.lost, peer)
        self.beat()

    def beat(self):
        self.number = (self.number + 1) % 1024
        self.broadcast(Beat(self.disk["lives"], self.number))
        self.after(self.interval_ms, self.beat)

    def lost(self, peer):
        self.gone.add(peer)
        self.send(self.monitor, Suspect(peer))

    def on_beat(self, sender, beat):
        old = self.newest.get(sender, (0, 0))
        if beat.life < old[0] or (beat.life == old[0] and not 0 < (beat.number - old[1]) % 1024 < 512):
            return
        self.newest[sender] = (beat.life, beat.number)
        self.cancel(self.timers[sender])
        self.timers[sender] = self.after(self.timeout_ms, self.lost, sender)
        if sender in self.gone:
            self.gone.remove(sender)
            self.send(self.monitor, Trust(sender))


def tune(slowest_ms, lost_in_a_row, detect_ms):
    timeout_ms = detect_ms - slowest_ms
    interval_ms = (timeout_ms - slowest_ms) // (lost_in_a_row + 1)
    return (interval_ms, timeout_ms) if interval_ms >= 1 else None
