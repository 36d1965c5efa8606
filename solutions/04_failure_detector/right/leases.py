"""Every heartbeat says for how long it is good; the suspicion is told in a handler of its own."""

from failure_detector_protocol import Suspect, Trust

from harness import Node, message


@message
class GoodFor:
    """tells {to}: I am alive, ask again in {for_ms} ms"""

    for_ms: int


class Detector(Node):
    def on_start(self):
        self.timers = {}
        self.suspicious = ()
        for peer in self.peers:
            self.extend(peer, self.timeout_ms + self.interval_ms)
        self.renew()

    def renew(self):
        self.broadcast(GoodFor(self.timeout_ms + self.interval_ms))
        self.after(self.interval_ms, self.renew)

    def extend(self, peer, for_ms):
        self.cancel(self.timers.pop(peer, None))
        self.timers[peer] = self.after(for_ms, self.over, peer)

    def over(self, peer):
        self.timers.pop(peer)
        self.after(0, self.tell, peer)

    def tell(self, peer):
        if peer not in self.timers:  # no heartbeat came in between
            self.suspicious += (peer,)
            self.send(self.monitor, Suspect(peer))

    def on_good_for(self, sender, good):
        self.extend(sender, good.for_ms)
        if sender in self.suspicious:
            self.suspicious = tuple(name for name in self.suspicious if name != sender)
            self.after(0, self.trust, sender)

    def trust(self, peer):
        self.send(self.monitor, Trust(peer))


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
