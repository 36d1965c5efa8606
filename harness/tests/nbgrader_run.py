"""The real nbgrader, from end to end: generate, hand in, autograde, feedback, export, with hostile notebooks in the class.

Not collected with the other tests, because nbgrader is a heavy extra; `.ci/run` installs it and runs this file:

    python3 -m venv .venv-nbgrader && .venv-nbgrader/bin/pip install -q -e '.[nbgrader]' hypothesis -c requirements.lock
    . .venv-nbgrader/bin/activate && pytest harness/tests/nbgrader_run.py
"""

import contextlib
import copy
import csv
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from harness import catalogue
from harness.grading import bundle
from harness.grading.release import release
from harness.grading.snapshot import Snapshot, grade_snapshot
from harness.tests.course_copy import ROOT

EXERCISE = catalogue.exercise("08", ROOT)
ASSIGNMENT, NOTEBOOK = EXERCISE.slug, f"{EXERCISE.module}.ipynb"
REFERENCE = (EXERCISE.solution / EXERCISE.stub.name).read_text(encoding="utf-8")
STUB = EXERCISE.stub.read_text(encoding="utf-8")
SECOND = "\nclass Register:"
HALF = REFERENCE.partition(SECOND)[0] + SECOND + STUB.partition(SECOND)[2]
WRONG = sorted((EXERCISE.solution / "wrong").glob("*.py"))[0].read_text(encoding="utf-8")
FULL = float(EXERCISE.points)


def answered(text):
    """Return what a student does who writes `text` into the answer cell."""

    def change(notebook):
        answer_of(notebook)["source"] = text
        return notebook

    return change


def answer_of(notebook):
    return next(cell for cell in notebook["cells"] if grade_id(cell) == EXERCISE.module)


def grade_id(cell):
    return cell["metadata"].get("nbgrader", {}).get("grade_id")


def grading_cells(notebook):
    return [cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("grade")]


def code(text, **about):
    return {"cell_type": "code", "execution_count": 1, "id": "mine", "metadata": about, "outputs": [], "source": text}


def overridden(notebook):
    """Every grading cell says that it is worth everything."""
    for cell in grading_cells(notebook):
        cell["source"] = str(FULL)
    return notebook


def forged_outputs(notebook):
    """The outputs are there already."""
    for cell in grading_cells(notebook):
        cell["outputs"] = [{"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/plain": str(FULL)}}]
    return notebook


def forged_score(notebook):
    """The kernel is prepared: `check` always says yes, and the names around it too."""
    answer_of(notebook)["source"] = (
        f"import builtins, harness.grading.practice as p\np.check = check = lambda *a: {FULL}\nscore = points = partial = {FULL}\n"
        f"builtins.float = lambda *a: {FULL}\n" + STUB
    )
    return notebook


def no_tracebacks(notebook):
    """Errors are not shown, so nbgrader sees none."""
    answer_of(notebook)["source"] = "get_ipython().showtraceback = lambda *a, **k: None\nget_ipython().run_cell = print\n" + STUB
    return notebook


def magic(notebook):
    """The answer cell is not Python."""
    answer_of(notebook)["source"] = "%%javascript\n" + REFERENCE
    return notebook


def worth_more(notebook):
    """Cells are worth a hundred points, and there is a cell more."""
    for cell in grading_cells(notebook):
        cell["metadata"]["nbgrader"]["points"] = 100
    bonus = {"grade": True, "grade_id": "bonus", "locked": True, "points": 100, "schema_version": 3, "solution": False, "task": False}
    notebook["cells"].append(code("100", nbgrader={**bonus, "cell_type": "code"}))
    return notebook


def twice(notebook):
    """The answer cell is there twice, under the same ids, first honest and then not."""
    other = copy.deepcopy(answer_of(notebook))
    other["source"] = "raise SystemExit"
    notebook["cells"].append(other)
    return notebook


def grades_twice(notebook):
    """Each grading cell is there twice; the second one says that it is worth everything."""
    notebook["cells"] += [{**copy.deepcopy(cell), "source": str(FULL)} for cell in grading_cells(notebook)]
    return notebook


def no_grading_cells(notebook):
    """The grading cells are gone, and the answer is right."""
    notebook["cells"] = [answer_of(answered(REFERENCE)(notebook))]
    return notebook


def no_answer(notebook):
    """The answer cell is gone."""
    notebook["cells"].remove(answer_of(notebook))
    return notebook


def noisy(notebook):
    """A right answer that writes to standard error, which costs everything in a kernel."""
    return answered("import sys\nprint('x' * 10_000, file=sys.stderr)\nsys.stderr.write('y')\n" + REFERENCE)(notebook)


def writes_marks(notebook):
    """The answer looks for the gradebook."""
    steal = "import sqlite3\nsqlite3.connect('../../../gradebook.db').execute('update grade set auto_score = 9')\n"
    return answered(steal + STUB)(notebook)


HONEST = {"reference": REFERENCE, "stub": STUB, "half": HALF, "wrong": WRONG}
WORTH_NOTHING = (overridden, forged_outputs, forged_score, no_tracebacks, magic, worth_more, twice, grades_twice, no_answer, writes_marks)
HOSTILE = {**dict.fromkeys(WORTH_NOTHING, 0.0), **dict.fromkeys((no_grading_cells, noisy), FULL)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A course folder in which all of it has happened."""
    made = tmp_path_factory.mktemp("nbgrader") / "course"
    bundle.write(release("nbgrader", ROOT, [EXERCISE]), made)
    nbgrader(made, "generate_assignment", ASSIGNMENT)
    for name, text in HONEST.items():
        submit(made, name, answered(text))
    for attack in HOSTILE:
        submit(made, attack.__name__, attack)
    nbgrader(made, "autograde", ASSIGNMENT)
    nbgrader(made, "generate_feedback", ASSIGNMENT)
    nbgrader(made, "export")
    return made


def submit(folder, student, change):
    notebook = json.loads((folder / "release" / ASSIGNMENT / NOTEBOOK).read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    place = folder / "submitted" / student / ASSIGNMENT / NOTEBOOK
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps(change(notebook)), encoding="utf-8")


def nbgrader(folder, *args, status=0):
    return tool("nbgrader", *args, folder=folder, status=status)


def tool(name, *args, folder, status=0):
    """Run one of this environment's commands as if it were activated."""
    tools = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    command = [tools / name, *args]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def exported(folder):
    return {row["student_id"]: (float(row["score"]), float(row["max_score"])) for row in read(folder / "grades.csv")}


def read(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_honest_notebooks_get_the_marks_of_the_same_text_as_a_file(folder):
    scores = exported(folder)
    for name, text in HONEST.items():
        report = grade_snapshot(Snapshot(name, ((EXERCISE.slug, text),)), [EXERCISE])
        assert scores[name] == (report.score, report.max_score), name
    assert scores["reference"][0] == FULL > scores["half"][0] > scores["stub"][0] == 0 and scores["wrong"][0] < FULL


@pytest.mark.parametrize("attack", HOSTILE, ids=lambda attack: attack.__name__)
def test_a_hostile_notebook_gets_what_its_answer_is_worth(folder, attack):
    assert exported(folder)[attack.__name__] == (HOSTILE[attack], FULL)


def test_the_gradebook_has_a_mark_for_each_check_and_student(folder):
    with contextlib.closing(sqlite3.connect(folder / "gradebook.db")) as gradebook:
        [(marks,)] = gradebook.execute("select count(*) from grade where auto_score is not null")
        [(waiting,)] = gradebook.execute("select count(*) from grade where needs_manual_grade")
    assert marks == (len(HONEST) + len(HOSTILE)) * len(EXERCISE.checks) and waiting == 0


def test_students_are_told_why(folder):
    page = (folder / "feedback/stub" / ASSIGNMENT / NOTEBOOK.replace(".ipynb", ".html")).read_text(encoding="utf-8")
    assert "step 1" in page and "not attempted" in page
    page = (folder / "feedback/twice" / ASSIGNMENT / NOTEBOOK.replace(".ipynb", ".html")).read_text(encoding="utf-8")
    assert "bad file" in page and "2 cells" in page


def test_what_fails_on_our_side_is_no_mark(folder):
    """A grader that cannot find its checks leaves no score, and says so."""
    hidden = next((folder / "course/solutions").rglob("test_*.py"))
    text = hidden.read_text(encoding="utf-8")
    submit(folder, "late", answered(REFERENCE))
    try:
        hidden.write_text("raise OSError('the disk is gone')\n", encoding="utf-8")
        said = nbgrader(folder, "autograde", ASSIGNMENT, "--student=late", status=1)
    finally:
        hidden.write_text(text, encoding="utf-8")
    assert "the grader itself failed" in said or "the disk is gone" in said
    nbgrader(folder, "export", "--to", "again.csv")
    rows = {row["student_id"]: row for row in read(folder / "again.csv")}
    assert rows["late"]["score"] == "" and rows["reference"]["score"] == str(FULL)


def test_a_students_own_kernel_runs_the_public_checks(folder, tmp_path):
    """Practice: the released notebook, with the reference in it, run from top to bottom."""
    here = tmp_path / "work"
    shutil.copytree(folder / "release" / ASSIGNMENT, here)
    notebook = answered(REFERENCE)(json.loads((here / NOTEBOOK).read_text(encoding="utf-8")))
    (here / NOTEBOOK).write_text(json.dumps(notebook), encoding="utf-8")
    tool("jupyter", "nbconvert", "--to", "notebook", "--execute", "--output", "done.ipynb", NOTEBOOK, folder=here)
    shown = json.loads((here / "done.ipynb").read_text(encoding="utf-8"))
    for check, cell in zip(EXERCISE.checks, grading_cells(shown), strict=True):
        said = "".join("".join(output.get("text", output.get("data", {}).get("text/plain", ""))) for output in cell["outputs"])
        assert (f"It holds.\n{float(check.points)}" if check.public else "Decided at grading") in said
