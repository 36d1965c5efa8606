"""When no request is open the clock starts again

Misconception: Where nobody waits there is nothing to order, and small numbers are easier to read.
Why it breaks: The next request has a smaller stamp than those that were served, and others have not started again.
Hint: Which events came before the next request? What are their stamps?
Lesson: docs/lessons/06-lamport-clock.md#the-clock-condition
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
    """Lets its person into the darkroom, one node at a time, in the order of the requests."""

    def on_start(self):
        self.lamport = LamportClock()
        self.requests = []  # all that are open, ours too, as (stamp, node)
        self.heard = dict.fromkeys(self.peers, -1)  # the latest stamp from each
        self.inside = False

    def on_want(self, sender: str, want: Want):
        stamp = self.lamport.send()
        self.requests.append((stamp, self.id))
        self.broadcast(Request(stamp))

    def on_request(self, sender: str, request: Request):
        self.hear(sender, request.stamp)
        self.requests.append((request.stamp, sender))
        self.send(sender, Ack(self.lamport.send()))
        self.enter_if_first()

    def on_ack(self, sender: str, ack: Ack):
        self.hear(sender, ack.stamp)
        self.enter_if_first()

    def on_release(self, sender: str, release: Release):
        self.hear(sender, release.stamp)
        self.requests.remove(self.first_of(sender))
        self.enter_if_first()
        if not self.requests and self.lamport.time > 100:
            self.lamport = LamportClock()

    def on_leave(self, sender: str, leave: Leave):
        self.inside = False
        self.requests.remove(self.first_of(self.id))
        self.broadcast(Release(self.lamport.send()))
        self.enter_if_first()

    def hear(self, sender, stamp):
        self.lamport.receive(stamp)
        self.heard[sender] = stamp

    def first_of(self, node):
        return min(request for request in self.requests if request[1] == node)

    def enter_if_first(self):
        if self.inside or not self.requests:
            return
        first = total_order(self.requests)[0]
        if first[1] == self.id and all((stamp, peer) > first for peer, stamp in self.heard.items()):
            self.inside = True
            self.send(self.user, Enter(first[0]))
