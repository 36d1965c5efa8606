"""One submission, every way there is to hand it in and be told: the same marks."""

import base64
import csv
import io
import json
import sys
from xml.etree import ElementTree

import pytest

from harness import catalogue
from harness.grading import bundle, release
from harness.grading.channels import EMITTERS, classroom, classroom50, gradescope, summary
from harness.grading.channels.text import identity
from harness.grading.snapshot import Snapshot, grade_snapshot, take
from harness.grading.worksheets import worksheet
from harness.tests.course_copy import ROOT
from harness.tests.test_collect import environment, marks_in
from harness.tests.test_collect import run as collected
from harness.tests.test_release import run

EXERCISE = catalogue.exercise("08", ROOT)
FILE = EXERCISE.stub.name
SECOND = "\nclass Register:"


def text_of(kind):
    reference = (EXERCISE.solution / FILE).read_text(encoding="utf-8")
    stub = EXERCISE.stub.read_text(encoding="utf-8")
    return {
        "reference": reference,
        "stub": stub,
        "right": sorted((EXERCISE.solution / "right").glob("*.py"))[0].read_text(encoding="utf-8"),
        "wrong": sorted((EXERCISE.solution / "wrong").glob("*.py"))[-1].read_text(encoding="utf-8"),
        "half-solved": reference.partition(SECOND)[0] + SECOND + stub.partition(SECOND)[2],
    }[kind]


def told_by_each_emitter(report):
    """Return, for each channel, the points that a reader of it finds, by check, and the sum it is told."""
    step = json.loads(base64.b64decode(classroom.output_line(report).partition("=")[2]))
    yield "classroom", {name_of(test["name"]): test["score"] for test in step["tests"]}, classroom.points({"a": step}).split()[1]
    made = classroom50.result(report, classroom50.Identity(*"abcdefgh"), "")
    yield "classroom50", {name_of(test["test-name"]): test["score"] for test in made["tests"]}, f"{made['score']}/{made['max-score']}"
    made = gradescope.result(report)
    most = sum(test["max_score"] for test in made["tests"])
    yield "gradescope", {name_of(test["name"]): test["score"] for test in made["tests"]}, f"{made['score']}/{most}"
    rows = list(csv.DictReader(io.StringIO(EMITTERS["csv"](report))))
    points = {f"{row['exercise'][:2]}.{row['check']}": int(row["points"]) for row in rows}
    yield "csv", points, f"{sum(points.values())}/{sum(int(row['max_points']) for row in rows)}"
    points, most = {}, 0
    for case in ElementTree.fromstring(EMITTERS["junit"](report).encode()).iter("testcase"):
        found = {entry.get("name"): entry.get("value") for entry in case.iter("property")}
        points[f"{case.get('classname')[:2]}.{case.get('name')}"] = int(found["points"])
        most += int(found["max_points"])
    yield "junit", points, f"{sum(points.values())}/{most}"
    made = json.loads(EMITTERS["json"](report))
    yield (
        "json",
        {f"{mark['exercise'][:2]}.{mark['id']}": mark["points"] for mark in made["checks"]},
        f"{made['score']}/{made['max_score']}",
    )
    yield "summary", None, summary.markdown(report).split()[1]


def name_of(name):
    return name.partition(":")[0]


def points_of(report):
    return {identity(mark): mark.points for mark in report.marks}


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundles")
    bundle.write(release.classroom50(ROOT, [EXERCISE]), folder / "classroom50")
    return folder


@pytest.mark.parametrize("kind", ["reference", "stub", "right", "wrong", "half-solved"])
def test_one_submission_has_the_same_marks_everywhere(kind, bundles, tmp_path):
    text = text_of(kind)
    report = grade_snapshot(Snapshot(kind, ((EXERCISE.slug, text),)), [EXERCISE])
    expected, total = points_of(report), f"{report.score}/{report.max_score}"
    worth = {"reference": EXERCISE.points, "right": EXERCISE.points, "stub": 0}
    assert report.score == worth.get(kind, report.score) and (kind in worth or 0 < report.score < EXERCISE.points)
    for channel, points, told in told_by_each_emitter(report):
        assert points in (None, expected) and told == total, channel
    for channel, points in told_by_each_way_in(text, bundles, tmp_path):
        assert points == expected, channel


def told_by_each_way_in(text, bundles, tmp_path):
    """Hand the text in as a folder, a notebook, a Classroom 50 checkout and one of a class; yield the points by check."""
    place = tmp_path / "class/ada/exercises" / EXERCISE.slug
    place.mkdir(parents=True)
    (place / FILE).write_text(text, encoding="utf-8")
    checkout = tmp_path / "class/ada"
    status, said = run([sys.executable, "-m", "harness", "grade", str(checkout), "08", "--json"], ROOT, **only_course(), timeout=300)
    assert status == 0, said
    yield "course grade", {f"{mark['exercise'][:2]}.{mark['id']}": mark["points"] for mark in json.loads(said)["checks"]}
    status, said = run(
        [sys.executable, "-m", "harness", "emit", str(checkout), "08", "--to", "junit=-"], ROOT, **only_course(), timeout=300
    )
    cases = ElementTree.fromstring(said.encode()).iter("testcase")
    yield "course emit", {f"08.{case.get('name')}": int(case.find("properties/property[@name='points']").get("value")) for case in cases}
    notebook = tmp_path / f"{EXERCISE.module}.ipynb"
    notebook.write_text(json.dumps(worksheet(EXERCISE, text)), encoding="utf-8")
    yield "notebook", points_of(grade_snapshot(take("ada", notebook, [EXERCISE]), [EXERCISE]))
    names = ("CLASSROOM", "ASSIGNMENT", "OWNER", "SUBMISSION_TAG", "COMMIT_URL", "RELEASE_URL", "REVIEW_URL")
    grader = bundles / "classroom50/autograders/08-hybrid-clock/autograder.py"
    status, said = run([sys.executable, str(grader)], checkout, **dict.fromkeys(names, "x"), timeout=300)
    assert status == 0, said
    made = json.loads((checkout / "result.json").read_text(encoding="utf-8"))
    yield "Classroom 50", {name_of(test["test-name"]): test["score"] for test in made["tests"]}
    status, said = collected(tmp_path / "class", tmp_path / "out")
    assert status == 0 and not marks_in(tmp_path / "out")["ada"]["standing"], said
    made = json.loads((tmp_path / "out/verdicts/ada.json").read_text(encoding="utf-8"))["report"]
    yield "course collect", {f"{mark['exercise'][:2]}.{mark['id']}": mark["points"] for mark in made["checks"]}


def only_course():
    return {"COURSE_ROOT": environment()["COURSE_ROOT"]}


def test_every_stub_is_worth_nothing_in_every_channel():
    exercises = catalogue.exercises(ROOT)
    report = grade_snapshot(take("stubs", ROOT / "exercises", exercises), exercises)
    expected = {f"{exercise.number}.{check.id}": 0 for exercise in exercises for check in exercise.checks}
    assert points_of(report) == expected and {mark.verdict for mark in report.marks} == {"not_attempted"}
    for channel, points, told in told_by_each_emitter(report):
        assert points in (None, expected) and told == f"0/{report.max_score}", channel
