"""GitHub's pages: Markdown for a step's summary or a release's text, and lines for the log that no workflow command can hide in."""

from __future__ import annotations

import re

from harness.grading.channels.text import feedback, held, identity, line, lines
from harness.grading.verdicts import BonusMark, Mark, Report

MOST_STORIES = 10


def markdown(report: Report) -> str:
    """Return a table of marks and, below it, what is told of each check that does not hold."""
    said = ["### Run this again: the grader itself failed" if report.infra else f"### {held(report)} points", ""]
    if not report.authoritative:
        said += ["For practice. Marks that count are made where no student can change them.", ""]
    said += ["| exercise | check | verdict | points |", "|---|---|---|---:|"]
    said += [_row(mark) for mark in report.marks]
    if report.bonus:
        said += ["", "Apart from these points, for scenarios of your own:", *(f"* {_bonus(mark)}" for mark in report.bonus)]
    failed = [mark for mark in report.marks if mark.verdict != "pass"]
    for mark in failed[:MOST_STORIES]:
        title = escaped(f"{identity(mark)}: {mark.promise}")
        said += ["", f"<details><summary>{title}</summary>", "", *fenced(feedback(mark)), "", "</details>"]
    if len(failed) > MOST_STORIES:
        said += ["", f"And {len(failed) - MOST_STORIES} more that do not hold; `course test` tells all of them."]
    said += ["", *(f"* {escaped(note)}" for note in report.notes)]
    return "\n".join(said).rstrip() + "\n"


def _row(mark: Mark) -> str:
    points = "" if mark.verdict == "infra" else f"{mark.points} of {mark.max_points}"
    hidden = "" if mark.public else " (hidden)"
    return f"| {escaped(mark.exercise)} | {escaped(mark.check)}{hidden} | {mark.verdict.replace('_', ' ')} | {points} |"


def _bonus(mark: BonusMark) -> str:
    points = "to be decided" if mark.verdict in ("plausible", "infra") else f"{mark.points} of {mark.max_points} points"
    return f"{escaped(mark.exercise)}: {mark.verdict.replace('_', ' ')}, {points}. {escaped(mark.text)}"


def escaped(text: str) -> str:
    """Return one line in which no character means anything to Markdown, HTML or GitHub (`@name`, `#7`, addresses)."""
    text = re.sub(r"[^\w\s.,;:'/()=%+?-]", lambda found: f"&#{ord(found[0])};", line(text))
    return re.sub(r"(?<=:)//|www\.|_", lambda found: "".join(f"&#{ord(letter)};" for letter in found[0]), text)


def fenced(text: str) -> list[str]:
    """Return lines of a code block that `text` cannot end."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return [f"{fence}text", *lines(text), fence]


def log(report: Report, token: str) -> str:
    """Return lines for the log: a line per check, and the stories of public ones; `token` as in `guarded`."""
    said = []
    for mark in report.marks:
        said += [f"{mark.verdict.replace('_', ' '):<16}{identity(mark)}: {mark.promise}", *(f"    {row}" for row in lines(feedback(mark)))]
    return guarded("\n".join(said), token)


def guarded(text: str, token: str) -> str:
    """Return untrusted text for the log of a workflow, between `::stop-commands::` and its end.

    The runner takes commands from any line that begins with `::` after blanks, and from `##[` anywhere in a line. So each line
    gets a bar in front of it as well, and `##[` is taken apart: no command is left even if somebody forgets the token.

    Args:
        token: random, and not known to the submission.
    """
    body = ["| " + row.replace("##[", "## [") for row in lines(text.replace(token, ""))]
    return "\n".join([f"::stop-commands::{token}", *body, f"::{token}::"]) + "\n"
