"""L15d: an answer counts for every request that is open

Misconception: Whoever has answered knows that I am waiting.
Why it breaks: An answer to an old request proves nothing about later ones: the peer may since have made a request that is smaller.
Hint: Which of your open requests was known to the peer when it answered?
Lesson: docs/lessons/06-lamport-clock.md#one-at-a-time
Fails: entries_in_order
"""

from lamport_clock_protocol import Enter, Leave, Request, Want

from harness import Node, message


@message
class Heard:
    stamp: int
    request: int


@message
class Done:
    stamp: int
    request: int


class LamportClock:
    def __init__(self):
        self.count = 0

    def tick(self):
        return self.receive(self.count)

    def send(self):
        return self.receive(self.count)

    def receive(self, stamp):
        self.count = 1 + (stamp if stamp > self.count else self.count)
        return self.count


def total_order(events):
    return sorted(sorted(events, key=lambda event: event[1]), key=lambda event: event[0])


def happened_before(a, b):
    possible = a[0] < b[0]
    return {True: "unknown" if a[1] != b[1] else "yes", False: "no"}[possible]


class MutexNode(Node):
    def on_start(self):
        self.count = LamportClock()
        self.open = {}  # (stamp, node) -> who has heard of it, for our own requests
        self.inside = None

    def on_want(self, sender: str, want: Want):
        stamp = self.count.send()
        self.open[stamp, self.id] = set()
        self.broadcast(Request(stamp))

    def on_request(self, sender: str, request: Request):
        self.count.receive(request.stamp)
        self.open[request.stamp, sender] = set()
        self.send(sender, Heard(self.count.send(), request.stamp))

    def on_heard(self, sender: str, heard: Heard):
        self.count.receive(heard.stamp)
        for k in self.open:
            self.open[k].add(sender)
        self.look()

    def on_leave(self, sender: str, leave: Leave):
        del self.open[self.inside]
        self.broadcast(Done(self.count.send(), self.inside[0]))
        self.inside = None
        self.look()

    def on_done(self, sender: str, done: Done):
        self.count.receive(done.stamp)
        del self.open[done.request, sender]
        self.look()

    def look(self):
        if self.inside or not self.open:
            return
        first = min(self.open)
        if first[1] == self.id and len(self.open[first]) == len(self.peers):
            self.inside = first
            self.send(self.user, Enter(first[0]))
