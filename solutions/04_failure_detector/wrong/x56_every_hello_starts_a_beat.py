"""X56: answers the hello of a peer that is back with self.beat()

Misconception: self.beat() sends one heartbeat.
Why it breaks: It also sets a timer. For every restart of a peer there is one more beat that never ends, to everybody.
Hint: You call self.beat() twice. How many heartbeats go out in the ten intervals after that?
Lesson: docs/lessons/04-failure-detector.md#heartbeats
Fails: every_death
May fail: one_notice, rough_weather, clocks
"""

from failure_detector_protocol import Heartbeat, Suspect, Trust

from harness import Node, message


@message
class Hello:
    """tells {to}: I am back"""


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
        if self.disk.get("started"):
            self.broadcast(Hello())
        self.disk["started"] = True

    def beat(self) -> None:
        self.broadcast(Heartbeat())
        self.after(self.interval_ms, self.beat)

    def wait_for(self, peer: str) -> None:
        self.cancel(self.alarms.get(peer))
        self.alarms[peer] = self.after(self.timeout_ms, self.suspect, peer)

    def on_hello(self, sender: str, hello: Hello) -> None:
        self.hear(sender)
        self.beat()

    def on_heartbeat(self, sender: str, heartbeat: Heartbeat) -> None:
        self.hear(sender)

    def hear(self, sender: str) -> None:
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
