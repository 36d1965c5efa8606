"""GitHub Classroom's autograding, version 1: a step's output `result`, and the reporter's line of points.

The service ended in August 2026; its workflows live on in thousands of repositories, and so does the format. Each step of the
student's workflow grades one exercise and leaves base64 of a JSON object; the last step adds them up. We need no action of
anybody's for either.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from harness.errors import Problem
from harness.grading.channels.text import feedback, finished, name
from harness.grading.verdicts import Report

VERSION = 1
SUFFIX = "_RESULTS"


class NoResult(Problem):
    """A step left no result, or one that is not in this format."""


def result(report: Report) -> dict[str, Any]:
    """Return a step's result. Every test has its whole-number `score`, and no name holds a line break.

    Raises:
        Unfinished: there is no mark yet.
    """
    tests = [
        {
            "name": name(mark),
            "status": "pass" if mark.verdict == "pass" else "fail",
            "score": mark.points,
            "message": feedback(mark),
            "test_code": "",
            "filename": f"exercises/{mark.exercise}",
            "line_no": 0,
            "duration": 0,
        }
        for mark in finished(report).marks
    ]
    return {"version": VERSION, "status": _status(report), "max_score": report.max_score, "tests": tests}


def _status(report: Report) -> str:
    verdicts = {mark.verdict for mark in report.marks}
    if verdicts <= {"pass"}:
        return "pass"
    return "error" if verdicts & {"load_error", "bad_file", "not_handed_in"} else "fail"


def encoded(report: Report) -> str:
    """Return a step's result as base64, on one line."""
    return base64.b64encode(json.dumps(result(report)).encode()).decode("ascii")


def output_line(report: Report) -> str:
    """Return the line to append to `$GITHUB_OUTPUT`."""
    return f"result={encoded(report)}\n"


def results_in(environment: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Return the steps' results from their variables, e.g. `EX03_RESULTS`, by the step's name in lower case.

    Raises:
        NoResult: a variable is empty or holds something else; a step that left nothing is no step with zero points.
    """
    found = {}
    for variable in sorted(environment):
        if variable.endswith(SUFFIX):
            found[variable.removesuffix(SUFFIX).lower()] = _decoded(variable, environment[variable])
    if not found:
        raise NoResult(f"no step has left a result: there is no variable that ends in {SUFFIX}")
    return found


def _decoded(variable: str, value: str) -> dict[str, Any]:
    try:
        found = json.loads(base64.b64decode(value, validate=True))
        scores = [test["score"] for test in found["tests"]]
        if found["version"] != VERSION or any(type(score) is not int for score in [*scores, found["max_score"]]):
            raise ValueError("not version 1, or a score is not a whole number")
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise NoResult(f"{variable} holds no result of a step ({error}); see what that step said") from error
    return dict(found)


def points(results: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the reporter's line, e.g. `Points 6/10`: checks weigh what they are worth, not all the same."""
    score = sum(test["score"] for step in results.values() for test in step["tests"])
    return f"Points {score}/{sum(step['max_score'] for step in results.values())}"
