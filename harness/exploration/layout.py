"""A global state of an exploration as one integer, so that equal states are equal integers and a step is an addition.

From the lowest bits up:

    a slot per node       number of its local state
    a slot per property   number of what it remembers
    a slot                what the schedule has spent: crashes (6 bits), second deliveries (6 bits), timer firings (8 bits)
    a slot per link       number of the queue of messages on it ("fifo" only)
    the rest              messages in flight: one bit each ("set"), or a counter of 8 bits each ("bag")

An *event* is a number too: the timer at `place` of node n is n * TIMERS + place; above those, a message's event is where its
bit or counter stands. So the events that a state allows are bits of one integer, found without looking at each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

SLOT = 20
MASK = (1 << SLOT) - 1
TIMERS = 32
"""Places of pending timers, per node, that have an event; a search that needs more has run out of its bounds."""
CRASH, DUPLICATE, FIRING = 1, 1 << 6, 1 << 12
"""What one of each adds to the slot of what is spent."""


class RanOut(Exception):
    """Raised inside a search when it needs more than its bounds."""


class Numbers:
    """Gives equal things the same small number, in order of first appearance."""

    def __init__(self) -> None:
        self.of: dict[Any, int] = {}
        self.all: list[Any] = []

    def number(self, thing: Any, key: Any = None) -> int:
        """Return the number of `thing`; `key` is what makes it equal to another, by default itself."""
        key = thing if key is None else key
        found = self.of.get(key)
        if found is None:
            found = self.of[key] = len(self.all)
            self.all.append(thing)
        return found


class Layout:
    """Where things stand in a state's integer, for so many nodes and properties on one kind of network.

    Args:
        nodes, properties: how many.
        links: pairs of names that have a queue ("fifo" only).
        network: kind of network, see `Bounds`.
    """

    def __init__(self, nodes: int, properties: int, links: Sequence[tuple[str, str]], network: str) -> None:
        self.network = network
        self.nodes = [SLOT * node for node in range(nodes)]
        self.memories = [SLOT * (nodes + place) for place in range(properties)]
        self.spent = SLOT * (nodes + properties)
        self.links = {pair: self.spent + SLOT * (place + 1) for place, pair in enumerate(links)}
        self.flying = self.spent + SLOT * (len(self.links) + 1)
        self.first = TIMERS * nodes
        self.width = 8 if network == "bag" else 1
        self.queues = Numbers()
        self.queues.number(())
        self._ones = 0  # the lowest bit of every counter, and
        self._full = 0  # the highest: a counter that reaches it has run out
        self.event_of: list[int] = []  # of a message's number
        self.link_of: list[int] = []

    def add_message(self, sender: str, to: str) -> int:
        """Make room for one more message; return its event."""
        place = self.width * len(self.event_of)
        self._ones |= 1 << place
        self._full |= 128 << place
        self.event_of.append(self.first + place)
        self.link_of.append(self.links.get((sender, to), 0))
        return self.first + place

    def message_of(self, event: int) -> int:
        """Return the number of the message that an event delivers."""
        return (event - self.first) // self.width

    def arriving(self, state: int) -> int:
        """Return the events of the messages that may arrive in a state."""
        flying = state >> self.flying
        if self.network == "set":
            return flying << self.first
        if self.network == "bag":
            flying |= flying >> 4  # gather each counter's bits in its lowest one
            flying |= flying >> 2
            return ((flying | flying >> 1) & self._ones) << self.first
        events = 0
        for shift in self.links.values():
            queue = self.queues.all[state >> shift & MASK]
            if queue:
                events |= 1 << self.event_of[queue[0]]
        return events

    def change(self, takes: int | None, sends: Sequence[int]) -> tuple[int, int]:
        """Return what to add to a state, and then which bits to set, when a message is taken and others are sent."""
        if self.network == "fifo":
            return 0, 0
        place = self.flying - self.first
        if self.network == "set":
            return 0, sum(1 << place + self.event_of[message] for message in set(sends))
        if any(sends.count(message) > 127 for message in set(sends)):
            raise RanOut
        added = sum(1 << place + self.event_of[message] for message in sends)
        return added - (0 if takes is None else 1 << place + self.event_of[takes]), 0

    def queued(self, state: int, takes: int | None, sends: Sequence[int]) -> int:
        """Take a message from the head of its link's queue and append others to theirs ("fifo")."""
        queues = self.queues
        if takes is not None:
            shift = self.link_of[takes]
            queue = state >> shift & MASK
            state += (queues.number(queues.all[queue][1:]) - queue) << shift
        for shift in dict.fromkeys([self.link_of[message] for message in sends]):
            queue = state >> shift & MASK
            longer = queues.number((*queues.all[queue], *[message for message in sends if self.link_of[message] == shift]))
            if longer > MASK:
                raise RanOut
            state += (longer - queue) << shift
        return state

    def overflows(self, state: int) -> bool:
        """True if some message is in flight more often than its counter tells."""
        return self.network == "bag" and bool(state >> self.flying & self._full)
