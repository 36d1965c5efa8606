"""The `course` command as a student uses it: on a copy of the course, in a process of its own."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from harness.tests.course_copy import ROOT, Course, copy_of_the_course


@pytest.fixture
def course(tmp_path):
    return copy_of_the_course(tmp_path)


def narrow(text):
    return all(len(line) <= 80 for line in text.splitlines())


def test_without_a_command_it_says_where_you_stand_and_what_to_do_next(course):
    ran = course.course()
    assert ran.status == 0 and narrow(ran.out)
    assert "0 of 3" in ran.out
    assert "write  exercises/00_ping/ping.py" in ran.out and "course test 00" in ran.out


def test_what_is_done_is_told_exactly_and_never_as_all_tests(course):
    course.submit(course.reference)
    ran = course.course("test", "00")
    assert ran.status == 0
    assert "00_ping: all 3 public checks hold; 2 hidden ones are decided at grading" in ran.out
    assert "passed" not in ran.out
    assert "3 of 3" in course.course().out


def test_the_stub_is_told_where_to_begin(course):
    ran = course.course("test")
    assert ran.status == 1 and narrow(ran.out)
    assert "step 1" in ran.out and "Next:" in ran.out


def test_without_a_number_it_is_the_exercise_in_whose_folder_one_is(course):
    shutil.copytree(ROOT / "exercises/08_hybrid_clock", course.root / "exercises/08_hybrid_clock")
    inside = Course(course.root / "exercises/08_hybrid_clock")
    assert inside.course("test").out.startswith("08_hybrid_clock ")
    assert course.course("test").out.startswith("00_ping ")


def test_a_broken_promise_is_told_as_a_story_that_can_be_replayed_and_drawn(course):
    course.change("            self.ping(seq)\n", "            pass\n")
    ran = course.course("test", "00")
    assert ran.status == 1 and narrow(ran.out)
    for label in ("Promised:", "Broken:", "Lesson:", "Replay:"):
        assert label in ran.out
    name = ran.out.split("course show ")[1].split()[0]
    again = course.course("replay", name, "--timeline", "--save", "run.trace")
    assert again.status == 1 and "The whole run" in again.out and "sends to" in again.out
    assert "the same run, byte for byte" in course.course("replay", "--file", "run.trace").out
    drawn = course.course("show", name, "--no-open")
    page = course.root / ".course" / f"{name}.html"
    assert drawn.status == 1 and page.read_text(encoding="utf-8").startswith("<!doctype html>") and "Wrote" in drawn.out
    course.course("show", name, "--shiviz", "run.log")
    assert (course.root / "run.log").stat().st_size
    course.submit(course.reference)
    assert "holds in this run now" in course.course("replay", name).out


def test_a_saved_run_that_differs_is_compared_record_by_record(course):
    course.change("            self.ping(seq)\n", "            pass\n")
    name = course.course("test", "00").out.split("course show ")[1].split()[0]
    course.course("replay", name, "--save", "run.trace")
    path = course.root / "run.trace"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[2] = lines[2].replace("send", "sent")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    ran = course.course("replay", "--file", "run.trace")
    assert ran.status == 1 and "the first difference is record 1" in ran.out
    path.write_text("nonsense", encoding="utf-8")
    assert course.course("replay", "--file", "run.trace").status == 2


@pytest.mark.parametrize(
    "old, new", [("            self.ping(seq)\n", "            pass\n"), ("        self.ping(1)\n", "        self.ping(0)\n")]
)
def test_hints_go_on_where_the_story_ends_and_say_when_there_are_no_more(course, old, new):
    course.change(old, new)
    told = " ".join(course.course("test", "00").out.split())
    said = [course.course("hint", "00").out for _ in range(4)]
    for hint in said:
        assert narrow(hint)
        assert ("Ask again" in hint) != ("There are no more" in hint)
        assert " ".join(hint.split("\n")[1:-2]) not in told
    assert "docs/lessons/00-ping.md" in said[-1] and "There are no more" in said[-1] and said[-1] == said[-2]
    course.submit(course.reference)
    assert "No hint needed" in course.course("hint", "00").out


def test_list_is_one_json_object(course):
    found = json.loads(course.course("list", "--json").out)
    assert [check["id"] for check in found["exercises"][0]["checks"]][:2] == ["first_ping", "answered"]


def test_grade_prints_one_json_object_whatever_the_submission_prints(course):
    course.submit("print('{')\nimport os\nos.write(1, b'noise')\n" + course.reference)
    found = json.loads(course.course("grade", "exercises", "--json").out)
    assert found["authoritative"] is (sys.platform == "linux") and len(found["checks"]) == 5
    assert all({"exercise", "id", "verdict", "points", "max_points"} <= set(check) for check in found["checks"])
    assert all(check["verdict"] == "pass" for check in found["checks"])


@pytest.mark.parametrize("isolation", ["auto", "none"])
@pytest.mark.parametrize("attack", ["import os; os._exit(0)", "raise SystemExit(0)", "while True: pass"])
def test_grade_survives_a_submission_that_ends_its_process(course, attack, isolation):
    course.submit(attack + "\n")
    ran = course.course("grade", "exercises", "--json", "--isolation", isolation)
    verdicts = {check["verdict"] for check in json.loads(ran.out)["checks"]}
    assert verdicts <= {"crash", "load_error", "timeout"}


def test_grade_accepts_a_folder_a_nested_folder_and_a_single_file(course, tmp_path):
    for path in ("solutions/00_ping/ping.py", "solutions/00_ping", "solutions"):
        ran = course.course("grade", path)
        assert ran.status == 0 and "pass" in ran.out and "isolation level" in ran.out, path


def test_grade_without_a_sandbox_says_that_the_marks_do_not_count(course):
    ran = course.course("grade", "solutions", "--isolation", "none")
    assert ran.status == 0 and "Not authoritative: isolation level 0 of 3" in ran.text and narrow(ran.out)


def test_grade_says_on_stderr_how_far_it_has_come(course):
    assert course.course("grade", "exercises").err == "00_ping: examined\n"


def test_json_is_all_that_grade_says(course):
    ran = course.course("grade", "exercises", "--json")
    assert ran.err == "" and json.loads(ran.out)["checks"]


def test_what_is_known_is_told_in_80_columns_however_much_it_is(course):
    toml = course.root / "exercises/00_ping/exercise.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(text.replace("points = 0", "points = 20"), encoding="utf-8")
    course.submit(course.reference)
    ran = course.course("test", "00")
    assert "all 3 public checks hold; 2 hidden ones, 40 of 100 points, are decided at grading" in ran.text and narrow(ran.out)


def test_grade_tells_of_hidden_checks_only_promise_verdict_and_diagnosis(course):
    course.submit((course.root / "solutions/00_ping/wrong/next_after_any_pong.py").read_text(encoding="utf-8"))
    ran = course.course("grade", "exercises", "--verbose")
    assert "  wrong            every_order                     hidden" in ran.out and "Promised: In every order" in ran.out
    assert "What happened" not in ran.out and "Replay" not in ran.out


def test_grade_says_once_what_ended_public_checks(course):
    course.submit(course.reference.replace("self.send(", "self.snd("))
    ran = course.course("grade", "exercises")
    assert ran.out.count("'PingClient' object has no attribute 'snd'") == 1 and "  exception        answered" in ran.out


def test_grade_refuses_what_it_cannot_mark_and_says_what_to_do(course):
    (course.root / "empty").mkdir()
    (course.root / "other.py").write_text("", encoding="utf-8")
    for path, hint in (("nothing", "does not exist"), ("empty", "00_ping/ping.py"), ("other.py", "name it like one (ping.py)")):
        ran = course.course("grade", path)
        assert ran.status == 2 and hint in ran.text and "Traceback" not in ran.text


@pytest.mark.parametrize(
    "args, hint",
    [
        (["tets"], "did you mean `course test`?"),
        (["00"], "course test 00"),
        (["test", "00_pnig"], "did you mean 00_ping?"),
        (["test", "77"], "there are 00_ping"),
        (["replay", "nonsense"], "it looks like 03.tokens_increase.17"),
        (["replay", "00.nothing.1"], "it has first_ping"),
        (["replay"], "which run?"),
        (["replay", "--file", "nix.trace"], "nix.trace: no such file or directory; save a run with"),
        (["test", "--submission", "nix", "00"], "nix does not exist; give --submission the file"),
        (["show", "--submission", "nix", "00.answered.1"], "nix does not exist; give --submission the file"),
        (["new", "Gossip"], "called like 11_gossip"),
        (["new", "11_random"], "would hide Python's own random"),
        (["new", "00_other"], "has that number"),
    ],
)
def test_every_mistake_is_one_sentence_and_status_2(course, args, hint):
    ran = course.course(*args)
    assert ran.status == 2 and hint in ran.text and "Traceback" not in ran.text
    assert narrow(ran.err)


def test_outside_the_course_it_says_so(course, tmp_path_factory):
    ran = course.python("-m", "harness", COURSE_ROOT=str(tmp_path_factory.mktemp("elsewhere")))
    assert ran.status == 2 and "run this inside the course's folder" in ran.text


def test_a_malformed_exercise_names_the_file(course):
    (course.root / "exercises/00_ping/exercise.toml").write_text("title = [", encoding="utf-8")
    for args in ([], ["test", "00"], ["check"]):
        ran = course.course(*args)
        assert ran.status == 2 and "exercise.toml is malformed" in ran.text


def test_an_old_console_gets_ascii_instead_of_a_crash(course):
    course.change("            self.ping(seq)\n", "            pass\n")
    for encoding in ("cp1252", "ascii"):
        ran = course.course("test", "00", PYTHONIOENCODING=encoding, PYTHONUTF8="0")
        assert ran.status == 1 and "->" in ran.out and "Traceback" not in ran.err


def test_without_a_terminal_there_is_no_colour(course):
    assert "\x1b" not in course.course("test", "00").out
    assert "\x1b" not in course.course("test", "00", NO_COLOR="1").out


def test_watch_checks_again_on_save_and_ends_politely(course):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    watcher = subprocess.Popen([sys.executable, "-m", "harness", "watch", "00"], cwd=course.root, env=environment, stdout=subprocess.PIPE)
    try:
        until(watcher, b"watching ping.py")
        course.submit(course.reference)
        assert b"all 3 public checks hold" in until(watcher, b"watching ping.py")
        course.submit("def (:\n")
        assert b"ping.py:1" in until(watcher, b"watching ping.py")
        watcher.send_signal(signal.SIGINT)
        assert b"Stopped watching" in until(watcher, b"Stopped watching")
        assert watcher.wait(10) == 0
    finally:
        watcher.kill()
        watcher.stdout.close()


def until(process, word):
    """Read lines until one holds a word, and return them."""
    seen, end = b"", time.monotonic() + 60
    while word not in seen:
        assert time.monotonic() < end
        line = process.stdout.readline()
        assert line, seen
        seen += line
    return seen
