"""A table of states by name, and a count that runs down; looks only when it beats, three times per interval."""

from failure_detector_protocol import Heartbeat, Suspect, Trust

from harness import Node

UP, DOWN = "up", "down"


class Detector(Node):
    def on_start(self):
        self.table = {peer: {"state": UP, "left": self.full()} for peer in self.peers}
        self.number = 0
        self.tick()

    def full(self):
        return -(-self.timeout_ms * 3 // self.interval_ms)

    def tick(self):
        if self.number % 3 == 0:
            self.broadcast(Heartbeat())
        self.number += 1
        for peer, row in self.table.items():
            row["left"] = max(0, row["left"] - 1)
            if row["left"] == 0:
                self.become(peer, DOWN)
        self.after(self.interval_ms // 3, self.tick)

    def become(self, peer, state):
        row = self.table[peer]
        if row["state"] != state:
            row["state"] = state
            self.send(self.monitor, Trust(peer) if state == UP else Suspect(peer))

    def on_heartbeat(self, sender, heartbeat):
        self.table[sender]["left"] = self.full()
        self.become(sender, UP)


def tune(slowest_ms, lost_in_a_row, detect_ms):
    timeout_ms = detect_ms - slowest_ms
    interval_ms = (timeout_ms - slowest_ms) // (lost_in_a_row + 1)
    return (interval_ms, timeout_ms) if interval_ms >= 1 else None
