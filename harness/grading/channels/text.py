"""What may be said of a mark, and how to say it where a submission could have put words into it.

A submission's words can be in the text and the story of a public check: in an exception's message, in the field of a message.
They are printed to students, to teachers, into HTML, Markdown, XML, spreadsheets and the log of a workflow. So they are made
harmless here, once, before any channel sees them: printable characters in lines, and not too many.
"""

from __future__ import annotations

import unicodedata

from harness.errors import Problem
from harness.grading.verdicts import Mark, Report

MOST_CHARACTERS = 8_000
UNPRINTABLE = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})


class Unfinished(Problem):
    """There are no marks to hand over: something failed that is not the submission's fault. Run again; it is never a zero."""


def finished(report: Report) -> Report:
    """Return the report if it is one that a mark may be made from.

    Raises:
        Unfinished: a check could not be decided; the text names it.
    """
    for mark in report.marks:
        if mark.verdict == "infra":
            raise Unfinished(f"{mark.exercise}, {mark.check}: the grader itself failed, so there is no mark yet; run it again")
    for bonus in report.bonus:
        if bonus.verdict == "infra":
            raise Unfinished(f"{bonus.exercise}, the student's scenario: the grader itself failed, so there is no mark yet; run it again")
    return report


def name(mark: Mark) -> str:
    """Return what a check is called everywhere, e.g. `05.one_vote: An elector votes …`; the part up to the colon identifies it."""
    return f"{identity(mark)}: {line(mark.promise)}"


def identity(mark: Mark) -> str:
    """Return the number of the exercise and the id of the check, e.g. `05.one_vote`."""
    return f"{mark.exercise[:2]}.{mark.check}"


def feedback(mark: Mark) -> str:
    """Return what a student is told of a check that does not hold, in lines; empty if it holds.

    Of a public check everything; of a hidden one its promise, the verdict, and the diagnosis. Nothing else.
    """
    if mark.verdict == "pass":
        return ""
    if mark.public and (mark.story or mark.text):
        return "\n".join(lines(mark.story or mark.text))
    told = [f"Promised: {mark.promise}", f"Verdict:  {mark.verdict.replace('_', ' ')}"]
    if mark.misconception:
        told += [f"Likely:   {mark.misconception}", f"Hint:     {mark.hint}"]
    return "\n".join(told)


def lines(text: str) -> list[str]:
    """Return untrusted text as printable lines: no control characters, no half characters, nothing that turns the direction of reading."""
    left = len(text) - MOST_CHARACTERS
    found = ["".join(_printable(character) for character in row) for row in text[:MOST_CHARACTERS].splitlines()]
    return [*found, f"(and {left} more characters)"] if left > 0 else found


def line(text: str) -> str:
    """Return untrusted text as one printable line."""
    return " ".join(row.strip() for row in lines(text)).strip()


def _printable(character: str) -> str:
    if character == "\t":
        return "    "
    return "\N{REPLACEMENT CHARACTER}" if unicodedata.category(character) in UNPRINTABLE else character


def held(report: Report) -> str:
    """Return e.g. `6/10`."""
    return f"{report.score}/{report.max_score}"
