"""Compares our marks with those made on the student's side: a `result.json` that says more than the judge was not made by our bundle.

What it says is a student's words. It is read with care, told to the teacher, and changes no mark.
"""

from __future__ import annotations

import json
from typing import Any

from harness.grading.channels.text import identity, line
from harness.grading.submissions import BadFile, Tree
from harness.grading.verdicts import Report

FILE = "result.json"
MOST_BYTES = 2_000_000
MOST_TOLD = 200


def claim_in(tree: Tree) -> str:
    """Return what the submission's own `result.json` says, empty if there is none."""
    try:
        raw = tree.read(FILE, MOST_BYTES)
    except BadFile as error:
        return f"unreadable: {error}"
    return "" if raw is None else raw.decode("utf-8", "replace")


def suspicions(claim: str, report: Report) -> list[str]:
    """Return where a claim and our marks cannot both be right, one sentence each.

    Args:
        claim: what `claim_in` returned.
    """
    if not claim:
        return []
    try:
        tests = json.loads(claim)["tests"]
        claimed = {str(test["test-name"]).partition(":")[0]: int(test["score"]) for test in tests}
        total = int(json.loads(claim)["score"])
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return [f"its {FILE} is none that our bundle writes"]
    return _compared(claimed, total, report)


def _compared(claimed: dict[str, int], total: int, report: Report) -> list[str]:
    ours: dict[str, Any] = {identity(mark): mark for mark in report.marks}
    found = [f"its {FILE} has a check {line(name)[:40]!r} that there is not" for name in sorted(set(claimed) - set(ours))[:3]]
    for name, score in claimed.items():
        mark = ours.get(name)
        if mark is not None and mark.verdict != "infra" and score > mark.points:
            found.append(f"its {FILE} claims {score} points for {name}; the judge says {mark.verdict}, {mark.points}")
    if total != sum(claimed.values()):
        found.append(f"its {FILE} claims {total} points in all, which is not what its own checks add up to")
    return [told[:MOST_TOLD] for told in found]
