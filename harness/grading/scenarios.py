"""Grades the bonus: a worker makes the student's scenario, the examiner judges what it is made of, the judge gives the mark."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from typing import Any

from harness import bonus
from harness.catalogue import Exercise
from harness.grading.submissions import Source
from harness.grading.verdicts import BonusMark, printable
from harness.trace import plain

Make = Callable[[Exercise, str, str], AbstractContextManager[Any]]
"""Loads a student's file, given the exercise, the file's name and its text, wherever student code runs."""


def examined(exercise: Exercise, text: str, seed: int, make: Make, allowed: AbstractContextManager[None]) -> dict[str, Any]:
    """Return what became of a scenario, as plain data; nothing if something failed on our side.

    Args:
        text: the student's file.
        seed: names and order of the nodes.
        allowed: limits the time that judging may take.
    """
    module = bonus.bonus_of(exercise).module
    try:
        with make(replace(exercise, module=module), f"{module}.py", text) as submission:
            outcome, words = bonus.written(exercise, submission, seed)
        if words is not None:
            with allowed:
                outcome = bonus.judged(exercise, words, seed)
    except Exception:
        return {}
    return {"scenario": {**asdict(outcome), "caught": list(outcome.caught)}, "words": json.dumps(plain(words))}


def marks(exercise: Exercise, source: Source | None, answers: Sequence[dict[str, Any]]) -> list[BonusMark]:
    """Return the mark for a scenario, if one was handed in and written; every examination has to say the same."""
    if exercise.bonus is None or source is None:
        return []
    found = [(answer.get("scenario"), answer.get("words")) for answer in answers]
    if source.text is None:
        return [_none(exercise, "bad_file", source.problem)]
    if not found:  # there is no program, so nobody was asked about the scenario
        return [_none(exercise, "bad_file", f"it is judged together with {exercise.module}.py, which cannot be graded")]
    if any(outcome is None for outcome, _ in found):
        return [_none(exercise, "infra", "the scenario was not judged")]
    if any(other != found[0] for other in found):
        return [_none(exercise, "nondeterministic", "the function returns something else under another hash seed")]
    outcome = bonus.Outcome(**(found[0][0] or {}))
    if outcome.verdict == "not_attempted":
        return []
    mark = _none(exercise, outcome.verdict, printable(outcome.text))
    return [replace(mark, caught=tuple(outcome.caught), points=outcome.points)]


def _none(exercise: Exercise, verdict: str, text: str) -> BonusMark:
    return BonusMark(exercise.slug, verdict, text, (), 0, bonus.bonus_of(exercise).points)
