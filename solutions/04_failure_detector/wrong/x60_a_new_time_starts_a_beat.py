"""X60: plans its heartbeats anew when the wall clock has been set

Misconception: A timer that was set before the clock was changed goes off at a wrong time, or never.
Why it breaks: Timers do not follow the wall clock: the old one goes off as well. Each change makes one beat more that never ends.
Hint: Somebody sets the wall clock. What becomes of the timers that are running?
Lesson: docs/lessons/04-failure-detector.md#durations-and-clocks
Fails: clocks
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
        self.alarms = {}  # for each peer, the timer that goes off when it has been silent for too long
        for peer in self.peers:
            self.wait_for(peer)
        self.ahead_ms = self.clock.wall_ms() - self.clock.monotonic_ms()
        self.beat()

    def beat(self) -> None:
        self.broadcast(Heartbeat())
        ahead_ms = self.clock.wall_ms() - self.clock.monotonic_ms()
        if abs(ahead_ms - self.ahead_ms) > 60_000:  # the clock was set: what was planned may be hours off
            self.after(self.interval_ms, self.beat)
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
