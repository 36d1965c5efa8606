"""Correct: Ricart & Agrawala with phases and tickets; sorts the very list that it is given; answers are members of an enum."""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum, auto
from operator import itemgetter

from lamport_clock_protocol import Ack, Enter, Request

from harness import Node


class Proof(StrEnum):
    yes = auto()
    no = auto()
    unknown = auto()


@dataclass(slots=True)
class LamportClock:
    now: int = 0

    def tick(self) -> int:
        self.now += 1
        return self.now

    send = tick

    def receive(self, stamp: int) -> int:
        self.now = 1 + (stamp if stamp > self.now else self.now)
        return self.now


def total_order(events):
    events.sort(key=itemgetter(1))
    events.sort(key=itemgetter(0))
    return events


def happened_before(a, b):
    match a, b:
        case (x, p), (y, q) if x < y:
            return Proof.yes if p == q else Proof.unknown
        case _:
            return Proof.no


@dataclass(order=True, frozen=True)
class Ticket:
    stamp: int
    node: str


class Phase(StrEnum):
    OUT = auto()
    WAITING = auto()
    IN = auto()


class MutexNode(Node):
    def on_start(self) -> None:
        self.clock_ = LamportClock()
        self.phase = Phase.OUT
        self.ticket: Ticket | None = None
        self.permits: set[str] = set()
        self.deferred: deque[str] = deque()
        self.backlog = 0

    def on_want(self, sender, want) -> None:
        self.backlog += 1
        self._next()

    def _next(self) -> None:
        if self.phase is Phase.OUT and self.backlog:
            self.backlog -= 1
            self.phase = Phase.WAITING
            self.ticket = Ticket(self.clock_.send(), self.id)
            self.permits.clear()
            for peer in self.peers:
                self.send(peer, Request(self.ticket.stamp))

    def on_request(self, sender, request) -> None:
        self.clock_.receive(request.stamp)
        theirs = Ticket(request.stamp, sender)
        if self.phase is Phase.IN or (self.phase is Phase.WAITING and self.ticket < theirs):
            self.deferred.append(sender)
        else:
            self.send(sender, Ack(self.clock_.send()))

    def on_ack(self, sender, ack) -> None:
        self.clock_.receive(ack.stamp)
        self.permits.add(sender)
        if self.phase is Phase.WAITING and self.permits >= set(self.peers):
            self.phase = Phase.IN
            self.send(self.user, Enter(self.ticket.stamp))

    def on_leave(self, sender, leave) -> None:
        self.phase = Phase.OUT
        while self.deferred:
            self.send(self.deferred.popleft(), Ack(self.clock_.send()))
        self._next()
