"""SWIM (Das et al., 2002): one peer is probed per interval, through others if it does not answer."""

from failure_detector_protocol import Suspect, Trust

from harness import Node, message


@message
class Probe:
    """probes {to} for {origin}"""

    origin: str


@message
class Alive:
    """tells {to} that {who} answered"""

    who: str


@message
class ProbeFor:
    """asks {to} to probe {target}"""

    target: str


class Detector(Node):
    def on_start(self):
        self.place = 0
        self.suspected = set()
        self.quiet = dict.fromkeys(self.peers, 0)
        self.period()

    def period(self):
        if self.peers:
            target = self.peers[self.place % len(self.peers)]
            self.place += 1
            self.send(target, Probe(self.id))
            if self.quiet[target] * self.interval_ms > self.timeout_ms:
                for helper in self.peers:
                    if helper != target:
                        self.send(helper, ProbeFor(target))
        for peer in self.peers:
            self.quiet[peer] += 1
            if self.quiet[peer] * self.interval_ms > 2 * self.timeout_ms and peer not in self.suspected:
                self.suspected.add(peer)
                self.send(self.monitor, Suspect(peer))
        self.after(self.interval_ms, self.period)

    def lives(self, peer):
        self.quiet[peer] = 0
        if peer in self.suspected:
            self.suspected.discard(peer)
            self.send(self.monitor, Trust(peer))

    def on_probe(self, sender, probe):
        self.lives(sender)
        self.send(sender, Alive(self.id) if probe.origin == sender else Carry(probe.origin))

    def on_probe_for(self, sender, wish):
        self.lives(sender)
        self.send(wish.target, Probe(sender))

    def on_carry(self, sender, carry):
        self.lives(sender)
        self.send(carry.origin, Alive(sender))

    def on_alive(self, sender, alive):
        self.lives(sender)
        if alive.who != self.id and alive.who != sender:
            self.lives(alive.who)


@message
class Carry:
    """answers {to}, to be carried to {origin}"""

    origin: str


def tune(slowest_ms, lost_in_a_row, detect_ms):
    # strictly inside of every bound, with a little air
    room = detect_ms - 2 * slowest_ms - 1
    if room < lost_in_a_row + 1:
        return None
    interval = max(1, room // (lost_in_a_row + 1) * 19 // 20)
    return interval, slowest_ms + interval * (lost_in_a_row + 1) + 1
