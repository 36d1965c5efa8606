"""The search for an order of operations that a model agrees with: what `harness.checks.linearizability` rests on.

It goes from one end of an operation to the next. Before the end, that operation must have had its moment, perhaps after moments
of others that have begun. Three things keep it short:

* A call that only looks gets its moment as soon as its answer is right: that takes nothing from any other.
* The same end, with the same state and the same operations done, is searched once.
* **An operation of unknown outcome is a joker**, which need not be played. Who has more jokers left can do all that others can:
  what was searched with some jokers played is not searched again with these and more. Of jokers that are alike, the oldest goes
  first. So that few are played early, ways with few and with many jokers take turns.

    Wing & Gong, "Testing and Verifying Concurrent Objects", 1993 (the search).
    Lowe, "Testing for Linearizability", 2017 (remembering what failed; giving moments only when somebody's end forces one).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from heapq import heappop, heappush
from typing import Any, NamedTuple

from harness.checks.models import IMPOSSIBLE, UNKNOWN, Model, Operation

SHARE = 64
"""How often the model is asked before it is another number of jokers' turn."""


class Choice(NamedTuple):
    """An operation that may get its moment: its bit in a mask, and for a joker the bit of the one like it that goes first."""

    bit: int
    operation: Operation
    older: int = 0


class Stop(NamedTuple):
    """The end of an operation, by which it must have had its moment, and who else may have one.

    Args:
        own: the operation that ends.
        fresh: calls that only look, begun since the stop before.
        looking: calls that only look and have begun and not ended.
        changing: others that have begun and not ended.
        jokers: how many jokers have begun.
    """

    own: Choice
    fresh: tuple[Choice, ...]
    looking: tuple[Choice, ...]
    changing: tuple[Choice, ...]
    jokers: int


class At(NamedTuple):
    """How far a search is: at which stop, in which state, and which open operations and jokers have had their moment."""

    stop: int
    state: Any
    done: int
    played: int


class Search:
    """A search for a right order of one part's operations, which can be continued.

    Attributes:
        found: True or False once it is known whether there is one.
        furthest: the last stop that was reached.
        tried: how often the model was asked.
    """

    def __init__(self, operations: Iterable[Operation], model: Model, part: Hashable) -> None:
        self.operations = sorted(operations, key=lambda operation: operation.begun)
        self.model = model
        self.part = part
        self.stops, self.jokers = _stops(self.operations, model)
        self.found: bool | None = None
        self.furthest = 0
        self.tried = 0
        self.known: dict[tuple[int, Any, int], list[int]] = {}  # where it has been, with which jokers played
        self.waiting: dict[int, list[tuple[int, int, Iterator[At]]]] = {}  # per number of jokers, a heap: furthest and newest first
        self.spent: dict[int, int] = {}
        self.enter(At(0, model.initial(part), 0, 0), fresh=True)

    def advance(self, steps: int) -> None:
        """Go on until the model was asked about so many times more, or the answer is known."""
        until = self.tried + steps
        while self.found is None and self.tried < until:
            if self.waiting:
                self.work(min(self.waiting, key=lambda jokers: (self.spent[jokers], jokers)), min(until - self.tried, SHARE))
            else:
                self.found = False

    def work(self, jokers: int, steps: int) -> None:
        """Go on where so many jokers were played, from the furthest stop."""
        heap, begun = self.waiting[jokers], self.tried
        while heap and self.found is None and self.tried - begun < steps:
            there = next(heap[0][2], None)
            if there is None:
                heappop(heap)
            else:
                self.enter(there)
        self.spent[jokers] += self.tried - begun
        if not heap:
            del self.waiting[jokers]

    def enter(self, at: At, fresh: bool = False) -> None:
        """Go on from `at` to the next stop whose operation has not had its moment, and wait there, unless that is in vain."""
        number, state, done, played = at
        stops, step = self.stops, self.model.step
        while number < len(stops):
            stop = stops[number]
            for bit, looking, _ in stop.fresh if fresh else stop.looking:
                if not done & bit and step(state, looking.call, looking.outcome) is not IMPOSSIBLE:
                    done |= bit
            self.tried += len(stop.fresh)
            if not done & stop.own.bit:
                break
            done ^= stop.own.bit
            number += 1
            fresh = True
        else:
            self.found = True
            return
        self.tried += 1
        self.furthest = max(self.furthest, number)
        known = self.known.setdefault((number, state, done), [])
        if not any(before & played == before for before in known):
            known.append(played)
            jokers = played.bit_count()
            self.spent.setdefault(jokers, 0)
            heappush(self.waiting.setdefault(jokers, []), (-number, -self.tried, self.choices(At(number, state, done, played))))

    def choices(self, at: At) -> Iterator[At]:
        """Yield what one more moment leads to: first the operation that ends, or else what makes its answer right."""
        number, state, done, played = at
        own, step = self.stops[number].own, self.model.step
        call, outcome = own.operation.call, own.operation.outcome
        after = step(state, call, outcome)
        if after is not IMPOSSIBLE:
            yield At(number, after, done | own.bit, played)
        later = []
        for there in self.others(at):
            if after is IMPOSSIBLE and step(there.state, call, outcome) is IMPOSSIBLE:
                later.append(there)
            else:
                yield there
        yield from later

    def others(self, at: At) -> Iterator[At]:
        """Yield what a moment of another operation leads to; jokers come last."""
        number, state, done, played = at
        stop, step = self.stops[number], self.model.step
        for bit, operation, _ in stop.changing:
            if not done & bit and bit != stop.own.bit:
                self.tried += 1
                after = step(state, operation.call, operation.outcome)
                if after is not IMPOSSIBLE:
                    yield At(number, after, done | bit, played)
        for bit, operation, older in self.jokers[: stop.jokers]:
            if not played & bit and played & older == older:
                self.tried += 1
                after = step(state, operation.call, UNKNOWN)
                if after is not IMPOSSIBLE and after != state:
                    yield At(number, after, done, played | bit)


def _stops(operations: Sequence[Operation], model: Model) -> tuple[list[Stop], list[Choice]]:
    """Return the ends of operations in order, and the jokers in the order in which they begin."""
    stops: list[Stop] = []
    jokers: list[Choice] = []
    alike: dict[tuple[type, str], int] = {}
    looking: dict[int, Choice] = {}
    changing: dict[int, Choice] = {}
    fresh: list[Choice] = []
    free: list[int] = []  # bits of operations that have ended are used again
    for ends, number in _moments(operations):
        operation = operations[number]
        if ends:
            own = looking.get(number) or changing[number]
            stops.append(Stop(own, tuple(fresh), tuple(looking.values()), tuple(changing.values()), len(jokers)))
            (looking if number in looking else changing).pop(number)
            free.append(own.bit)
            fresh = []
        elif operation.outcome is UNKNOWN:
            kind, bit = (type(operation.call), repr(operation.call)), 1 << len(jokers)
            jokers.append(Choice(bit, operation, alike.get(kind, 0)))
            alike[kind] = bit
        else:
            choice = Choice(free.pop() if free else 1 << len(looking) + len(changing), operation)
            if model.only_looks(operation.call, operation.outcome):
                looking[number] = choice
                fresh.append(choice)
            else:
                changing[number] = choice
    return stops, jokers


def _moments(operations: Sequence[Operation]) -> Iterator[tuple[bool, int]]:
    """Yield (ends, number of an operation) in the order of the trace; of what happens at one place, begins come first."""
    begins = [(operation.begun, False, number) for number, operation in enumerate(operations)]
    ends = [
        (operation.ended, True, number)
        for number, operation in enumerate(operations)
        if operation.outcome is not UNKNOWN and operation.ended is not None
    ]
    for _, is_end, number in sorted([*begins, *ends]):
        yield is_end, number
