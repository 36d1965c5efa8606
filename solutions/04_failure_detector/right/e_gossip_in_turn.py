"""Gossip to one peer per interval, in turn; what matters is when a counter last went up."""

from failure_detector_protocol import Suspect, Trust

from harness import Node, message


@message
class Rumour:
    counters: tuple[tuple[str, int], ...]


class Detector(Node):
    def on_start(self):
        self.me = self.disk.get("counter", 0)
        self.disk["counter"] = self.me + 64  # a restart goes on above everything that was ever sent
        self.others = dict.fromkeys(self.peers, -1)
        now = self.clock.monotonic_ms()
        self.rose = dict.fromkeys(self.peers, now)
        self.said = dict.fromkeys(self.peers, "trust")
        self.turn = 0
        self.work()

    def work(self):
        self.me += 1
        if self.me % 64 == 0:
            self.disk["counter"] = self.me + 64
        if self.peers:
            target = self.peers[self.turn % len(self.peers)]
            self.turn += 1
            self.send(target, Rumour(((self.id, self.me), *self.others.items())))
        self.judge()
        self.after(self.interval_ms, self.work)

    def judge(self):
        now = self.clock.monotonic_ms()
        for peer, at in self.rose.items():
            if now - at > 2 * self.timeout_ms and self.said[peer] == "trust":
                self.said[peer] = "suspect"
                self.send(self.monitor, Suspect(peer))

    def on_rumour(self, sender, rumour):
        for name, counter in rumour.counters:
            if name in self.others and counter > self.others[name]:
                self.others[name] = counter
                self.rose[name] = self.clock.monotonic_ms()
                if self.said[name] == "suspect":
                    self.said[name] = "trust"
                    self.send(self.monitor, Trust(name))


def tune(slowest_ms, lost_in_a_row, detect_ms):
    best = None
    low, high = 1, detect_ms
    while low <= high:
        interval = (low + high) // 2
        timeout = interval * (1 + lost_in_a_row) + slowest_ms
        if timeout + slowest_ms <= detect_ms:
            best, low = [interval, timeout], interval + 1
        else:
            high = interval - 1
    return best
