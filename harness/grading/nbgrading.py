"""nbgrader's autograding with the judge in the place of the kernel. The only module that needs nbgrader (extra `nbgrader`).

Student code and a grading cell share one kernel, so whatever a kernel says can be forged: the output of a cell, its error, its
standard error, the functions it calls. So no kernel is started. `OnlyTheAnswer` throws away everything of a submitted notebook but the
text of its answer cell, and puts that into a fresh worksheet; `JudgeMarks` has the judge grade that text in its sandbox, and writes
what the judge states into the grading cells, where nbgrader finds it.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import MissingEntry
from nbgrader.plugins import CsvExportPlugin
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Unicode

from harness import catalogue
from harness.catalogue import Exercise
from harness.grading.channels.text import feedback, finished
from harness.grading.notebooks import source_of
from harness.grading.snapshot import Snapshot, grade_snapshot
from harness.grading.verdicts import Mark
from harness.grading.worksheets import CHECK, worksheet

NO_ANSWER = "# There is no answer that can be graded: {}\n"


class _InCourse(NbGraderPreprocessor):  # type: ignore[misc]
    course = Unicode(help="Folder with the exercises and the hidden checks; students never get it.").tag(config=True)

    def exercise(self, resources: Any) -> Exercise:
        """Return the exercise of the assignment that is being graded."""
        return catalogue.exercise(resources["nbgrader"]["assignment"], Path(self.course).resolve())


class OnlyTheAnswer(_InCourse):
    """Makes a fresh worksheet with the submitted answer in it. Nothing else of the submitted notebook is looked at again."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Replace the notebook."""
        exercise = self.exercise(resources)
        path = Path(f"{resources['nbgrader']['notebook']}.ipynb")
        source = source_of(path, json.dumps(nb).encode("utf-8", "replace"), exercise)
        fresh = worksheet(exercise, NO_ANSWER.format(source.problem) if source.text is None else source.text)
        fresh["metadata"]["course"] = {"problem": source.problem}
        return nbformat.from_dict(fresh), resources


class JudgeMarks(_InCourse):
    """Writes the judge's marks into the grading cells.

    Raises:
        Unfinished: the grader failed; nbgrader reports an error for this student and keeps no mark, which is no zero.
    """

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Grade the answer and fill in the cells."""
        exercise = self.exercise(resources)
        [answer] = [cell.source for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("solution")]
        problem = nb.metadata["course"]["problem"]
        files = ((exercise.slug, problem or answer),)
        taken = Snapshot(resources["nbgrader"]["student"], *((), files) if problem else (files, ()))
        marks = {mark.check: mark for mark in finished(grade_snapshot(taken, [exercise])).marks}
        for cell in nb.cells:
            about = cell.metadata.get("nbgrader", {})
            if about.get("grade"):
                _fill(cell, marks[about["grade_id"].removeprefix(CHECK)])
        return nb, resources


class ExportMarks(CsvExportPlugin):  # type: ignore[misc]
    """Writes `grades.csv` as nbgrader does, but leaves the score of a submission empty that could not be graded: it is no zero."""

    def export(self, gradebook: Any) -> None:
        """Write the file."""
        super().export(gradebook)
        path = Path(self.to or "grades.csv")
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            if _ungraded(gradebook, row["assignment"], row["student_id"]):
                row["raw_score"] = row["score"] = ""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]) if rows else [], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


def _ungraded(gradebook: Any, assignment: str, student: str) -> bool:
    try:
        notebooks = gradebook.find_submission(assignment, student).notebooks
    except MissingEntry:
        return False  # nothing was handed in
    return any(grade.auto_score is None and grade.manual_score is None for notebook in notebooks for grade in notebook.grades)


def _fill(cell: Any, mark: Mark) -> None:
    said = f"{mark.verdict.replace('_', ' ')}: {mark.points} of {mark.max_points}\n{feedback(mark)}".rstrip() + "\n"
    cell.outputs = [
        nbformat.v4.new_output("stream", name="stdout", text=said),
        nbformat.v4.new_output("execute_result", data={"text/plain": str(float(mark.points))}, execution_count=1),
    ]
