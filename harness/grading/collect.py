"""Grades a cohort: one verdict file per submission, written in one step, so that it can be killed at any moment and go on.

A verdict file says what it was made from. Started again, `collect` keeps those that were made from the same submission, checks, seed
and judge, and makes the others; what comes out is the same bytes as without the interruption.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness import catalogue
from harness.catalogue import Exercise
from harness.errors import Misuse
from harness.grading import bundle, cohort
from harness.grading.claims import suspicions
from harness.grading.cohort import Entry, Taken
from harness.grading.judge import fingerprint
from harness.grading.snapshot import Snapshot, grade_snapshot
from harness.grading.verdicts import BonusMark, Mark, Report, printable

FORMAT = 1
VERDICTS, TAKEN = "verdicts", "taken"


@dataclass(frozen=True)
class Course:
    """What a cohort is graded by; plain data, the same on every machine.

    Args:
        files: exercises and hidden checks, the teacher's private ones among them.
        slugs: exercises to grade.
        seed: private seed of the course.
    """

    files: dict[str, bytes]
    slugs: tuple[str, ...]
    seed: str

    @property
    def digest(self) -> str:
        """What of it decides marks, and the judge; a fingerprint that tells nothing of the seed."""
        text = json.dumps([bundle.digest(self.files), self.slugs, self.seed, fingerprint()])
        return hashlib.sha256(text.encode()).hexdigest()

    @contextmanager
    def laid_out(self) -> Iterator[list[Exercise]]:
        """Write the files into a temporary folder and give the exercises there."""
        with tempfile.TemporaryDirectory(prefix="course-") as folder:
            root = Path(folder).resolve() / "course"
            bundle.write(self.files, root)
            yield [catalogue.exercise(slug, root) for slug in self.slugs]


@dataclass(frozen=True)
class Verdict:
    """What became of one submission.

    Args:
        name: the student's.
        report: the marks; None if the submission could not be fetched.
        flags: where the student's side claims other marks.
        trouble: then, why there are none.
        kept: taken over from an earlier run.
    """

    name: str
    report: Report | None
    flags: tuple[str, ...] = ()
    trouble: str = ""
    kept: bool = False

    @property
    def unfinished(self) -> bool:
        """True if this one must be run again."""
        return self.report is None or self.report.infra


Grader = Callable[[Course, Sequence[Exercise], Sequence[Snapshot]], Iterator[tuple[Snapshot, Report]]]
"""Grades snapshots and gives the reports as they come, in any order."""


def collect(course: Course, found: Sequence[Entry], out: Path, grader: Grader, done: Callable[[Verdict], None]) -> list[Verdict]:
    """Grade a cohort and return its verdicts in the order of the entries.

    Args:
        out: folder of results; what is in it and still true is kept.
        grader: `here`, or `scattering.Cluster` for more than one machine.
        done: called with each verdict as it is known.
    """
    for name in (VERDICTS, TAKEN):
        (out / name).mkdir(parents=True, exist_ok=True)
        for half_written in (out / name).glob("*.tmp"):
            half_written.unlink()
    verdicts: dict[str, Verdict] = {}
    waiting: dict[str, Taken] = {}
    with course.laid_out() as exercises:
        for entry in found:
            known = _taken_or_known(course, entry, exercises, out)
            if isinstance(known, Taken):
                waiting[entry.name] = known
            else:
                verdicts[entry.name] = known
                done(known)
        for graded, report in grader(course, exercises, [taken.snapshot for taken in waiting.values()]):
            taken = waiting[graded.name]
            verdict = Verdict(graded.name, report, tuple(suspicions(taken.claim, report)))
            write(out / VERDICTS / file_name(graded.name), {"key": _key(course, taken), **_as_json(verdict)})
            verdicts[graded.name] = verdict
            done(verdict)
    return [verdicts[entry.name] for entry in found]


def _taken_or_known(course: Course, entry: Entry, exercises: Sequence[Exercise], out: Path) -> Taken | Verdict:
    """Return what was handed in, or the verdict if it is known already, or why it cannot be had."""
    try:
        taken = _taken(entry, exercises, out / TAKEN / file_name(entry.name))
    except Exception as error:  # it cannot be had now, or our reading of it has a bug: the others get their marks
        told = str(error) if isinstance(error, Misuse) else f"{type(error).__name__}: {error}"
        return Verdict(entry.name, None, trouble=printable(told))
    try:
        entries = json.loads((out / VERDICTS / file_name(entry.name)).read_text(encoding="utf-8"))
        if entries["key"] == _key(course, taken):
            verdict = _from_json(entries)
            return taken if verdict.unfinished else verdict
    except (OSError, ValueError, KeyError, TypeError):
        pass  # there is none, or one of another version
    return taken


def _taken(entry: Entry, exercises: Sequence[Exercise], kept: Path) -> Taken:
    """Take what an entry names; a commit is fetched once, and when that was is kept beside what it holds."""
    if entry.path is not None:
        return cohort.take(entry, exercises)
    asked = [entry.repository, entry.commit, [exercise.slug for exercise in exercises]]
    try:
        entries = json.loads(kept.read_text(encoding="utf-8"))
        if entries["asked"] == asked:
            return cohort.taken_from(entries["taken"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    taken = cohort.take(entry, exercises)
    fetched = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    write(kept, {"asked": asked, "fetched": fetched, "taken": asdict(taken)})
    return taken


def here(jobs: int | None = None) -> Grader:
    """Return a grader that works on this machine, on all its processors or on as many as it may use."""

    def grader(course: Course, exercises: Sequence[Exercise], snapshots: Sequence[Snapshot]) -> Iterator[tuple[Snapshot, Report]]:
        for each in snapshots:
            try:
                report = grade_snapshot(each, exercises, seed=course.seed, jobs=jobs)
            except Exception as error:  # whatever it is, the other submissions get their marks
                report = not_graded(each, exercises, error)
            yield each, report

    return grader


def not_graded(taken: Snapshot, exercises: Sequence[Exercise], error: BaseException) -> Report:
    """Return a report that says of every check that the grader failed: to be run again, and no zero."""
    text = printable(f"{type(error).__name__}: {error}")
    marks = (
        Mark(exercise.slug, check.id, check.promise, "infra", 0, check.points, check.public, text=text, way="infra")
        for exercise in exercises
        for check in exercise.checks
    )
    return Report(taken.name, (), tuple(marks), 0, (), fingerprint(), "")


def _key(course: Course, taken: Taken) -> str:
    text = json.dumps([FORMAT, course.digest, taken.snapshot.digest, taken.claim])
    return hashlib.sha256(text.encode()).hexdigest()


def file_name(name: str) -> str:
    """Return the name of a submission's verdict file: readable, and a file's name whatever the submission is called."""
    plain = re.sub(r"[^A-Za-z0-9.-]", "_", name)[:60]
    mark = (
        "" if plain == name and not name.startswith(".") else "-" + hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    )
    return f"{plain.lstrip('.')}{mark}.json"


def write(path: Path, data: dict[str, Any]) -> None:
    """Write a file so that it is there as a whole or not at all."""
    half = path.with_suffix(f".{os.getpid()}.tmp")
    with half.open("w", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(data, indent=1) + "\n")
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)


def _as_json(verdict: Verdict) -> dict[str, Any]:
    assert verdict.report is not None
    return {"format": FORMAT, "name": verdict.name, "flags": list(verdict.flags), "report": verdict.report.as_json()}


def _from_json(entries: dict[str, Any]) -> Verdict:
    return Verdict(entries["name"], report_from(entries["report"]), tuple(entries["flags"]), kept=True)


def report_from(entries: dict[str, Any]) -> Report:
    """Return the report that `Report.as_json` made."""
    marks = [{"check" if key == "id" else key: value for key, value in entry.items()} for entry in entries["checks"]]
    return Report(
        submission=entries["submission"],
        digest=tuple(entries["digest"].items()),
        marks=tuple(Mark(**mark) for mark in marks),
        level=entries["isolation_level"],
        missing=tuple(entries["isolation_missing"]),
        harness=entries["harness"],
        seed=entries["seed"],
        notes=tuple(entries["notes"]),
        bonus=tuple(BonusMark(**{**mark, "caught": tuple(mark["caught"])}) for mark in entries.get("bonus", ())),
    )
