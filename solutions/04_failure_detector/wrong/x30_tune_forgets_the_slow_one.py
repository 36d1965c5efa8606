"""X30: tunes without the slow heartbeat

Misconception: The gap between two heartbeats is a whole number of intervals.
Why it breaks: One heartbeat arrives at once, the next one is slow: the silence is longer than the timeout.
Hint: One heartbeat arrives at once, `lost` get lost, and the next takes slowest_ms. How long is it silent in between?
Lesson: docs/lessons/04-failure-detector.md#interval-against-timeout
Fails: tuned
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
            self.send(self.monitor, Trust(sender))

    def suspect(self, peer: str) -> None:
        self.suspected.add(peer)
        self.send(self.monitor, Suspect(peer))


def tune(slowest_ms: int, lost_in_a_row: int, detect_ms: int) -> tuple[int, int] | None:
    timeout_ms = detect_ms - slowest_ms
    interval_ms = timeout_ms // (lost_in_a_row + 1)
    return (interval_ms, timeout_ms) if interval_ms >= 1 else None
