"""How long the story of a wrong program is, against the shortest schedule known to break it (the `Steps` of its docstring)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from harness.catalogue import Exercise
from harness.proving.zoo import Program, programs
from harness.report import length
from harness.running import CheckFunction, Result, load_checks, run_check, submission_of
from harness.testing import PromiseBroken, Setting


def caught(program: Program, functions: Mapping[str, CheckFunction], shrinks: bool) -> tuple[float, Result] | None:
    """Run the checks that a wrong program must fail until one does; return seconds and result if it breaks by a schedule."""
    exercise = program.exercise
    submission = submission_of(exercise, program.path)
    for name in program.misconception.fails:
        begun = time.process_time()
        result = run_check(exercise, exercise.check(name), functions[name], submission, using=Setting(shrinks=shrinks))
        if result.verdict == "wrong":
            return time.process_time() - begun, result
    return None


def length_ratios(exercise: Exercise) -> Iterator[tuple[str, float]]:
    """Yield every wrong program with a known shortest schedule, and the events of its story for each step of that schedule."""
    functions = load_checks(exercise)
    for program in programs(exercise):
        steps = program.misconception.steps if program.kind == "wrong" and program.named else None
        found = caught(program, functions, shrinks=True) if steps else None
        if found is not None and isinstance(found[1].error, PromiseBroken) and found[1].error.broken.records and steps:
            yield program.path.stem, length(found[1].error.trace, found[1].error.broken) / steps
