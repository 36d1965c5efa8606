"""Classroom 50: `result.json` and `release-body.md`, written by the `autograder.py` of an assignment's bundle.

The runner puts who submitted what into the environment, starts `autograder.py` in the student's checkout, and wants exit status
0 and a `result.json` with exactly these keys. Any other status means that grading failed, which is how `infra` is told.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.grading.channels import summary
from harness.grading.channels.text import feedback, finished, held, line, name
from harness.grading.verdicts import Report

SCHEMA = "classroom50/result/v1"


@dataclass(frozen=True)
class Identity:
    """Whose submission it is, as the runner says.

    Args:
        classroom, assignment: short names.
        assignment_type: `individual` or `group`.
        owner: login of the repository's owner.
        submission: the tag, `submit/…`.
        commit, release, review: addresses.
    """

    classroom: str
    assignment: str
    assignment_type: str
    owner: str
    submission: str
    commit: str
    release: str
    review: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Identity:
        """Return what the runner's variables say.

        Raises:
            KeyError: one is missing; this is not Classroom 50's runner.
        """
        return cls(
            classroom=environment["CLASSROOM"],
            assignment=environment["ASSIGNMENT"],
            assignment_type=environment.get("ASSIGNMENT_TYPE", "individual"),
            owner=environment.get("OWNER") or environment["USERNAME"],
            submission=environment["SUBMISSION_TAG"],
            commit=environment["COMMIT_URL"],
            release=environment["RELEASE_URL"],
            review=environment.get("REVIEW_URL") or environment["COMMIT_URL"],
        )


def result(report: Report, identity: Identity, datetime: str) -> dict[str, Any]:
    """Return what `result.json` holds.

    Args:
        datetime: `YYYY-MM-DDTHH:MM:SSZ`; the runner replaces it by the time of the commit.

    Raises:
        Unfinished: there is no mark yet.
    """
    tests = [
        {
            "test-name": name(mark),
            "passed": mark.verdict == "pass",
            "score": mark.points,
            "max-score": mark.max_points,
            "output": feedback(mark),
        }
        for mark in finished(report).marks
    ]
    return {
        "schema": SCHEMA,
        "classroom": identity.classroom,
        "assignment": identity.assignment,
        "assignment_type": identity.assignment_type,
        "owner": identity.owner,
        "submission": identity.submission,
        "commit": identity.commit,
        "release": identity.release,
        "review": identity.review,
        "datetime": datetime,
        "score": report.score,
        "max-score": report.max_score,
        "tests": tests,
    }


def result_json(report: Report, identity: Identity, datetime: str) -> str:
    """Return the text of `result.json`; raises as `result`."""
    return json.dumps(result(report, identity, datetime), indent=1) + "\n"


def release_body(report: Report) -> str:
    """Return the text of `release-body.md`: the marks, and the stories and hints under them."""
    return summary.markdown(report)


def outputs(report: Report) -> str:
    """Return the lines for `$GITHUB_OUTPUT`."""
    passed = sum(mark.verdict == "pass" for mark in finished(report).marks)
    status = "success" if passed == len(report.marks) else "failure"
    said = f"{held(report)} points, {passed} of {len(report.marks)} checks hold"
    return f"status={status}\nsummary={line(said)}\n"
