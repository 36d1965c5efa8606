"""Whose fault it is when a check breaks: raises what is neither a broken promise nor a mistake that the harness knows.

A program that says something of another type than its exercise promises has itself to blame, and fails. All else is our mistake or the
machine's, and gives no mark: nobody loses points because a rare right program meets a bug in a check. Somebody may try to get that
instead of a fail; so the report names every check that broke on a program, grading ends with status 3, and a person looks.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.catalogue import Check, Exercise
from harness.errors import Problem, Stuck
from harness.grading.verdicts import Mark
from harness.loading import Submission, load_given
from harness.promised import malformed

BROKE = "infra:broke"
"""Way of breaking of a check that broke on what a program does."""


def blame(exercise: Exercise, check: Check, submission: Any, error: Exception) -> tuple[str, str, str, str]:
    """Return verdict, way, an empty digest and a text for a check that broke.

    Args:
        submission: what it was examining, if that came to be.
        error: what it raised. Of a hidden check its text is not told: a program could have put there what it was asked.
    """
    verdict = "timeout" if isinstance(error, Stuck) else getattr(error, "verdict", "infra")
    if verdict != "infra":  # it came just when the check had ended
        return verdict, verdict, "", str(error) if check.public else ""
    if isinstance(error, Problem | OSError | MemoryError):
        return "infra", "infra", "", f"{type(error).__name__}: {error}"
    said = type(error).__name__ + (f": {error}" if check.public else "") + place_of(error)
    wrong = "" if submission is None or submission.runs_here else malformed(list(submission.said), modules_of(exercise))
    if wrong:
        text = f"what the program says is nothing that the check can read: {wrong} ({said})" if check.public else ""
        return "protocol", "protocol", "", text
    return "infra", BROKE, "", f"the check itself broke on this program: {said}"


def place_of(error: Exception) -> str:
    """Return where in our own code something was raised, for those who mend it."""
    frames = traceback.extract_tb(error.__traceback__)
    return f", {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""


def modules_of(exercise: Exercise) -> list[Any]:
    """Return what says which types are promised: the given modules, and the reference and the stub if they are here."""
    given = {name: exercise.folder / f"{name}.py" for name in exercise.given}
    found: list[Any] = [load_given(name, path) for name, path in given.items()]
    ours = [path for path in (exercise.solution / exercise.stub.name, exercise.stub) if exercise.solution.is_dir() and path.is_file()]
    return [*found, *(Submission(path, exercise.module, given).load() for path in ours)]


def notes_of(marks: Sequence[Mark]) -> list[str]:
    """Say for each check that broke on a program that somebody has to look."""
    return [NOTE.format(f"{mark.exercise[:2]}.{mark.check}", mark.text) for mark in marks if mark.way == BROKE]


NOTE = "{}: {}. No mark until somebody has looked: the check may be wrong about a right program, or this is what the program is after"
