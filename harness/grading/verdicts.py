"""What grading says: one immutable report, from which every channel's output is made."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

REPORT_FORMAT = 1
REQUIRED_LEVEL = 3
"""Isolation that marks need: 0 in process, 1 a process with limits, 2 lacks Landlock or seccomp, 3 everything."""


UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def printable(text: str) -> str:
    """Return untrusted text so that no terminal, log or workflow takes it for a command: no control characters, no `::`, no `##[`."""
    return UNPRINTABLE.sub("?", text).replace("::", ": :").replace("##[", "# #[")


@dataclass(frozen=True)
class Mark:
    """What became of one check.

    Args:
        exercise: slug.
        check: id.
        promise: the check's promise, from the catalogue.
        verdict: one of `running.VERDICTS`.
        points, max_points: integers.
        public: whether the student has the test, so that all may be told.
        text: what happened, for public checks; untrusted text may be in it.
        story: the failing run told, for public checks.
        replay_id: how to see that run again, for public checks.
        way: verdict and code, what a diagnosis compares.
        misconception, hint: the diagnosis, if there is one.
    """

    exercise: str
    check: str
    promise: str
    verdict: str
    points: int
    max_points: int
    public: bool
    text: str = ""
    story: str = ""
    replay_id: str = ""
    way: str = ""
    misconception: str = ""
    hint: str = ""

    @property
    def passed(self) -> bool:
        """True if the promise holds."""
        return self.verdict == "pass"


@dataclass(frozen=True)
class BonusMark:
    """What became of a scenario that a student wrote; its points stand apart from all others.

    Args:
        exercise: slug.
        verdict, text, caught, points, max_points: as in `bonus.Outcome`; untrusted text may be in `text`.
    """

    exercise: str
    verdict: str
    text: str
    caught: tuple[str, ...]
    points: int
    max_points: int


@dataclass(frozen=True)
class Report:
    """The marks of one submission.

    Args:
        submission: what was graded, as the caller named it.
        digest: SHA-256 over the files that were read, by exercise.
        marks: one per check of the exact known list, in the catalogue's order.
        level: isolation it was graded under.
        missing: layers of isolation that this machine lacks.
        harness: version and digest of the harness that judged.
        seed: public fingerprint of the course's seed, never the seed.
        notes: remarks for the teacher, e.g. protected files that were changed.
        bonus: one per scenario that was handed in; never part of `score`.
    """

    submission: str
    digest: tuple[tuple[str, str], ...]
    marks: tuple[Mark, ...]
    level: int
    missing: tuple[str, ...]
    harness: str
    seed: str
    notes: tuple[str, ...] = ()
    bonus: tuple[BonusMark, ...] = ()

    @property
    def score(self) -> int:
        """Sum of the points granted."""
        return sum(mark.points for mark in self.marks)

    @property
    def max_score(self) -> int:
        """Sum of the points to be had."""
        return sum(mark.max_points for mark in self.marks)

    @property
    def authoritative(self) -> bool:
        """True if the marks may be relied on: full isolation, and nothing went wrong on our side."""
        return self.level >= REQUIRED_LEVEL and not self.infra

    @property
    def infra(self) -> bool:
        """True if something failed that is not the submission's fault: run again, it is no zero."""
        return "infra" in [*(mark.verdict for mark in self.marks), *(mark.verdict for mark in self.bonus)]

    def of(self, exercise: str) -> tuple[Mark, ...]:
        """Return the marks of one exercise."""
        return tuple(mark for mark in self.marks if mark.exercise == exercise)

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain data: the same bytes for the same submission and seed, so no times in it."""
        checks = [{"id" if key == "check" else key: value for key, value in asdict(mark).items()} for mark in self.marks]
        return {
            "format": REPORT_FORMAT,
            "submission": self.submission,
            "score": self.score,
            "max_score": self.max_score,
            "authoritative": self.authoritative,
            "isolation_level": self.level,
            "isolation_missing": list(self.missing),
            "harness": self.harness,
            "seed": self.seed,
            "digest": dict(self.digest),
            "notes": list(self.notes),
            "checks": checks,
            **({"bonus": [asdict(mark) for mark in self.bonus]} if self.bonus else {}),
        }
