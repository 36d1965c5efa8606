"""X58: every heartbeat that arrives is worth one more interval

Misconception: A heartbeat comes once per interval, so each one extends the lease by an interval.
Why it breaks: Every heartbeat arrives twice: the lease grows by two intervals in each. When the peer dies, it is trusted for as long
    as that went on.
Hint: Sixty heartbeats arrive, each of them twice, and then no more. For how long do you trust this peer?
Lesson: docs/lessons/04-failure-detector.md#old-news
Fails: rough_weather
May fail: every_death, one_notice, clocks
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
        self.due = dict.fromkeys(self.peers, 0)
        self.alarms = {}  # for each peer, the timer that goes off when it has been silent for too long
        for peer in self.peers:
            self.wait_for(peer)
        self.beat()

    def beat(self) -> None:
        self.broadcast(Heartbeat())
        self.after(self.interval_ms, self.beat)

    def wait_for(self, peer: str) -> None:
        self.cancel(self.alarms.get(peer))
        now = self.clock.monotonic_ms()
        self.due[peer] = max(self.due[peer] + self.interval_ms, now + self.timeout_ms)
        self.alarms[peer] = self.after(self.due[peer] - now, self.suspect, peer)

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
