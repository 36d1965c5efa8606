"""One report, every channel: pure functions from a `Report` to the text that another system wants to read.

What a channel tells of a check is decided in `text.feedback`, so that no channel can tell more than another. Points are whole
numbers everywhere, and a report with an `infra` in it is no marks at all: `finished` refuses it.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable

from harness.grading.channels import classroom, gradescope, junit, summary, table
from harness.grading.verdicts import Report

EMITTERS: dict[str, Callable[[Report], str]] = {
    "classroom": classroom.output_line,
    "csv": table.csv_table,
    "gradescope": gradescope.results,
    "json": lambda report: json.dumps(report.as_json(), indent=1) + "\n",
    "junit": junit.xml,
    "log": lambda report: summary.log(report, secrets.token_hex(16)),
    "summary": summary.markdown,
}
"""What `course emit` can write. Classroom 50 is not among them: its file also says whose submission it is, see `classroom50`."""

APPENDED = ("classroom", "summary")
"""Those that are added to a file of GitHub's (`$GITHUB_OUTPUT`, `$GITHUB_STEP_SUMMARY`) instead of replacing it."""
