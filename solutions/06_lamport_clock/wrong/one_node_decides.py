"""One node serves requests in the order in which they reach it

Misconception: Somebody must decide, and first come, first served is fair.
Why it breaks: First come depends on the network: a request that is ahead in the common order can arrive later. And
everything stands still without that node.
Hint: Two requests arrive at the deciding node in the wrong order. In which order are they served?
Lesson: docs/lessons/06-lamport-clock.md#one-at-a-time
Fails: entries_in_order
"""

from lamport_clock_protocol import Ack, Enter, Leave, Release, Request, Want

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
    """The node with the smallest name serves requests in the order in which they arrive there."""

    def on_start(self):
        self.lamport = LamportClock()
        self.boss = min(self.id, *self.peers)
        self.waiting = []
        self.stamps = []

    def on_want(self, sender: str, want: Want):
        stamp = self.lamport.send()
        self.stamps.append(stamp)
        self.broadcast(Request(stamp))
        self.queue_up(self.id)

    def on_request(self, sender: str, request: Request):
        self.lamport.receive(request.stamp)
        self.queue_up(sender)

    def queue_up(self, node):
        if self.id == self.boss:
            self.waiting.append(node)
            if len(self.waiting) == 1:
                self.serve()

    def serve(self):
        if self.waiting[0] == self.id:
            self.enter()
        else:
            self.send(self.waiting[0], Ack(self.lamport.send()))

    def on_ack(self, sender: str, ack: Ack):
        self.lamport.receive(ack.stamp)
        self.enter()

    def enter(self):
        self.send(self.user, Enter(self.stamps.pop(0)))

    def on_leave(self, sender: str, leave: Leave):
        if self.id == self.boss:
            self.next()
        else:
            self.send(self.boss, Release(self.lamport.send()))

    def on_release(self, sender: str, release: Release):
        self.lamport.receive(release.stamp)
        self.next()

    def next(self):
        self.waiting.pop(0)
        if self.waiting:
            self.serve()
