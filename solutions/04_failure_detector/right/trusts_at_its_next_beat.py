"""Notes who has been heard, and withdraws its suspicions when it beats: up to an interval later."""

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
        self.back = set()
        for peer in self.peers:
            self.wait_for(peer)
        self.beat()

    def beat(self) -> None:
        for peer in sorted(self.back):
            self.suspected.discard(peer)
            self.send(self.monitor, Trust(peer))
        self.back.clear()
        self.broadcast(Heartbeat())
        self.after(self.interval_ms, self.beat)

    def wait_for(self, peer: str) -> None:
        self.cancel(self.alarms.get(peer))
        self.alarms[peer] = self.after(self.timeout_ms, self.suspect, peer)

    def on_heartbeat(self, sender: str, heartbeat: Heartbeat) -> None:
        self.wait_for(sender)
        if sender in self.suspected:
            self.back.add(sender)

    def suspect(self, peer: str) -> None:
        if peer in self.suspected:
            self.back.discard(peer)  # heard once, and silent again
        else:
            self.suspected.add(peer)
            self.send(self.monitor, Suspect(peer))


def tune(slowest_ms: int, lost_in_a_row: int, detect_ms: int) -> tuple[int, int] | None:
    timeout_ms = detect_ms - slowest_ms  # the last heartbeat may leave right before the death, and arrive late
    longest_gap_ms = timeout_ms - slowest_ms  # one may arrive at once, and the next that is not lost as late as can be
    interval_ms = longest_gap_ms // (lost_in_a_row + 1)
    return (interval_ms, timeout_ms) if interval_ms >= 1 else None
