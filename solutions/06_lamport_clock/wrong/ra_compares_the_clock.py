"""Ricart–Agrawala: the own clock is compared instead of the own request

Misconception: Whoever's clock is behind goes first.
Why it breaks: The clock moves on while the request waits, so two nodes can each find the other ahead, or let a
younger request pass.
Hint: Which stamp has a place in the common order: that of your request, or what your clock says now?
Lesson: docs/lessons/06-lamport-clock.md#one-at-a-time
Fails: first_turns, never_two_inside, entries_in_order
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
        if self.mine is not None and (self.lamport.time, self.id) < (request.stamp, sender):
            self.deferred.append(sender)
            self.lamport.receive(request.stamp)
        else:
            self.lamport.receive(request.stamp)
            self.send(sender, Ack(self.lamport.send()))

    def on_ack(self, sender: str, ack: Ack):
        self.lamport.receive(ack.stamp)
        self.allowed.add(sender)
        if len(self.allowed) == len(self.peers):
            self.send(self.user, Enter(self.mine[0]))

    def on_leave(self, sender: str, leave: Leave):
        self.mine = None
        self.wants -= 1
        for node in self.deferred:
            self.send(node, Ack(self.lamport.send()))
        self.deferred = []
        if self.wants:
            self.request()
