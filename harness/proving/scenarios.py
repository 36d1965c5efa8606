"""Proves an exercise's bonus in both directions: the reference scenario catches every wrong program that is listed and fails no right
one; where nothing happens, none of them fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from harness.bonus import Outcome, bonus_of, judged, scenario_file, written
from harness.catalogue import Exercise
from harness.testing.setting import SEEDS_PER_FAMILY

BASES = 2


def shortcomings(exercise: Exercise) -> Iterator[str]:
    """Yield what falls short in an exercise's bonus, one sentence each; nothing if it has none."""
    if exercise.bonus is None:
        return
    bonus, where = exercise.bonus, f"{exercise.slug}, bonus"
    for name in bonus.catches:
        if not (exercise.solution / "wrong" / f"{name}.py").is_file():
            yield f"{where}: catches names {name}, which is not in solutions/{exercise.slug}/wrong/"
    stub, _ = written(exercise, scenario_file(exercise, exercise.folder), 0)
    if stub.verdict != "not_attempted":
        yield f"{where}: {bonus.module}.py should stop at NotImplementedError, but its verdict is {stub.verdict}: {stub.text}"
    for seed in (base * SEEDS_PER_FAMILY for base in range(BASES)):
        outcome = reference(exercise, exercise.solution, seed)
        missed = sorted(set(bonus.catches) - set(outcome.caught))
        if outcome.verdict != "judged":
            yield f"{where}: the reference scenario is {outcome.verdict} with seed {seed}: {outcome.text}"
        elif missed:
            yield f"{where}: the reference scenario misses {', '.join(missed)} with seed {seed}"
        idle = judged(exercise, (), seed)
        if idle.verdict != "judged" or idle.caught:
            yield f"{where}: {', '.join(idle.caught) or idle.verdict} where nothing happens, with seed {seed}; leave it out of catches"


def reference(exercise: Exercise, folder: Path, seed: int) -> Outcome:
    """Return what the scenario in a folder is worth."""
    outcome, words = written(exercise, scenario_file(exercise, folder), seed)
    return outcome if words is None else judged(exercise, words, seed)


def told(exercise: Exercise) -> str:
    """Return one line about a bonus for whoever proves the exercise."""
    bonus = bonus_of(exercise)
    return f"  bonus: a scenario, tried on {len(bonus.catches)} wrong programs; {bonus.points} points apart"
