"""After a mistake about a peer it waits nearly ten timeouts for it, and keeps that on disk."""

from failure_detector_protocol import Heartbeat, Suspect, Trust

from harness import Node


class Detector(Node):
    def on_start(self):
        self.patience = dict(self.disk.get("patience", dict.fromkeys(self.peers, self.timeout_ms)))
        self.timers = {}
        self.suspected = dict.fromkeys(self.peers, False)
        self.beat()
        for peer in self.peers:
            self.restart_timer(peer)

    def beat(self):
        self.broadcast(Heartbeat())
        self.after(self.interval_ms, self.beat)

    def restart_timer(self, peer):
        if peer in self.timers:
            self.cancel(self.timers[peer])
        self.timers[peer] = self.after(self.patience[peer], self.on_silence, peer)

    def on_silence(self, peer):
        self.suspected[peer] = True
        self.send(self.monitor, Suspect(peer))

    def on_heartbeat(self, sender, heartbeat):
        if self.suspected[sender]:
            self.suspected[sender] = False
            self.patience[sender] = 97 * self.timeout_ms // 10
            self.disk["patience"] = self.patience
            self.send(self.monitor, Trust(sender))
        self.restart_timer(sender)


def tune(slowest_ms, lost_in_a_row, detect_ms):
    timeout_ms = detect_ms - slowest_ms
    interval_ms = (timeout_ms - slowest_ms) // (lost_in_a_row + 1)
    return (interval_ms, timeout_ms) if interval_ms >= 1 else None
