"""Linearizability: could one machine, asked one thing at a time, have given these answers?

Each operation of a *history* was begun at some place and, if its outcome is known, ended at a later one. The history is
linearizable if every operation can be given a moment between the two, so that in the order of these moments the answers are
what a model (`harness.checks.models`) says. An operation of unknown outcome may have its moment any time after its begin, or
never; one that certainly failed has none.

    Herlihy & Wing, "Linearizability: A Correctness Condition for Concurrent Objects", 1990.
    Horn & Kroening, "Faster Linearizability Checking via P-compositionality", 2015 (parts are judged one by one).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from harness.checks.models import FAILED, UNKNOWN, Model, Operation
from harness.checks.ordering import Search
from harness.errors import Broken, Inconclusive
from harness.shrink import smallest

STEPS = 500_000
"""How often a model is asked about one history before the verdict is `inconclusive`: a second's work."""

STEPS_TO_EXPLAIN = 200_000
FIRST_SLICE = 256


class Verdict(NamedTuple):
    """What became of a history.

    Args:
        word: `linearizable`, `violated`, or `ran out` of steps.
        proof: if violated, operations of which no order is right; none can be left out.
        steps: how often the model was asked.
    """

    word: str
    proof: tuple[Operation, ...] = ()
    steps: int = 0


def linearizable(history: Sequence[Operation], model: Model, steps: int = STEPS) -> None:
    """Judge a history.

    Raises:
        Broken: it is not linearizable; with a smallest set of operations that cannot be ordered.
        Inconclusive: the steps were spent before the answer was known.
    """
    verdict = check(history, model, steps)
    if verdict.word == "ran out":
        told = f"{len(history)} operations: {verdict.steps:,} steps were spent before it was known whether an order explains them"
        raise Inconclusive(told)
    if verdict.word == "violated":
        raise explained(verdict.proof, history, model)


def check(history: Iterable[Operation], model: Model, steps: int = STEPS) -> Verdict:
    """Judge a history. Its parts get slices of the steps in turn, so that a hard one does not hide one that is violated."""
    searches = [Search(operations, model, part) for part, operations in _parts(history, model).items()]
    waiting, size = searches, FIRST_SLICE
    while waiting:
        for search in waiting:
            left = steps - sum(search.tried for search in searches)
            if left <= 0 and search.found is None:
                return Verdict("ran out", steps=steps - left)
            search.advance(min(size, left))
            if search.found is False:
                return Verdict("violated", _proof(search), steps - left)
        waiting, size = [search for search in waiting if not search.found], 2 * size
    return Verdict("linearizable", steps=sum(search.tried for search in searches))


def _parts(history: Iterable[Operation], model: Model) -> dict[Hashable, list[Operation]]:
    """Sort the operations that matter by the part that they are about."""
    parts: dict[Hashable, list[Operation]] = {}
    for operation in history:
        never_seen = operation.outcome is UNKNOWN and model.only_looks(operation.call, UNKNOWN)
        if operation.outcome is not FAILED and not never_seen:
            parts.setdefault(model.part_of(operation.call), []).append(operation)
    return parts


# --- what proves it, in words ---


def _proof(search: Search) -> tuple[Operation, ...]:
    """Return operations that no order explains, even if all others happened at any time after their begin, or never.

    Up to the furthest stop there is an order, so what began later proves nothing. Of the rest, those are left out whose outcome
    can be forgotten.
    """
    last = search.stops[search.furthest].own.operation.ended or 0
    known = [operation for operation in search.operations if operation.begun <= last and operation.outcome is not UNKNOWN]
    left = STEPS_TO_EXPLAIN

    def fails(kept: list[Operation]) -> bool:
        nonlocal left
        if left <= 0:
            return False
        places = {operation.begun for operation in kept}
        weaker = [operation if operation.begun in places else replace(operation, outcome=UNKNOWN) for operation in search.operations]
        again = Search(_parts(weaker, search.model).get(search.part, ()), search.model, search.part)
        again.advance(left)
        left -= again.tried + len(weaker)  # building a search costs something, too
        return again.found is False

    return tuple(smallest(known, fails))


def explained(proof: Sequence[Operation], history: Sequence[Operation], model: Model) -> Broken:
    """Say in words that no order explains some operations, and name failed ones that would have explained them."""
    part = model.part_of(proof[0].call)
    guilty = [
        operation
        for operation in history
        if operation.outcome is FAILED
        and model.part_of(operation.call) == part
        and check([*proof, replace(operation, outcome=UNKNOWN)], model).word == "linearizable"
    ]
    told = sorted([*proof, *guilty[:1]], key=lambda operation: operation.begun)
    text = f"no order explains these answers: {_story(told, model)}"
    if len(proof) == 1 and not guilty:
        text = f"nothing explains this answer: {_story(told, model)}"
    code = "failed_and_happened" if guilty else "from_nowhere" if len(proof) == 1 else "no_order"
    return Broken(text, code=code, records=tuple(sorted({place for operation in told for place in operation.places})))


def _story(operations: Sequence[Operation], model: Model) -> str:
    """Tell operations in the order of their begins: what comes `then` began after all before it had ended."""
    words: list[str] = []
    over: float = 0
    for operation in operations:
        if words:
            words.append("; then " if operation.begun > over else "; meanwhile ")
        words.append(f"{operation.client} {model.tell(operation.call, operation.outcome)}")
        ends = operation.ended is not None and operation.outcome is not UNKNOWN
        over = max(over, operation.ended or 0) if ends else float("inf")
    return "".join(words)
