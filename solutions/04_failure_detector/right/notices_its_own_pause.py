"""A tick that comes late means that it slept itself: everybody gets time again."""

from failure_detector_protocol import Heartbeat, Suspect, Trust

from harness import Node


class Detector(Node):
    def on_start(self):
        self.suspects = {}
        self.ticked = self.clock.monotonic_ms()
        self.heard = dict.fromkeys(self.peers, self.ticked)
        self.tick()

    def tick(self):
        now = self.clock.monotonic_ms()
        if now - self.ticked > 2 * self.interval_ms:
            self.heard = dict.fromkeys(self.peers, now)
        self.ticked = now
        self.broadcast(Heartbeat())
        for peer, at in self.heard.items():
            if now - at >= self.timeout_ms and not self.suspects.get(peer):
                self.suspects[peer] = True
                self.send(self.monitor, Suspect(peer))
        self.after(self.interval_ms, self.tick)

    def on_heartbeat(self, sender, heartbeat):
        self.heard[sender] = self.clock.monotonic_ms()
        if self.suspects.pop(sender, False):
            self.send(self.monitor, Trust(sender))


def tune(slowest_ms, lost_in_a_row, detect_ms):
    timeout_ms = detect_ms - slowest_ms
    interval_ms = (timeout_ms - slowest_ms) // (lost_in_a_row + 1)
    return (interval_ms, timeout_ms) if interval_ms >= 1 else None
