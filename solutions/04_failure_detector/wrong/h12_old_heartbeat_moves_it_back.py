"""H12: an old heartbeat moves the last sign of life back

Misconception: The number of a heartbeat says when it was sent; the last one that arrived is the one that counts.
Why it breaks: A copy of heartbeat 3 arrives after heartbeat 9, and the peer looks as if it had been silent since then.
Hint: Heartbeat 3 arrives once more after heartbeat 9. What do you know now that you did not know before?
Lesson: docs/lessons/04-failure-detector.md#old-news
Fails: rough_weather
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
        self.number += 1
        self.broadcast(Beat(self.disk["lives"], self.number))
        self.after(self.interval_ms, self.beat)

    def lost(self, peer):
        self.gone.add(peer)
        self.send(self.monitor, Suspect(peer))

    def on_beat(self, sender, beat):
        behind = 0
        if beat.life == self.newest.get(sender, (0, 0))[0]:
            behind = max(0, self.newest[sender][1] - beat.number)
        self.newest[sender] = max(self.newest.get(sender, (0, 0)), (beat.life, beat.number))
        self.cancel(self.timers[sender])
        self.timers[sender] = self.after(max(1, self.timeout_ms - behind * self.interval_ms), self.lost, sender)
        if sender in self.gone:
            self.gone.remove(sender)
            self.send(self.monitor, Trust(sender))


def tune(slowest_ms, lost_in_a_row, detect_ms):
    timeout_ms = detect_ms - slowest_ms
    interval_ms = (timeout_ms - slowest_ms) // (lost_in_a_row + 1)
    return (interval_ms, timeout_ms) if interval_ms >= 1 else None
