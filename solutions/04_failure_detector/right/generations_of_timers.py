"""Never cancels a timer: each carries the number of the heartbeat it belongs to."""

from failure_detector_protocol import Heartbeat, Suspect, Trust

from harness import Node


class Detector(Node):
    def on_start(self):
        self.count = dict.fromkeys(self.peers, 0)
        self.lost = dict.fromkeys(self.peers, False)
        for peer in self.peers:
            self.after(self.timeout_ms + self.interval_ms, self.check, peer, 0)
        self.after(1, self.beat)

    def beat(self):
        self.broadcast(Heartbeat())
        self.after(self.interval_ms, self.beat)

    def check(self, peer, count):
        if self.count[peer] == count:
            self.lost[peer] = True
            self.send(self.monitor, Suspect(peer))

    def on_heartbeat(self, sender, heartbeat):
        self.count[sender] += 1
        self.after(self.timeout_ms + self.interval_ms, self.check, sender, self.count[sender])
        if self.lost[sender]:
            self.lost[sender] = False
            self.send(self.monitor, Trust(sender))


def tune(slowest_ms, lost_in_a_row, detect_ms):
    timeout_ms = detect_ms - slowest_ms
    interval_ms = (timeout_ms - slowest_ms) // (lost_in_a_row + 1)
    return (interval_ms, timeout_ms) if interval_ms >= 1 else None
