"""Ricart–Agrawala: no more than eight answers are kept

Misconception: A group has at most nine nodes.
Why it breaks: In a group of twelve those beyond are never answered, and wait for ever.
Hint: How many answers can one node have to keep, in a group of twelve?
Lesson: docs/lessons/06-lamport-clock.md#nobody-waits-for-ever
Fails: everyone_gets_in
"""

from lamport_clock_protocol import Ack, Enter, Leave, Request, Want

from harness import Node


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


class MutexNode(Node):
    """Ricart & Agrawala 1981: an answer is a permission, and it is kept back while the own request is ahead."""

    def on_start(self):
        self.lamport = LamportClock()
        self.wants = 0
        self.mine = None  # own request (stamp, node)
        self.allowed = set()
        self.deferred = []

    def on_want(self, sender: str, want: Want):
        self.wants += 1
        if self.mine is None:
            self.request()

    def request(self):
        self.mine = (self.lamport.send(), self.id)
        self.allowed = set()
        self.broadcast(Request(self.mine[0]))

    def on_request(self, sender: str, request: Request):
        self.lamport.receive(request.stamp)
        if self.mine is not None and self.mine < (request.stamp, sender):
            if len(self.deferred) < 8:
                self.deferred.append(sender)
        else:
            self.send(sender, Ack(0))

    def on_ack(self, sender: str, ack: Ack):
        self.allowed.add(sender)
        if len(self.allowed) == len(self.peers):
            self.send(self.user, Enter(self.mine[0]))

    def on_leave(self, sender: str, leave: Leave):
        self.mine = None
        self.wants -= 1
        for node in self.deferred:
            self.send(node, Ack(0))
        self.deferred = []
        if self.wants:
            self.request()
