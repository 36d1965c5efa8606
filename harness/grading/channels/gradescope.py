"""Gradescope: `results.json`. Its tests are shown as plain text, so that nothing of a submission's is read as HTML."""

from __future__ import annotations

import json
from typing import Any

from harness.grading.channels.text import feedback, finished, name
from harness.grading.verdicts import Report


def result(report: Report) -> dict[str, Any]:
    """Return what `results.json` holds.

    Raises:
        Unfinished: there is no mark yet; Gradescope then says that the autograder failed, which is the truth.
    """
    tests = [
        {
            "name": name(mark),
            "score": mark.points,
            "max_score": mark.max_points,
            "status": "passed" if mark.verdict == "pass" else "failed",
            "output": feedback(mark),
            "output_format": "text",
            "visibility": "visible",
        }
        for mark in finished(report).marks
    ]
    return {"score": report.score, "visibility": "visible", "stdout_visibility": "hidden", "tests": tests}


def results(report: Report) -> str:
    """Return the text of `results.json`; raises as `result`."""
    return json.dumps(result(report), indent=1) + "\n"
