"""CSV: a row per check, for spreadsheets and gradebooks. Nothing in a cell is read as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from harness.grading.channels.text import line
from harness.grading.verdicts import Report

COLUMNS = ("submission", "exercise", "check", "verdict", "points", "max_points", "visibility")


def csv_table(report: Report) -> str:
    """Return the rows, with a header. A check that could not be decided has no points, not zero points.

    A scenario that a student wrote has a row of its own, whose visibility is `bonus`: its points are apart from the others.
    """
    bonus = [
        (
            report.submission,
            mark.exercise,
            "scenario",
            mark.verdict,
            "" if mark.verdict == "infra" else mark.points,
            mark.max_points,
            "bonus",
        )
        for mark in report.bonus
    ]
    return rows_as_csv(
        COLUMNS,
        [
            (
                report.submission,
                mark.exercise,
                mark.check,
                mark.verdict,
                "" if mark.verdict == "infra" else mark.points,
                mark.max_points,
                "public" if mark.public else "hidden",
            )
            for mark in report.marks
        ]
        + bonus,
    )


def rows_as_csv(header: Sequence[str], rows: Iterable[Sequence[str | int]]) -> str:
    """Return CSV text with Unix line ends."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow([cell(name) for name in header])
    writer.writerows([cell(value) if isinstance(value, str) else value for value in row] for row in rows)
    return written.getvalue()


def cell(text: str) -> str:
    """Return text as a spreadsheet shows it and does not compute it."""
    text = line(text)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
