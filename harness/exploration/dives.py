"""Schedules drawn at random and followed to their ends, for systems that are too large to be searched.

A search that spends its budget has seen every short schedule and no long one; whoever sends many messages that mean nothing keeps it
in the shallows. A dive follows one schedule instead, however many others there are. What it finds is no shortest violation; so moves
without which it still happens are left out, one by one, until there is none to spare.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from harness.exploration.global_steps import Step
from harness.exploration.layout import MASK, RanOut
from harness.exploration.search import Search, Violation

DIVES = 200
LONGEST = 100
FAULTY = 1 / 8
"""How often a move is a fault, while the bounds allow one."""


class Move(NamedTuple):
    """One step of a dive, said so that it can be tried again from another state.

    Args:
        event: a message that arrives or a timer that goes off.
        fault: one of the faults that are possible happens instead.
        place: which of several outcomes it has, counted round.
    """

    event: int
    fault: bool
    place: int


def dive(search: Search) -> Violation | None:
    """Follow schedules drawn at random until one breaks a property; return how, with the schedule in `search.dived`."""
    draw = random.Random("dives")
    starts = list(search.starts)
    for _ in range(DIVES if starts else 0):
        start = draw.choice(starts)
        try:
            moves, violation = followed(search, start, _drawn(search, draw))
        except RanOut:
            continue
        if violation is not None:
            return _shortened(search, start, moves, violation)
    search.dived = None
    return None


def followed(search: Search, start: int, moves: Iterable[Move]) -> tuple[list[Move], Violation | None]:
    """Make those moves that are possible; return them, and the violation that the last one is, if there is one."""
    state, made = start, list[Move]()
    steps: list[Step] = []
    search.dived = search.starts[start], steps
    search.state = state
    for move in moves:
        step = _step(search, state, move)
        if step is None:
            continue
        made.append(move)
        try:
            state = search.state = search.follow(state, step)
        except Violation as violation:
            return made, violation
        steps.append(step)
    return made, None


def _drawn(search: Search, draw: random.Random) -> Iterable[Move]:
    """Yield moves that are possible in the state that the search is in."""
    for _ in range(min(LONGEST, search.bounds.depth)):
        assert search.state is not None
        events = search.steps.enabled(search.state)
        if not events:
            return
        for _ in range(draw.randrange(events.bit_count())):
            events &= events - 1
        yield Move((events & -events).bit_length() - 1, draw.random() < FAULTY, draw.randrange(1 << 16))


def _step(search: Search, state: int, move: Move) -> Step | None:
    """Return what a move is in a state; None if it is impossible there."""
    steps = search.steps
    if not steps.enabled(state) >> move.event & 1:
        return None
    found: Sequence[Step] = steps.faults(state, 1 << move.event) if move.fault else ()
    if not found:
        node = steps.owners[move.event]
        found = steps.ask(node, state >> search.layout.nodes[node] & MASK, move.event)
    return found[move.place % len(found)] if found else None


def _shortened(search: Search, start: int, moves: list[Move], violation: Violation) -> Violation:
    """Leave out what can be left out; at the end `search.dived` is the schedule before the violation."""
    place = len(moves) - 1
    while place >= 0:
        fewer, other = followed(search, start, [*moves[:place], *moves[place + 1 :]])
        if other is not None and other.property is violation.property and _code(other) == _code(violation):
            moves = fewer
        place = min(place, len(moves)) - 1
    _, last = followed(search, start, moves)
    return last or violation


def _code(violation: Violation) -> str:
    return str(getattr(violation.__cause__, "code", ""))
