"""Correct: the node whose name comes first lets everybody in; before that it asks all for their counts."""

from lamport_clock_protocol import Ack, Enter, Request

from harness import Node, message


class LamportClock:
    """Counts events, and never falls behind a message."""

    def __init__(self):
        self.time = 0

    def tick(self):
        """Stamp an event of this machine's own."""
        self.time += 1
        return self.time

    def send(self):
        """Stamp the sending of a message; the message carries the stamp."""
        return self.tick()

    def receive(self, stamp):
        """Stamp the receipt of a message that carries `stamp`."""
        self.time = max(self.time, stamp)
        return self.tick()


def total_order(events):
    """Return the events (stamp, node) in the order on which everybody agrees."""
    return sorted(events)


def happened_before(a, b):
    """Say what the stamps of two events prove about "a happened before b": "yes", "no" or "unknown"."""
    (stamp_a, node_a), (stamp_b, node_b) = a, b
    if stamp_a >= stamp_b:
        return "no"
    return "yes" if node_a == node_b else "unknown"


@message
class Count:
    """asks {to} for its count, stamp {stamp}"""

    stamp: int


@message
class Grant:
    """lets {to} go in with request {stamp}"""

    stamp: int


@message
class Done:
    """is done with request {stamp}"""

    stamp: int


class MutexNode(Node):
    """The node whose name comes first lets in; it asks all for their counts before each turn. Requests go to everybody."""

    def on_start(self):
        self.head = min(self.id, *self.peers)
        self.lamport = LamportClock()
        self.open = []
        self.heard = dict.fromkeys(self.peers, 0)
        self.busy = None

    def on_want(self, sender, want):
        stamp = self.lamport.send()
        self.broadcast(Request(stamp))
        if self.id == self.head:
            self.open.append((stamp, self.id))
            self.broadcast(Count(stamp))

    def on_request(self, sender, request):
        self.lamport.receive(request.stamp)
        if self.id == self.head:
            self.heard[sender] = request.stamp
            self.open.append((request.stamp, sender))
            self.broadcast(Count(self.lamport.send()))
            self.look()

    def on_count(self, sender, count):
        self.lamport.receive(count.stamp)
        self.send(sender, Ack(self.lamport.send()))

    def on_ack(self, sender, ack):
        self.lamport.receive(ack.stamp)
        self.heard[sender] = ack.stamp
        self.look()

    def look(self):
        if self.busy is None and self.open:
            first = min(self.open)
            if all(stamp > first[0] for peer, stamp in self.heard.items() if peer != first[1]):
                self.open.remove(first)
                self.busy = first
                if first[1] == self.id:
                    self.send(self.user, Enter(first[0]))
                else:
                    self.send(first[1], Grant(first[0]))

    def on_grant(self, sender, grant):
        self.send(self.user, Enter(grant.stamp))

    def on_leave(self, sender, leave):
        if self.id == self.head:
            self.busy = None
            self.look()
        else:
            self.send(self.head, Done(0))

    def on_done(self, sender, done):
        self.busy = None
        self.look()
