"""X36: numbers its lives by the wall clock

Misconception: The time of day at the start is a number that grows from life to life.
Why it breaks: Somebody sets the clock back, and the machine restarts. Its new life looks older than the one before, and nobody listens.
Hint: What must be true of two lives' numbers, and what do you know about the wall clock?
Lesson: docs/lessons/04-failure-detector.md#durations-and-clocks
Fails: clocks
May fail: every_death, rough_weather, one_notice
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
        self.life, self.number = self.clock.wall_ms(), 0
        self.newest = {}
        self.gone = set()
        self.timers = {}
        for peer in self.peers:
            self.timers[peer] = self.after(self.timeout_ms, self.lost, peer)
        self.beat()

    def beat(self):
        self.number += 1
        self.broadcast(Beat(self.life, self.number))
        self.after(self.interval_ms, self.beat)

    def lost(self, peer):
        self.gone.add(peer)
        self.send(self.monitor, Suspect(peer))

    def on_beat(self, sender, beat):
        if (beat.life, beat.number) <= self.newest.get(sender, (-(10**15), 0)):
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
