"""X05: the numbers begin again after a restart, and old numbers are ignored

Misconception: Heartbeats are numbered, so the higher number is the newer one.
Why it breaks: After a restart a peer counts from 1 again. For as long as it had lived, its heartbeats look old.
Hint: A peer that had counted to 500 restarts. What is the number of its first heartbeat?
Lesson: docs/lessons/04-failure-detector.md#old-news
Fails: every_death, rough_weather
May fail: clocks
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
        self.number = 0
        self.newest = {}
        self.gone = set()
        self.timers = {}
        for peer in self.peers:
            self.timers[peer] = self.after(self.timeout_ms, self.lost, peer)
        self.beat()

    def beat(self):
        self.number += 1
        self.broadcast(Beat(0, self.number))
        self.after(self.interval_ms, self.beat)

    def lost(self, peer):
        self.gone.add(peer)
        self.send(self.monitor, Suspect(peer))

    def on_beat(self, sender, beat):
        if (beat.life, beat.number) <= self.newest.get(sender, (0, 0)):
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
