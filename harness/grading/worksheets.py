"""Makes notebooks out of exercises, for nbgrader; they are never kept by hand. The same exercise makes the same bytes.

A worksheet has the task, one cell for the answer, the public tests to read, and one cell per check that is worth the check's points.
Only the answer cell's text is ever graded. What a check's cell shows in a student's own kernel is practice.
"""

from __future__ import annotations

import json
import textwrap
from typing import Any

from harness.catalogue import Check, Exercise

NBFORMAT = (4, 5)
SCHEMA_VERSION = 3
"""Version of nbgrader's cell metadata."""
WIDTH = 100
MARKERS = "### BEGIN SOLUTION\n### END SOLUTION"
"""nbgrader replaces what is between them; the stub stands before them and stays."""

CHECK = "check-"
"""In front of a check's id in nbgrader's names: a check may be called as the student's file is."""


def worksheet(exercise: Exercise, answer: str | None = None) -> dict[str, Any]:
    """Return a notebook as plain data.

    Args:
        answer: text of the answer cell; by default the stub.
    """
    task = exercise.folder.joinpath("README.md").read_text(encoding="utf-8")
    tests = exercise.public_tests.read_text(encoding="utf-8")
    stub = exercise.stub.read_text(encoding="utf-8").rstrip() + f"\n\n{MARKERS}\n"
    cells = [
        _markdown(f"{exercise.module}-task", task),
        _code(exercise.module, stub if answer is None else answer, _about(exercise.module, solution=True)),
        _markdown(
            f"{exercise.module}-tests", f"## The public checks\n\nTo read; they are run by the cells below.\n\n```python\n{tests}```"
        ),
        *(_grading(exercise, check) for check in exercise.checks),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": NBFORMAT[0], "nbformat_minor": NBFORMAT[1]}


def worksheet_text(exercise: Exercise) -> str:
    """Return the notebook's file."""
    return json.dumps(worksheet(exercise), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _grading(exercise: Exercise, check: Check) -> dict[str, Any]:
    name = f"{CHECK}{check.id}"
    return _code(name, _asked(exercise, check), _about(name, grade=True, points=check.points))


def _asked(exercise: Exercise, check: Check) -> str:
    kind = "a public check" if check.public else "decided at grading"
    said = f"{exercise.number}.{check.id}, {check.points} point{'' if check.points == 1 else 's'}, {kind}: {check.promise}"
    comment = textwrap.fill(said, WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)
    return f'{comment}\nfrom harness.grading.practice import check\ncheck("{exercise.slug}", "{check.id}")'


def _about(grade_id: str, **given: Any) -> dict[str, Any]:
    grade = given.get("grade", False)
    told = {"grade": grade, "grade_id": grade_id, "locked": grade, "schema_version": SCHEMA_VERSION, "solution": not grade, "task": False}
    return {"nbgrader": {**told, **({"points": given["points"]} if grade else {})}}


def _code(id: str, text: str, metadata: dict[str, Any]) -> dict[str, Any]:
    kept = {"deletable": False, **metadata}
    return {"cell_type": "code", "execution_count": None, "id": cell_id(id), "metadata": kept, "outputs": [], "source": text}


def _markdown(id: str, text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": cell_id(id), "metadata": {}, "source": text}


def cell_id(name: str) -> str:
    """Return a cell's id: derived from what the cell is, so that it is the same in every notebook that is made."""
    return name[:64]
