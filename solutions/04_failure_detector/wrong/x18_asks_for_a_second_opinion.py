"""X18: suspects only what a second one suspects as well

Misconception: One witness is none; with two, false alarms are rare.
Why it breaks: In a group of two there is no second witness; in a group split in two and one, the one has none.
Hint: Two machines, and one of them dies. Does the other one say so?
Lesson: docs/lessons/04-failure-detector.md#slow-or-dead
Fails: the_dead, the_living, back_again, one_notice, every_death, clocks, rough_weather
"""

from failure_detector_protocol import Heartbeat, Suspect, Trust

from harness import Node, message


@message
class Silent:
    """tells {to} that {peer} is silent"""

    peer: str


class Detector(Node):
    """Gives signs of life, and suspects whoever gives none."""

    interval_ms: int
    timeout_ms: int
    monitor: str

    def on_start(self) -> None:
        self.suspected = set()
        self.silent = set()
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
        self.silent.discard(sender)
        if sender in self.suspected:
            self.suspected.discard(sender)
            self.send(self.monitor, Trust(sender))

    def suspect(self, peer: str) -> None:
        self.silent.add(peer)
        self.broadcast(Silent(peer))

    def on_silent(self, sender: str, witness) -> None:
        if witness.peer in self.silent and witness.peer not in self.suspected:
            self.suspected.add(witness.peer)
            self.send(self.monitor, Suspect(witness.peer))
            self.broadcast(Silent(witness.peer))


def tune(slowest_ms: int, lost_in_a_row: int, detect_ms: int) -> tuple[int, int] | None:
    timeout_ms = detect_ms - slowest_ms  # the last heartbeat may leave right before the death, and arrive late
    longest_gap_ms = timeout_ms - slowest_ms  # one may arrive at once, and the next that is not lost as late as can be
    interval_ms = longest_gap_ms // (lost_in_a_row + 1)
    return (interval_ms, timeout_ms) if interval_ms >= 1 else None
