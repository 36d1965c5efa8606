"""X61: begins anew when the wall clock has been set

Misconception: When the clock jumps, nothing that I know about silences is worth anything.
Why it breaks: It forgets whom it suspects and does not say so. A timeout later it suspects the dead one once more.
Hint: A peer is dead, and your clock is set, or two thousand intervals pass. What does the monitor believe then, and what does it hear next?
Lesson: docs/lessons/04-failure-detector.md#one-notice-per-change
Fails: one_notice
May fail: clocks
"""

from failure_detector_protocol import Heartbeat, Suspect, Trust

from harness import Node


class Detector(Node):
    """Gives signs of life, and suspects whoever gives none."""

    interval_ms: int
    timeout_ms: int
    monitor: str

    def on_start(self) -> None:
        self.alarms = {}  # for each peer, the timer that goes off when it has been silent for too long
        self.ahead_ms = self.clock.wall_ms() - self.clock.monotonic_ms()
        self.begin_anew()
        self.beat()

    def begin_anew(self) -> None:
        self.suspected = set()
        for peer in self.peers:
            self.wait_for(peer)

    def beat(self) -> None:
        self.broadcast(Heartbeat())
        ahead_ms = self.clock.wall_ms() - self.clock.monotonic_ms()
        if abs(ahead_ms - self.ahead_ms) > 60_000:
            self.begin_anew()
        self.ahead_ms = ahead_ms
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
        self.suspected.add(peer)
        self.send(self.monitor, Suspect(peer))


def tune(slowest_ms: int, lost_in_a_row: int, detect_ms: int) -> tuple[int, int] | None:
    timeout_ms = detect_ms - slowest_ms  # the last heartbeat may leave right before the death, and arrive late
    longest_gap_ms = timeout_ms - slowest_ms  # one may arrive at once, and the next that is not lost as late as can be
    interval_ms = longest_gap_ms // (lost_in_a_row + 1)
    return (interval_ms, timeout_ms) if interval_ms >= 1 else None
