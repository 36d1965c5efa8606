"""Suspects after 2.75 intervals, whatever the timeout says."""

from failure_detector_protocol import Heartbeat, Suspect, Trust

from harness import Node


class Detector(Node):
    def on_start(self):
        self.t = {p: self.after(self.interval_ms * 11 // 4, self.gone, p) for p in self.peers}
        self.s = []
        self.beat()

    def beat(self):
        self.broadcast(Heartbeat())
        self.after(self.interval_ms, self.beat)

    def gone(self, p):
        self.s.append(p)
        self.send(self.monitor, Suspect(p))

    def on_heartbeat(self, sender, heartbeat):
        if sender in self.s:
            self.s.remove(sender)
            self.send(self.monitor, Trust(sender))
        else:
            self.cancel(self.t[sender])
        self.t[sender] = self.after(self.interval_ms * 11 // 4, self.gone, sender)


def tune(slowest_ms, lost_in_a_row, detect_ms):
    timeout_ms = detect_ms - slowest_ms
    interval_ms = (timeout_ms - slowest_ms) // (lost_in_a_row + 1)
    return (interval_ms, timeout_ms) if interval_ms >= 1 else None
