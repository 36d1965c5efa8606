"""Who has stood still takes nobody for dead

Misconception: After my own pause, silence says nothing about the others, so every alarm is off until the next heartbeat.
Why it breaks: A peer that died during the pause never beats again: its alarm stays off for ever.
Hint: One machine stands still, and another one dies meanwhile. Which alarm rings afterwards?
Lesson: docs/lessons/04-failure-detector.md#silence
Fails: every_death
"""

from failure_detector_protocol import Heartbeat, Suspect, Trust

from harness import Node


class Detector(Node):
    """Gives signs of life, and suspects whoever gives none."""

    interval_ms: int
    timeout_ms: int
    monitor: str

    def on_start(self) -> None:
        self.suspected = set()
        self.beat_ms = 0
        self.alarms = {}  # for each peer, the timer that goes off when it has been silent for too long
        for peer in self.peers:
            self.wait_for(peer)
        self.beat()

    def beat(self) -> None:
        now_ms = self.clock.monotonic_ms()
        if now_ms > self.beat_ms + self.timeout_ms:
            for alarm in self.alarms.values():
                self.cancel(alarm)
        self.beat_ms = now_ms
        self.broadcast(Heartbeat())
        self.after(self.interval_ms, self.beat)

    def wait_for(self, peer: str) -> None:
        self.cancel(self.alarms.get(peer))
        self.alarms[peer] = self.after(self.timeout_ms, self.suspect, peer)

    def on_heartbeat(self, sender: str, heartbeat: Heartbeat) -> None:
        self.wait_for(sender)
        if sender in self.suspected:
            self.suspected.discard(sender)
            self.send(self.monitor, Trust(sender))

    def suspect(self, peer: str) -> None:
        if self.clock.monotonic_ms() > self.beat_ms + self.timeout_ms:
            return  # it was this machine that stood still
        self.suspected.add(peer)
        self.send(self.monitor, Suspect(peer))


def tune(slowest_ms: int, lost_in_a_row: int, detect_ms: int) -> tuple[int, int] | None:
    timeout_ms = detect_ms - slowest_ms  # the last heartbeat may leave right before the death, and arrive late
    longest_gap_ms = timeout_ms - slowest_ms  # one may arrive at once, and the next that is not lost as late as can be
    interval_ms = longest_gap_ms // (lost_in_a_row + 1)
    return (interval_ms, timeout_ms) if interval_ms >= 1 else None
