"""What one student handed in, taken at one moment out of a place that others can write to: text and nothing else.

So it can wait for its turn, be recognised after an interruption, and be sent to another machine.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from harness.bonus import bonus_of
from harness.catalogue import Exercise
from harness.errors import Misuse
from harness.grading.blame import notes_of
from harness.grading.judge import Progress, grade, marks_of
from harness.grading.submissions import Handed, Unreadable, handed_in
from harness.grading.verdicts import Mark, Report, printable


@dataclass(frozen=True)
class Snapshot:
    """One submission.

    Args:
        name: the student's, or the folder's.
        texts: slug of an exercise and what its file says, for each that can be graded.
        problems: slug and why not, for each that is there and cannot.
        notes: remarks for the teacher.
        scenarios: slug and what the file with the student's own scenario says, for exercises with a bonus where there is one.
    """

    name: str
    texts: tuple[tuple[str, str], ...] = ()
    problems: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    scenarios: tuple[tuple[str, str], ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 over all of it."""
        return hashlib.sha256(json.dumps(asdict(self)).encode()).hexdigest()


def take(name: str, where: Path | str, exercises: Sequence[Exercise]) -> Snapshot:
    """Return what stands at a place that exists; if nothing there belongs to any exercise, that is a submission too, an empty one."""
    try:
        return of(name, handed_in(where, exercises))
    except Unreadable as error:
        return unreadable(name, exercises, str(error))
    except Misuse as error:
        return Snapshot(name, notes=(str(error).replace(str(where), name),))


def unreadable(name: str, exercises: Sequence[Exercise], why: str) -> Snapshot:
    """Return a submission that cannot be read as a whole: nobody knows what is in it."""
    return Snapshot(name, problems=tuple((exercise.slug, why) for exercise in exercises), notes=(why,))


def of(name: str, handed: Handed) -> Snapshot:
    """Return what was handed in as a snapshot."""
    texts = [(slug, source.text) for slug, source in sorted(handed.sources.items()) if source.text is not None]
    problems = [(slug, source.problem) for slug, source in sorted(handed.sources.items()) if source.text is None]
    scenarios = [(slug, source.text) for slug, source in sorted(handed.scenarios.items()) if source.text is not None]
    return Snapshot(name, tuple(texts), tuple(problems), handed.notes, tuple(scenarios))


def grade_snapshot(
    taken: Snapshot,
    exercises: Sequence[Exercise],
    *,
    isolated: bool = True,
    seed: str | None = None,
    jobs: int | None = None,
    progress: Progress = lambda exercise, check: None,
) -> Report:
    """Return the marks: for each check `bad_file` if an exercise cannot be read, `not_handed_in` if it is not there."""
    with tempfile.TemporaryDirectory(prefix="course-") as folder:
        for exercise in exercises:
            (Path(folder) / exercise.slug).mkdir()
        known = {exercise.slug: exercise for exercise in exercises}
        files = [(f"{slug}/{known[slug].module}.py", text) for slug, text in taken.texts]
        files += [(f"{slug}/{bonus_of(known[slug]).module}.py", text) for slug, text in taken.scenarios]
        for name, text in files:
            (Path(folder) / name).write_text(text, encoding="utf-8", newline="")
        report = grade(folder, exercises, isolated=isolated, seed=seed, jobs=jobs, progress=progress)
    problems = dict(taken.problems)
    there = {slug for slug, _ in (*taken.texts, *taken.problems)}
    judged = [report.of(exercise.slug) if exercise.slug in there else marks_of(exercise, None, (), False) for exercise in exercises]
    marks = tuple(_explained(mark, problems) for marks in judged for mark in marks)
    return replace(report, submission=taken.name, marks=marks, notes=tuple(printable(note) for note in (*taken.notes, *notes_of(marks))))


def _explained(mark: Mark, problems: dict[str, str]) -> Mark:
    return replace(mark, text=printable(problems[mark.exercise])) if mark.exercise in problems else mark
