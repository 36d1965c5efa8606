"""X75: waits for up to sixteen timeouts after mistakes, until 250 heartbeats have come through

Misconception: Whoever was wrong has to wait longer; then mistakes become rare.
Why it breaks: A rough hour, and a death is noticed after sixteen timeouts.
Hint: You were wrong ten times. How long do you wait now?
Lesson: docs/lessons/04-failure-detector.md#false-alarms
Fails: every_death
"""

from failure_detector_protocol import Heartbeat, Suspect, Trust

from harness import Node


class Detector(Node):
    def on_start(self):
        self.extra = dict.fromkeys(self.peers, 0)
        self.good = dict.fromkeys(self.peers, 0)
        self.timer = {}
        self.down = {}
        for p in self.peers:
            self.watch(p)
        self.beat()

    def beat(self):
        self.broadcast(Heartbeat())
        self.after(self.interval_ms, self.beat)

    def watch(self, p):
        self.timer[p] = self.after(self.timeout_ms + self.extra[p] * self.timeout_ms // 2, self.lost, p)

    def lost(self, p):
        self.down[p] = True
        self.send(self.monitor, Suspect(p))

    def on_heartbeat(self, sender, heartbeat):
        if self.down.pop(sender, False):
            self.extra[sender] = min(30, self.extra[sender] + 1)
            self.good[sender] = 0
            self.send(self.monitor, Trust(sender))
        else:
            self.cancel(self.timer[sender])
            self.good[sender] += 1
            if self.good[sender] == 250:
                self.extra[sender] = 0
        self.watch(sender)


def tune(slowest_ms, lost_in_a_row, detect_ms):
    timeout_ms = detect_ms - slowest_ms
    interval_ms = (timeout_ms - slowest_ms) // (lost_in_a_row + 1)
    return (interval_ms, timeout_ms) if interval_ms >= 1 else None
