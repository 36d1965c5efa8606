"""Reports a peer that was down for less than a timeout, too: when its new life is heard of, Suspect and Trust at once."""

from failure_detector_protocol import Suspect, Trust

from harness import Node, message


@message
class Beat:
    """tells {to}: I am alive, for the {life}th time"""

    life: int


class Detector(Node):
    """Gives signs of life, and suspects whoever gives none."""

    interval_ms: int
    timeout_ms: int
    monitor: str

    def on_start(self) -> None:
        self.suspected = set()
        self.alarms = {}  # for each peer, the timer that goes off when it has been silent for too long
        self.lives = {}  # of each peer, the newest that was heard of
        self.disk["life"] = self.disk.get("life", 0) + 1
        for peer in self.peers:
            self.wait_for(peer)
        self.beat()

    def beat(self) -> None:
        self.broadcast(Beat(self.disk["life"]))
        self.after(self.interval_ms, self.beat)

    def wait_for(self, peer: str) -> None:
        self.cancel(self.alarms.get(peer))
        self.alarms[peer] = self.after(self.timeout_ms, self.suspect, peer)

    def on_beat(self, sender: str, beat: Beat) -> None:
        if beat.life > self.lives.setdefault(sender, beat.life) and sender not in self.suspected:
            self.suspect(sender)
        self.lives[sender] = max(beat.life, self.lives[sender])
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
