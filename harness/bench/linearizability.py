"""How long the checker of histories takes: right ones, wrong ones, and ones with many operations of unknown outcome."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

from harness.bench import Figure, row, timed
from harness.checks.linearizability import check
from harness.checks.models import UNKNOWN, Operation, Read, Register, Swap, Write

VALUES = 5
STEPS = 10**9


def history(clients: int, each: int, pending: int, seed: int = 0) -> list[Operation]:
    """Return a right history of one register: every client does one thing after the other, for 1 to 20 ms each.

    Args:
        clients: how many there are.
        each: operations of every client: half reads, a quarter writes, a quarter swaps.
        pending: how many of the writes and swaps, evenly spread, are never answered; every other one of them took effect.
    """
    draw = random.Random(f"history/{seed}")
    planned: list[tuple[int, int, str, int]] = []  # moment, begun, client, ended
    for number in range(clients):
        now = draw.randint(1, 20)
        for _ in range(each):
            took = draw.randint(2, 20)
            planned.append((draw.randint(now, now + took), now, f"c{number}", now + took))
            now += took + draw.randint(1, 5)
    held: int | None = None
    done: list[Operation] = []
    changes = [place for place in range(len(planned)) if place % 2]
    lost = set(changes[:: max(1, len(changes) // pending)][:pending]) if pending else set()
    for place, (_, begun, client, ended) in enumerate(sorted(planned)):
        if place % 2 == 0:
            done.append(Operation(client, Read("x"), held, begun * 100, ended * 100))
            continue
        old, new = draw.randrange(VALUES), draw.randrange(VALUES)
        call, outcome = (Write("x", new), None) if place % 4 == 1 else (Swap("x", old, new), held == old)
        if place not in lost:
            done.append(Operation(client, call, outcome, begun * 100, ended * 100))
        else:
            done.append(Operation(client, call, UNKNOWN, begun * 100))
        if (place not in lost or place % 8 > 3) and outcome is not False:
            held = new
    return done


def spoiled(operations: Sequence[Operation]) -> list[Operation]:
    """Return the history with a value that nobody ever wrote, read near its end."""
    place = max(place for place, operation in enumerate(operations[: len(operations) * 9 // 10]) if isinstance(operation.call, Read))
    wrong = replace(operations[place], outcome=VALUES)
    return [*operations[:place], wrong, *operations[place + 1 :]]


def _judged(what: str, operations: list[Operation], word: str, target: str = "") -> Iterator[Figure]:
    seconds, verdict = timed(lambda: check(operations, Register(), STEPS))
    assert verdict.word == word, f"{what}: {verdict.word}"
    yield Figure(what, 1_000 * seconds, "ms", target)
    yield Figure(f"{what}, per operation", 1e6 * seconds / len(operations), "µs")


@row
def linearizability() -> Iterator[Figure]:
    """Ten clients at one register: reads, writes, compare and swap."""
    yield from _judged("500 operations", history(10, 50, 0), "linearizable", "5 ms")
    yield from _judged("2,000 operations, 10 pending", history(10, 200, 10), "linearizable")
    yield from _judged("20,000 operations, 10 pending", history(10, 2_000, 10), "linearizable", "500 ms")
    yield from _judged("20,000 operations, 100 pending", history(10, 2_000, 100), "linearizable")
    yield from _judged("2,000 operations, 10 pending, one wrong, with proof", spoiled(history(10, 200, 10)), "violated")
