"""A notebook as a submission: one cell of it, the one that was made for the answer, is the student's file. Nothing is run here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.catalogue import Exercise
from harness.grading.submissions import BadFile, Source, decoded, read_file

MAX_BYTES = 5_000_000


UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, RecursionError)
"""What Python raises where a file is no notebook, or one in which something is not what it should be."""


def read(path: Path, exercise: Exercise) -> Source:
    """Read a notebook's answer, or say why it cannot be graded."""
    try:
        raw = read_file(path.parent, [path.name], MAX_BYTES) or b""
    except BadFile as error:
        return Source(path, None, str(error))
    return source_of(path, raw, exercise)


def answered(path: Path, exercises: Sequence[Exercise]) -> list[Exercise]:
    """Return those exercises that a notebook has a cell for which names them; none if it cannot be read."""
    try:
        raw = read_file(path.parent, [path.name], MAX_BYTES) or b""
        names = {name for cell in json.loads(raw)["cells"] if cell.get("cell_type") == "code" for name in _names(cell)}
    except (BadFile, *UNREADABLE):
        return []
    return [exercise for exercise in exercises if exercise.module in names]


def source_of(path: Path, raw: bytes, exercise: Exercise) -> Source:
    """Return the answer cell of a notebook as a source, or say why there is none.

    The cell is known by its id or its nbgrader grade id, which is the exercise's module, or by the tag `submission`.
    """
    try:
        cells = json.loads(raw)["cells"] if len(raw) <= MAX_BYTES else []
        found = [cell for cell in cells if cell.get("cell_type") == "code" and _is_answer(cell, exercise)]
        if len(found) != 1:
            many = "no cell" if not found else f"{len(found)} cells"
            return Source(path, None, f"{path.name} has {many} marked as the answer ({exercise.module}); it should have one")
        lines = found[0]["source"]
        text = lines if isinstance(lines, str) else "".join(lines)
        return decoded(path, text.encode())
    except UNREADABLE:
        return Source(path, None, f"{path.name} is not a notebook that can be read")


def _is_answer(cell: dict[str, Any], exercise: Exercise) -> bool:
    return exercise.module in _names(cell) or "submission" in cell.get("metadata", {}).get("tags", ())


def _names(cell: dict[str, Any]) -> tuple[Any, Any]:
    return cell.get("id"), cell.get("metadata", {}).get("nbgrader", {}).get("grade_id")
