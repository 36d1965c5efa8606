"""Correct f: stamps with their node in a dataclass, the requests in a heap, the clock shared by composition."""

import heapq
from dataclasses import dataclass

from lamport_clock_protocol import Ack, Enter, Leave, Release, Request, Want

from harness import Node


@dataclass(order=True, frozen=True)
class Stamped:
    stamp: int
    node: str


class LamportClock:
    def __init__(self):
        self._latest = -1

    def _after(self, *stamps):
        self._latest = 1 + max(self._latest, *stamps)
        return self._latest

    def tick(self):
        return self._after(self._latest)

    send = tick

    def receive(self, stamp):
        return self._after(stamp)


def total_order(events):
    heap = [Stamped(*event) for event in events]
    heapq.heapify(heap)
    ordered = [heapq.heappop(heap) for _ in range(len(heap))]
    return [(event.stamp, event.node) for event in ordered]


def happened_before(a, b):
    first, second = Stamped(*a), Stamped(*b)
    if first.node != second.node:
        return "unknown" if first.stamp < second.stamp else "no"
    return "yes" if first < second else "no"


class MutexNode(Node):
    def on_start(self):
        self.time = LamportClock()
        self.heap = []
        self.over = set()
        self.latest = {}
        self.current = None

    def on_want(self, sender: str, want: Want):
        mine = Stamped(self.time.send(), self.id)
        heapq.heappush(self.heap, mine)
        for peer in self.peers:
            self.send(peer, Request(mine.stamp))

    def on_request(self, sender: str, request: Request):
        theirs = Stamped(request.stamp, sender)
        self.note(theirs)
        heapq.heappush(self.heap, theirs)
        self.send(sender, Ack(self.time.send()))

    def on_ack(self, sender: str, ack: Ack):
        self.note(Stamped(ack.stamp, sender))
        self.look()

    def on_release(self, sender: str, release: Release):
        self.note(Stamped(release.stamp, sender))
        self.finish(sender)
        self.look()

    def on_leave(self, sender: str, leave: Leave):
        self.current = None
        self.finish(self.id)
        self.broadcast(Release(self.time.send()))
        self.look()

    def note(self, heard):
        self.time.receive(heard.stamp)
        self.latest[heard.node] = heard

    def finish(self, node):
        self.heap.remove(min(request for request in self.heap if request.node == node))
        heapq.heapify(self.heap)

    def look(self):
        if self.current is None and self.heap and self.heap[0].node == self.id:
            mine = self.heap[0]
            if len(self.latest) == len(self.peers) and all(mine < heard for heard in self.latest.values()):
                self.current = mine
                self.send(self.user, Enter(mine.stamp))
