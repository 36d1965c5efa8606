"""X42: who has been silent for a hundred timeouts gets no more heartbeats

Misconception: Somebody that has said nothing for so long will not come back, and every message to it is wasted.
Why it breaks: Two are cut off from each other for long. Each gives up on the other, and when the network is back neither says a word.
Hint: Both sides of a cut think the same of each other. Who speaks first when it is over?
Lesson: docs/lessons/04-failure-detector.md#heartbeats
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
        self.silent = dict.fromkeys(self.peers, 0)
        self.alarms = {}  # for each peer, the timer that goes off when it has been silent for too long
        for peer in self.peers:
            self.wait_for(peer)
        self.beat()

    def beat(self) -> None:
        for peer in self.peers:
            self.silent[peer] += self.interval_ms
            if self.silent[peer] < 100 * self.timeout_ms:
                self.send(peer, Heartbeat())
        self.after(self.interval_ms, self.beat)

    def wait_for(self, peer: str) -> None:
        self.cancel(self.alarms.get(peer))
        self.alarms[peer] = self.after(self.timeout_ms, self.suspect, peer)

    def on_heartbeat(self, sender: str, heartbeat: Heartbeat) -> None:
        self.wait_for(sender)
        self.silent[sender] = 0
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
