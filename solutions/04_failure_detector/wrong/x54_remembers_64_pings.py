"""X54: counts the answers to its last 64 pings only

Misconception: An answer to so old a ping says nothing.
Why it breaks: Every message takes several timeouts. Each answer arrives, and each is older than what is remembered: nobody is ever trusted.
Hint: A ping and its answer take fourteen timeouts together. How many pings have you sent meanwhile?
Lesson: docs/lessons/04-failure-detector.md#slow-or-dead
Fails: rough_weather
"""

from failure_detector_protocol import Suspect, Trust

from harness import Node, message


@message
class Ping:
    """asks {to} ({number})"""

    number: int


@message
class Ack:
    """answers {to} ({number})"""

    number: int


class Detector(Node):
    def on_start(self):
        self.number = 0
        self.asked = []
        self.suspected = set()
        self.timers = {}
        for peer in self.peers:
            self.wait(peer)
        self.ask()

    def ask(self):
        self.number += 1
        self.asked = [*self.asked[-63:], self.number]
        self.broadcast(Ping(self.number))
        self.after(self.interval_ms, self.ask)

    def wait(self, peer):
        self.cancel(self.timers.get(peer))
        self.timers[peer] = self.after(self.timeout_ms, self.silent, peer)

    def silent(self, peer):
        self.suspected.add(peer)
        self.send(self.monitor, Suspect(peer))

    def on_ping(self, sender, ping):
        self.send(sender, Ack(ping.number))

    def on_ack(self, sender, ack):
        if ack.number in self.asked:
            self.wait(sender)
            if sender in self.suspected:
                self.suspected.remove(sender)
                self.send(self.monitor, Trust(sender))


def tune(slowest_ms: int, lost_in_a_row: int, detect_ms: int) -> tuple[int, int] | None:
    timeout_ms = detect_ms - slowest_ms  # the last heartbeat may leave right before the death, and arrive late
    longest_gap_ms = timeout_ms - slowest_ms  # one may arrive at once, and the next that is not lost as late as can be
    interval_ms = longest_gap_ms // (lost_in_a_row + 1)
    return (interval_ms, timeout_ms) if interval_ms >= 1 else None
