"""Mean and deviation of the gaps as in TCP (Jacobson, 1988), in whole numbers, between a floor and a ceiling."""

from failure_detector_protocol import Heartbeat, Suspect, Trust

from harness import Node


class Detector(Node):
    def on_start(self):
        self.heard_ms = {}
        self.mean8 = dict.fromkeys(self.peers, 8 * self.interval_ms)
        self.dev4 = dict.fromkeys(self.peers, 2 * self.interval_ms)
        self.down = set()
        self.timer = {peer: self.after(2 * self.timeout_ms, self.give_up, peer) for peer in self.peers}
        self.beat()

    def beat(self):
        self.broadcast(Heartbeat())
        self.after(self.interval_ms, self.beat)

    def give_up(self, peer):
        self.down.add(peer)
        self.send(self.monitor, Suspect(peer))

    def on_heartbeat(self, sender, heartbeat):
        now = self.clock.monotonic_ms()
        if sender in self.heard_ms:
            error = now - self.heard_ms[sender] - self.mean8[sender] // 8
            self.mean8[sender] += error
            self.dev4[sender] += abs(error) - self.dev4[sender] // 4
        self.heard_ms[sender] = now
        if sender in self.down:
            self.down.discard(sender)
            self.send(self.monitor, Trust(sender))
        wait = self.mean8[sender] // 8 + self.dev4[sender]
        self.cancel(self.timer[sender])
        self.timer[sender] = self.after(min(max(wait, self.timeout_ms), 8 * self.timeout_ms), self.give_up, sender)


def tune(slowest_ms, lost_in_a_row, detect_ms):
    # strictly inside of every bound, with a little air
    room = detect_ms - 2 * slowest_ms - 1
    if room < lost_in_a_row + 1:
        return None
    interval = max(1, room // (lost_in_a_row + 1) * 19 // 20)
    return interval, slowest_ms + interval * (lost_in_a_row + 1) + 1
