"""Looks at its watch every 10 ms, whatever its times are."""

from failure_detector_protocol import Heartbeat, Suspect, Trust

from harness import Node


class Detector(Node):
    def on_start(self):
        now = self.clock.monotonic_ms()
        self.heard = dict.fromkeys(self.peers, now)
        self.suspected = set()
        self.next_beat = now
        self.look()

    def look(self):
        now = self.clock.monotonic_ms()
        if now >= self.next_beat:
            self.broadcast(Heartbeat())
            self.next_beat = now + self.interval_ms
        for peer, heard in self.heard.items():
            if peer not in self.suspected and now - heard > self.timeout_ms:
                self.suspected.add(peer)
                self.send(self.monitor, Suspect(peer))
        self.after(10, self.look)

    def on_heartbeat(self, sender, heartbeat):
        self.heard[sender] = self.clock.monotonic_ms()
        if sender in self.suspected:
            self.suspected.remove(sender)
            self.send(self.monitor, Trust(sender))


def tune(slowest_ms, lost_in_a_row, detect_ms):
    interval_ms = (detect_ms - 2 * slowest_ms) // (lost_in_a_row + 1)
    return (interval_ms, detect_ms - slowest_ms) if interval_ms >= 1 else None
