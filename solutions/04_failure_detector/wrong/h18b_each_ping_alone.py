"""H18: each ping has a deadline of its own, which never grows

Misconception: A ping that is not answered within the timeout has failed, and the peer with it.
Why it breaks: Where answers take longer than a timeout, each ping fails and each late answer withdraws it again, for ever.
Hint: Every answer takes two timeouts, and comes. Is the peer dead between two answers?
Lesson: docs/lessons/04-failure-detector.md#false-alarms
Fails: rough_weather
"""

from failure_detector_protocol import Suspect, Trust

from harness import Node, message


@message
class Ping:
    """asks {to}: are you there? ({number})"""

    number: int


@message
class Ack:
    """answers {to}: I am here ({number})"""

    number: int


class Detector(Node):
    def on_start(self):
        self.suspected = set()
        self.number = 0
        self.answered = dict.fromkeys(self.peers, 0)
        self.probe()

    def probe(self):
        self.number += 1
        for peer in self.peers:
            self.send(peer, Ping(self.number))
            self.after(self.timeout_ms, self.silent, peer, self.number)
        self.after(self.interval_ms, self.probe)

    def silent(self, peer, number):
        if self.answered[peer] < number and peer not in self.suspected:
            self.suspected.add(peer)
            self.send(self.monitor, Suspect(peer))

    def on_ping(self, sender, ping):
        self.send(sender, Ack(ping.number))

    def on_ack(self, sender, ack):
        self.answered[sender] = max(self.answered[sender], ack.number)
        if sender in self.suspected:
            self.suspected.remove(sender)
            self.send(self.monitor, Trust(sender))


def tune(slowest_ms, lost_in_a_row, detect_ms):
    timeout_ms = detect_ms - slowest_ms
    interval_ms = (timeout_ms - slowest_ms) // (lost_in_a_row + 1)
    return (interval_ms, timeout_ms) if interval_ms >= 1 else None
