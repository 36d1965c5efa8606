"""X44: after twenty withdrawals there are no more

Misconception: Whoever was suspected so often is not to be trusted.
Why it breaks: The network has been calm for long, and the peer is still suspected.
Hint: What does the monitor know of a peer that lives, and for how long may that be wrong?
Lesson: docs/lessons/04-failure-detector.md#false-alarms
Fails: every_death
May fail: rough_weather, one_notice, clocks
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
        self.beat()

    def beat(self) -> None:
        self.broadcast(Heartbeat())
        self.after(self.interval_ms, self.beat)

    def wait_for(self, peer: str) -> None:
        self.cancel(self.alarms.get(peer))
        self.alarms[peer] = self.after(self.timeout_ms, self.suspect, peer)

    def on_heartbeat(self, sender: str, heartbeat: Heartbeat) -> None:
        self.wait_for(sender)
        if sender in self.suspected:
            self.suspected.discard(sender)
            self.k = getattr(self, "k", 0) + 1
            if self.k < 20:
                self.send(self.monitor, Trust(sender))

    def suspect(self, peer: str) -> None:
        self.suspected.add(peer)
        self.send(self.monitor, Suspect(peer))


def tune(slowest_ms: int, lost_in_a_row: int, detect_ms: int) -> tuple[int, int] | None:
    timeout_ms = detect_ms - slowest_ms  # the last heartbeat may leave right before the death, and arrive late
    longest_gap_ms = timeout_ms - slowest_ms  # one may arrive at once, and the next that is not lost as late as can be
    interval_ms = longest_gap_ms // (lost_in_a_row + 1)
    return (interval_ms, timeout_ms) if interval_ms >= 1 else None
