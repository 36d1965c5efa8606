"""A student's scenario is worth what it catches, and nothing if it would fail a right program or breaks a rule."""

import json
import re
import sys

import pytest

from harness import bonus, catalogue
from harness.catalogue import CatalogueError
from harness.grading.bundle import course_files
from harness.grading.collect import report_from
from harness.grading.judge import grade
from harness.grading.snapshot import grade_snapshot, take
from harness.proving import scenarios
from harness.scenario import crash, repeat
from harness.tests.course_copy import ROOT, copy_of_the_course

TABLE = """
[bonus]
promise = "Wrong clients break a promise."
needs = [1, 2]
catches = ["any_pong_counts", "next_after_any_pong"]
"""
TRIAL = """
from ping_protocol import PingServer
from checks_of_00 import OneAtATime
from harness.testing import Spec, World, names, verify

def ids(seed):
    return names(seed, 2)

def trial(submission, seed, faults):
    client, server = ids(seed)
    nodes = (Spec(client, submission.PingClient, {"server": server, "count": 3}), Spec(server, PingServer))
    verify(World(nodes, seed, faults, until_ms=5_000), OneAtATime(3))
"""
HEAD = "from harness.scenario import crash, repeat\n\ndef scenario(client, server):\n"
DOUBLED = HEAD + "    return [repeat(server, client, 'Pong', nth=1, after_ms=15)]\n"
BOTH = DOUBLED.replace("15)]", "15), repeat(server, client, 'Pong', nth=2, after_ms=35)]")


@pytest.fixture
def course(tmp_path, monkeypatch):
    """The copy of the course with a bonus for exercise 00. It judges by the class that the hidden checks of 00 define."""
    made = copy_of_the_course(tmp_path)
    folder = tmp_path / "exercises/00_ping"
    (folder / "exercise.toml").write_text((folder / "exercise.toml").read_text(encoding="utf-8") + TABLE, encoding="utf-8")
    hidden = (ROOT / "solutions/00_ping/hidden/test_ping_hidden.py").read_text(encoding="utf-8")
    start = hidden.index("class OneAtATime")
    kept = "from harness.testing import Always, Broken\n\n\n" + hidden[start : hidden.index("@scenarios", start)]
    (folder / "scenario_trial.py").write_text(TRIAL.replace("from checks_of_00 import OneAtATime\n", kept), encoding="utf-8")
    write(made, HEAD + "    raise NotImplementedError('bonus: a scenario')\n")
    return made


def write(course, text, where="exercises/00_ping"):
    (course.root / where / "my_scenario.py").write_text(text, encoding="utf-8")


def with_one_check(course):
    """Leave one check of exercise 00, so that grading has little to do besides."""
    folder = course.root / "exercises/00_ping"
    toml, tests = (folder / "exercise.toml").read_text(encoding="utf-8"), (folder / "test_ping.py").read_text(encoding="utf-8")
    first, second = [place.start() for place in re.finditer(r"(?m)^\[\[checks\]\]$", toml)][:2]
    assert first < second
    (folder / "exercise.toml").write_text(toml[:second] + TABLE, encoding="utf-8")
    (folder / "test_ping.py").write_text(tests[: tests.index("@scenarios")], encoding="utf-8")
    (course.root / "solutions/00_ping/hidden/test_ping_hidden.py").unlink()


def exercise(course):
    return catalogue.exercise("00", course.root)


def outcome(course, text, seed=0):
    write(course, text)
    return scenarios.reference(exercise(course), exercise(course).folder, seed)


@pytest.mark.parametrize("seed", [0, 7_000_021])
def test_a_scenario_is_worth_what_it_catches(course, seed):
    found = outcome(course, DOUBLED, seed)
    assert (found.verdict, found.points, found.max_points) == ("judged", 1, 2)
    assert found.caught == ("any_pong_counts",)
    assert found.text == "1 of 2 wrong programs break a promise in it, and no right one"
    found = outcome(course, BOTH, seed)
    assert (found.points, found.caught) == (2, ("any_pong_counts", "next_after_any_pong"))


def test_doing_nothing_earns_nothing(course):
    found = outcome(course, HEAD + "    return []\n")
    assert (found.verdict, found.caught, found.points) == ("judged", (), 0)


def test_a_scenario_that_fails_right_programs_earns_nothing_and_is_told_why(course):
    found = outcome(course, HEAD + "    return [repeat(server, client, 'Pong', 1, 15), crash(client, at_ms=100)]\n")
    assert (found.verdict, found.caught, found.points) == ("refused", (), 0)
    assert "a right program would fail" in found.text and "again, although it was answered" in found.text


@pytest.mark.parametrize(
    ("body", "verdict", "told"),
    [
        ("    return [crash('zoe', 1)]\n", "refused", "word 1, ('crash', 'zoe', 1, 50, None): there is no node 'zoe'"),
        ("    return 7\n", "refused", "a scenario is a list"),
        ("    return [object()]\n", "exception", "scenario returned"),
        ("    return [1 / 0]\n", "exception", "ZeroDivisionError"),
        ("    raise NotImplementedError('bonus: a scenario')\n", "not_attempted", "bonus: a scenario"),
        ("    while True: pass\n", "timeout", ""),
    ],
)
def test_whatever_else_comes_out_has_a_verdict(course, body, verdict, told):
    found = outcome(course, HEAD + body)
    assert found.verdict == verdict and told in found.text and found.points == 0


def test_a_file_that_is_none_is_a_load_error(course):
    assert outcome(course, "def scenario(:\n").verdict == "load_error"
    assert outcome(course, "x = 1\n").verdict == "load_error"


def test_words_from_anywhere_can_be_judged(course):
    client, server = bonus.trial_of(exercise(course)).ids(3)
    assert bonus.judged(exercise(course), (repeat(server, client, "Pong", 1, 15),), 3).points == 1
    assert bonus.judged(exercise(course), (crash(client, 10**9),), 3).verdict == "refused"


def test_what_no_check_can_read_is_refused(course):
    trial = exercise(course).folder / "scenario_trial.py"
    trial.write_text(
        trial.read_text(encoding="utf-8") + "\n\ndef trial(submission, seed, faults):\n    sorted([1, 'a'])\n", encoding="utf-8"
    )
    found = bonus.judged(exercise(course), (), 0)
    assert (found.verdict, found.points) == ("refused", 0) and "no check can judge it (TypeError" in found.text


def test_without_the_zoo_it_is_tried_on_ones_own_program(course):
    for path in (course.root / "solutions").rglob("*.py"):
        path.rename(path.with_suffix(".txt"))
    own = exercise(course).folder
    write(course, DOUBLED)
    file = bonus.scenario_file(exercise(course), own)
    assert "not far enough" in bonus.practised(exercise(course), file, own).text
    course.submit((course.root / "solutions/00_ping/ping.txt").read_text(encoding="utf-8"))
    assert "keeps its promises" in bonus.practised(exercise(course), file, own).text
    course.submit((course.root / "solutions/00_ping/wrong/any_pong_counts.txt").read_text(encoding="utf-8"))
    found = bonus.practised(exercise(course), file, own)
    assert found.verdict == "plausible" and "your own program fails in it: " in found.text
    assert scenarios.reference(exercise(course), own, 0).verdict == "plausible"


def test_pytest_and_course_test_say_how_it_stands(course):
    course.submit(course.reference)
    for ran in (course.pytest(), course.course("test", "00")):
        assert ran.status == 0 and "bonus: my_scenario.py is not written yet; 2 points" in ran.text
    write(course, DOUBLED)
    for ran in (course.pytest(), course.course("test", "00")):
        assert ran.status == 0 and "keeps its promises in it; which of 2 wrong programs it catches" in ran.text
    write(course, HEAD + "    return [crash('zoe', 1)]\n")
    for ran in (course.pytest(), course.course("test", "00")):
        assert ran.status == 1 and "there is no node 'zoe'" in ran.text


def test_grading_shows_it_apart(course):
    course.submit(course.reference)
    with_one_check(course)
    report = grade(course.root, [exercise(course)], isolated=False)
    assert report.bonus == () and "bonus" not in report.as_json()
    write(course, DOUBLED)
    report = grade(course.root, [exercise(course)], isolated=False)
    [mark] = report.bonus
    assert (mark.verdict, mark.points, mark.max_points, mark.caught) == ("judged", 1, 2, ("any_pong_counts",))
    assert (report.score, report.max_score) == (0, 0) and report.as_json()["bonus"][0]["points"] == 1
    taken = take("somebody", course.root, [exercise(course)])
    assert grade_snapshot(taken, [exercise(course)], isolated=False).bonus == report.bonus
    assert report_from(json.loads(json.dumps(report.as_json()))) == report


def test_a_scenario_beside_a_file_that_cannot_be_read_is_no_failure_of_the_grader(course):
    course.submit("")
    course.stub.write_bytes(b"\xff")
    write(course, DOUBLED)
    report = grade(course.root, [exercise(course)], isolated=False)
    assert [mark.verdict for mark in report.bonus] == ["bad_file"] and not report.infra


def test_the_zoo_travels_only_where_teachers_are(course):
    for tier, goes in (("public", False), ("sealed", False), ("secret", True)):
        files = course_files([exercise(course)], tier)
        assert ("solutions/00_ping/wrong/any_pong_counts.py" in files) == goes
        assert ("solutions/00_ping/ping.py" in files) == goes


@pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux")
@pytest.mark.parametrize(
    ("text", "verdict", "points"),
    [
        (DOUBLED, "judged", 1),
        (HEAD + "    return [crash(client, 100)]\n", "refused", 0),
        (HEAD + "    return [repeat(server, client, 'Pong', 1, 15 + hash('x') % 9)]\n", "nondeterministic", 0),
        ("import os\n" + HEAD + "    return os.listdir('/')\n", "exception", 0),
        (HEAD + "    while True:\n        pass\n", "timeout", 0),
        (HEAD + "    return [crash(client, n) for n in range(100_000)]\n", "protocol", 0),
        (HEAD + "    return [crash(client, n) for n in range(2_000)]\n", "refused", 0),
        (HEAD + "    return [('call', 'x', 1, server, None)] * 3\n", "refused", 0),
        ("import os\n" + HEAD + "    os._exit(0)\n", "crash", 0),
    ],
)
def test_grading_makes_the_scenario_in_a_sandbox(course, text, verdict, points):
    course.submit(course.reference)
    with_one_check(course)
    write(course, text)
    [mark] = grade(course.root, [exercise(course)]).bonus
    assert (mark.verdict, mark.points) == (verdict, points)


def test_proving_an_exercise_proves_its_bonus_both_ways(course):
    assert any("load_error" in line for line in scenarios.shortcomings(exercise(course)))  # no reference scenario yet
    write(course, DOUBLED, "solutions/00_ping")
    assert any("misses next_after_any_pong" in line for line in scenarios.shortcomings(exercise(course)))
    toml = exercise(course).folder / "exercise.toml"
    before = toml.read_text(encoding="utf-8")
    toml.write_text(before.replace(', "next_after_any_pong"', "").replace("[1, 2]", "[1]"), encoding="utf-8")
    assert list(scenarios.shortcomings(exercise(course))) == []
    toml.write_text(before.replace("any_pong_counts", "three_pings"), encoding="utf-8")
    write(course, HEAD + "    return []\n")
    assert any("should stop at NotImplementedError" in line for line in scenarios.shortcomings(exercise(course)))


@pytest.mark.parametrize("needs", ["[]", "[2, 1]", "[0]", "[1, 1]", "[3]", '["1"]'])
def test_needs_that_make_no_sense_are_refused(course, needs):
    toml = course.root / "exercises/00_ping/exercise.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("[1, 2]", needs), encoding="utf-8")
    with pytest.raises(CatalogueError, match="bonus: needs"):
        exercise(course)
