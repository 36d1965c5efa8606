"""H18: expects every heartbeat at its hour, and never learns

Misconception: The n-th heartbeat is due n intervals after the start, plus a timeout.
Why it breaks: Where every message takes longer than a timeout, every heartbeat is late, suspicion and trust take turns for ever.
Hint: Every heartbeat takes 600 ms, always. How often will you be wrong about the same thing?
Lesson: docs/lessons/04-failure-detector.md#false-alarms
Fails: back_again, every_death, rough_weather
May fail: one_notice, clocks
"""

from failure_detector_protocol import Suspect, Trust

from harness import Node, message


@message
class Numbered:
    """heartbeat {number} of life {life} to {to}"""

    life: int
    number: int


class Detector(Node):
    def on_start(self):
        self.life = self.disk.get("life", 0) + 1
        self.disk["life"] = self.life
        self.number = 0
        self.arrivals = {peer: [] for peer in self.peers}
        self.latest = dict.fromkeys(self.peers, (0, 0))
        self.suspected = {}
        self.zero = {}
        self.fresh = {peer: self.after(2 * self.timeout_ms, self.expired, peer) for peer in self.peers}
        self.beat()

    def beat(self):
        self.number += 1
        self.broadcast(Numbered(self.life, self.number))
        self.after(self.interval_ms, self.beat)

    def expired(self, peer):
        self.suspected[peer] = True
        self.send(self.monitor, Suspect(peer))

    def on_numbered(self, sender, beat):
        if (beat.life, beat.number) <= self.latest[sender]:
            return
        if beat.life > self.latest[sender][0]:
            self.arrivals[sender] = []
        self.latest[sender] = (beat.life, beat.number)
        if self.suspected.pop(sender, False):
            self.send(self.monitor, Trust(sender))
            self.arrivals[sender] = []
        now = self.clock.monotonic_ms()
        if beat.number == 1 or sender not in self.zero:
            self.zero[sender] = now - beat.number * self.interval_ms if now > 3 * self.timeout_ms and beat.number > 1 else 0
        wait = self.zero[sender] + (beat.number + 1) * self.interval_ms + self.timeout_ms - now
        self.cancel(self.fresh[sender])
        self.fresh[sender] = self.after(max(1, wait), self.expired, sender)


def tune(slowest_ms, lost_in_a_row, detect_ms):
    timeout_ms = detect_ms - slowest_ms
    interval_ms = (timeout_ms - slowest_ms) // (lost_in_a_row + 1)
    return (interval_ms, timeout_ms) if interval_ms >= 1 else None
