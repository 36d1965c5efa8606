"""X43: when the wall clock has been set, everybody gets a whole timeout anew

Misconception: A clock that jumps means that this machine slept, so the others had no chance to be heard.
Why it breaks: Somebody sets the clock again and again. Each time the detector waits anew, and the dead one is not suspected for as long as
    this goes on.
Hint: What does your program do when the wall clock is set? What should it do?
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
        self.seen_ms = self.clock.wall_ms()
        self.alarms = {}  # for each peer, the timer that goes off when it has been silent for too long
        for peer in self.peers:
            self.wait_for(peer)
        self.beat()

    def beat(self) -> None:
        now_ms = self.clock.wall_ms()
        if abs(now_ms - self.seen_ms) > 3 * self.interval_ms:
            for peer in self.peers:
                if peer not in self.suspected:
                    self.wait_for(peer)
        self.seen_ms = now_ms
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
    timeout_ms = detect_ms - slowest_ms  # the last heartbeat may leave right before the death, and arrive late
    longest_gap_ms = timeout_ms - slowest_ms  # one may arrive at once, and the next that is not lost as late as can be
    interval_ms = longest_gap_ms // (lost_in_a_row + 1)
    return (interval_ms, timeout_ms) if interval_ms >= 1 else None
