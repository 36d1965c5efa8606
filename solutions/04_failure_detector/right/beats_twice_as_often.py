"""Beats twice per interval, and waits for two timeouts."""

from failure_detector_protocol import Heartbeat, Suspect, Trust

from harness import Node


class Detector(Node):
    def on_start(self):
        self.trusted = list(self.peers)
        self.waiting = {}
        for peer in self.peers:
            self.waiting[peer] = self.after(2 * self.timeout_ms, self.miss, peer)
        self.beat()

    def beat(self):
        for peer in reversed(self.peers):
            self.send(peer, Heartbeat())
        self.after(self.interval_ms // 2, self.beat)

    def miss(self, peer):
        self.trusted.remove(peer)
        self.send(self.monitor, Suspect(peer))

    def on_heartbeat(self, sender, heartbeat):
        self.cancel(self.waiting[sender])
        self.waiting[sender] = self.after(2 * self.timeout_ms, self.miss, sender)
        if sender not in self.trusted:
            self.trusted.append(sender)
            self.send(self.monitor, Trust(sender))


def tune(slowest_ms, lost_in_a_row, detect_ms):
    # strictly inside of every bound, with a little air
    room = detect_ms - 2 * slowest_ms - 1
    if room < lost_in_a_row + 1:
        return None
    interval = max(1, room // (lost_in_a_row + 1) * 19 // 20)
    return interval, slowest_ms + interval * (lost_in_a_row + 1) + 1
