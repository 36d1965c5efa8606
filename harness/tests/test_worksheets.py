"""Notebooks are made from exercises: the same bytes each time, nothing hidden in them, and graded like a file."""

import json
import re
import subprocess
import sys

import pytest

from harness import catalogue
from harness.grading import leaks
from harness.grading.notebooks import source_of
from harness.grading.release import release
from harness.grading.worksheets import CHECK, MARKERS, worksheet, worksheet_text
from harness.tests.course_copy import ROOT

EXERCISES = catalogue.exercises(ROOT)


@pytest.mark.parametrize("exercise", EXERCISES, ids=[each.slug for each in EXERCISES])
def test_a_worksheet_has_the_task_an_answer_cell_and_a_cell_per_check(exercise):
    made = worksheet(exercise)
    ids = [cell["id"] for cell in made["cells"]]
    assert len(set(ids)) == len(ids) and all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name) for name in ids)
    about = {cell["metadata"]["nbgrader"]["grade_id"]: cell for cell in made["cells"] if "nbgrader" in cell["metadata"]}
    assert list(about) == [exercise.module, *(CHECK + check.id for check in exercise.checks)]
    assert sum(cell["metadata"]["nbgrader"].get("points", 0) for cell in about.values()) == exercise.points
    for check in exercise.checks:
        cell = about[CHECK + check.id]
        assert cell["metadata"]["nbgrader"]["locked"] and cell["source"].splitlines()[-1] == f'check("{exercise.slug}", "{check.id}")'
    answer = about[exercise.module]
    assert answer["source"].endswith(MARKERS + "\n") and answer["metadata"]["nbgrader"]["solution"]
    compile(answer["source"], "answer", "exec")
    assert source_of(exercise.stub, worksheet_text(exercise).encode(), exercise).text == answer["source"]


def test_worksheets_are_the_same_bytes_in_every_process():
    script = "from harness import catalogue; from harness.grading.worksheets import worksheet_text; import hashlib;"
    script += "print(hashlib.sha256(''.join(map(worksheet_text, catalogue.exercises())).encode()).hexdigest())"
    made = {
        subprocess.run([sys.executable, "-c", script], cwd=ROOT, env={"PYTHONHASHSEED": seed}, capture_output=True, check=True).stdout
        for seed in ("1", "2")
    }
    assert len(made) == 1


def test_what_students_get_of_the_notebooks_gives_nothing_away():
    files = release("nbgrader", ROOT, EXERCISES)
    students = {name: data for name, data in files.items() if name.startswith("source/")}
    assert len([name for name in students if name.endswith(".ipynb")]) == len(EXERCISES)
    assert leaks.search(students, ROOT, hidden_may_leave=False) == []
    assert not [name for name in students if "hidden" in name or "solutions" in name]
    for name, data in students.items():
        if name.endswith(".ipynb"):
            assert json.loads(data)["nbformat"] == 4
