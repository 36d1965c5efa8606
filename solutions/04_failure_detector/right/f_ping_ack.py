"""Asks everybody once per interval; only an answer is a sign of life."""

from failure_detector_protocol import Suspect, Trust

from harness import Node, message


@message
class Ping:
    """asks {to}: are you there?"""


@message
class Ack:
    """answers {to}: I am here"""


class Detector(Node):
    def on_start(self):
        self.suspected = set()
        self.timers = {}
        for peer in self.peers:
            self.wait(peer)
        self.probe()

    def probe(self):
        self.broadcast(Ping())
        self.after(self.interval_ms, self.probe)

    def wait(self, peer):
        self.cancel(self.timers.get(peer))
        self.timers[peer] = self.after(self.timeout_ms, self.silent, peer)

    def silent(self, peer):
        self.suspected.add(peer)
        self.send(self.monitor, Suspect(peer))

    def on_ping(self, sender, ping):
        self.send(sender, Ack())

    def on_ack(self, sender, ack):
        self.wait(sender)
        if sender in self.suspected:
            self.suspected.remove(sender)
            self.send(self.monitor, Trust(sender))


def tune(slowest_ms, lost_in_a_row, detect_ms):
    timeout_ms = detect_ms - slowest_ms
    interval_ms = (timeout_ms - slowest_ms) // (lost_in_a_row + 1)
    return (interval_ms, timeout_ms) if interval_ms >= 1 else None
