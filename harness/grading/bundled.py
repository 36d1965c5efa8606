"""What a grading bundle runs: the judge, from the files beside it, on what was handed in.

A bundle holds public and sealed checks. Whoever can read the bundle can read those, and whoever owns the machine that runs it can
write what they like: these marks are quick feedback, and `course collect` makes the ones that count.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from pathlib import Path

from harness import catalogue
from harness.grading.bundle import up_to
from harness.grading.channels import classroom50, gradescope
from harness.grading.channels.text import Unfinished
from harness.grading.snapshot import grade_snapshot, take
from harness.grading.verdicts import Report

TIER = "sealed"
NOT_GRADED = 1
FEEDBACK = "quick feedback: marks that count are made where no student can change them"


def report_on(bundle: Path, submission: Path) -> Report:
    """Return the marks for everything that the bundle can grade; a file that was not handed in gets `not_handed_in`, not silence."""
    exercises = [up_to(exercise, TIER) for exercise in catalogue.exercises(bundle)]
    report = grade_snapshot(take("submission", submission, exercises), exercises)
    return replace(report, notes=(FEEDBACK, *report.notes))


def run_classroom50(bundle: Path) -> int:
    """Grade the checkout that is the working directory, as Classroom 50's runner wants it; return the exit status."""
    identity = classroom50.Identity.from_environment(os.environ)
    report = report_on(bundle, Path.cwd())
    try:
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        Path("result.json").write_text(classroom50.result_json(report, identity, now), encoding="utf-8")
    except Unfinished as error:
        return _not_graded(error)
    Path("release-body.md").write_text(classroom50.release_body(report), encoding="utf-8")
    if os.environ.get("GITHUB_OUTPUT"):
        with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as outputs:
            outputs.write(classroom50.outputs(report))
    return 0


def run_gradescope(bundle: Path, home: Path = Path("/autograder")) -> int:
    """Grade Gradescope's `submission` folder and write its `results/results.json`; return the exit status."""
    report = report_on(bundle, home / "submission")
    try:
        (home / "results" / "results.json").write_text(gradescope.results(report), encoding="utf-8")
    except Unfinished as error:
        return _not_graded(error)
    return 0


def _not_graded(error: Unfinished) -> int:
    print(error, file=sys.stderr)
    return NOT_GRADED
