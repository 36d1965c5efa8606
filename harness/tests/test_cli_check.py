"""`course new` and `course check`: a new exercise proves itself at once, and whatever is wrong with one is named."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from harness.proving.audit import lines_of_code
from harness.tests.course_copy import ROOT, copy_of_the_course

REFERENCE = "solutions/11_gossip/gossip.py"
WRONG = "solutions/11_gossip/wrong/w01_answers_whatever_arrives.py"
RIGHT = "solutions/11_gossip/right/lists_per_client.py"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A copy with a new exercise, as text: path -> content."""
    course = copy_of_the_course(tmp_path_factory.mktemp("course"))
    assert course.course("new", "11_gossip").status == 0
    return {path.relative_to(course.root).as_posix(): path.read_bytes() for path in course.root.rglob("*") if path.is_file()}


@pytest.fixture
def course(made, tmp_path):
    fresh = copy_of_the_course(tmp_path)
    for name, content in made.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return fresh


def edit(course, name, old, new):
    path = course.root / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_new_exercise_is_accepted_at_once(course):
    ran = course.course("check", "11")
    assert ran.status == 0, ran.text
    last = ran.out.strip().splitlines()[-1]
    assert last.startswith("1 exercise: 2 of 2 right programs pass, 1 of 1 wrong ones are killed") and last.endswith("nothing falls short")
    assert "docs/lessons/11-gossip.md is not written yet" in ran.out
    assert lines_of_code(course.root / REFERENCE) == 9
    assert course.pytest("exercises/11_gossip", "--submission", "solutions").status == 0


FLAWS = {
    "a wrong program that lives": (
        WRONG,
        "        self.send(sender",
        "        if ask.number < 0: self.send(sender",
        "trouble|unnamed|survives",
    ),
    "a survivor": (
        WRONG,
        "Fails: answers_once",
        "Fails: answers_once, answers",
        "survives: 11_gossip/wrong/w01_answers_whatever_arrives should fail answers on seed family 0",
    ),
    "an unnamed kill": (
        WRONG,
        "Fails: answers_once",
        "Fails: answers",
        "unnamed: 11_gossip/wrong/w01_answers_whatever_arrives on seed family 0 fails answers_once",
    ),
    "a right program that fails": (
        RIGHT,
        "if ask.number in numbers:",
        "if not numbers:",
        "fails: 11_gossip/right/lists_per_client should pass answers",
    ),
    "a stub that does something": (
        "exercises/11_gossip/gossip.py",
        'raise NotImplementedError("step 1: remember which questions were answered: none")',
        "self.x = 1 / 0",
        "should stop at NotImplementedError",
    ),
    "a docstring without a hint": (WRONG, "Hint: What does", "Clue: What does", "its docstring lacks Hint"),
    "a check nobody has": (WRONG, "Fails: answers_once", "Fails: answers_one", "which is no check of this exercise"),
    "a check without a test": (
        "exercises/11_gossip/test_gossip.py",
        "def test_answers(",
        "def test_answer(",
        "answers is public, but test_gossip.py has no test_answers",
    ),
    "a hidden check shown": (
        "exercises/11_gossip/exercise.toml",
        'visibility = "sealed"',
        'visibility = "public"',
        "answers_once is public, but",
    ),
    "a link to nowhere": (
        "exercises/11_gossip/README.md",
        "](gossip.py)",
        "](gosip.py)",
        "README.md leads to gosip.py, which is not there",
    ),
    "a heading of its own": (
        "exercises/11_gossip/README.md",
        "# 11 · Gossip",
        "# 11: Gossip",
        "README.md begins with '# 11: Gossip'; it should be '# 11 · Gossip'",
    ),
    "a wrong number of lines": ("exercises/11_gossip/README.md", "has 9 lines", "has 8 lines", "the reference has 9 lines of code"),
    "a stale file": ("exercises/11_gossip/misconceptions.json", "wrong:", "worse:", "is stale; run `course check 11 --write`"),
    "a program that ends its process": (
        RIGHT,
        "class Gossip",
        "import os\nos._exit(3)\n\n\nclass Gossip",
        "trouble: 11_gossip/right/lists_per_client on seed family 0: its process ended with status 3",
    ),
    "a check with a bug": (
        "exercises/11_gossip/test_gossip.py",
        "    asked = world(submission, seed)\n",
        "    asked = world(submission, seed)\n    {}['x']\n",
        "a check has a bug, KeyError: 'x'",
    ),
}


@pytest.mark.parametrize("flaw", FLAWS)
def test_what_is_wrong_is_named(course, flaw):
    name, old, new, said = FLAWS[flaw]
    edit(course, name, old, new)
    ran = course.course("check", "11")
    assert ran.status == 1, ran.text
    assert any(part in ran.text for part in said.split("|")), ran.text
    assert "shortcoming" in ran.out.strip().splitlines()[-1]
    assert "Traceback" not in ran.text


def test_a_wedged_program_is_named_and_does_not_hang(course):
    edit(course, RIGHT, "class Gossip", "__import__('time').sleep(1000)\n\n\nclass Gossip")
    begun = time.monotonic()
    ran = course.course("check", "11", "--deadline", "2")
    assert "right/lists_per_client on seed family 0" in ran.text and ran.status == 1
    assert time.monotonic() - begun < 60


def test_write_makes_a_stale_file_fresh(course):
    (course.root / "exercises/11_gossip/misconceptions.json").unlink()
    assert course.course("check", "11").status == 1
    assert course.course("check", "11", "--write").status == 0
    assert course.course("check", "11").status == 0


def test_the_output_and_what_is_measured_are_the_same_in_every_run(course):
    ran = [course.course("check", "11", "--json", f"{number}.json", "--jobs", str(number), PYTHONHASHSEED=str(number)) for number in (1, 2)]
    assert ran[0].out == ran[1].out
    texts = [(course.root / f"{number}.json").read_text(encoding="utf-8") for number in (1, 2)]
    assert texts[0] == texts[1] and json.loads(texts[0])["shortcomings"] == []


def test_deep_compares_other_hash_seeds_and_finds_what_depends_on_them(course):
    fine = course.course("check", "11", "--deep", "--seeds", "30")
    assert fine.status == 0, fine.text
    edit(
        course,
        WRONG,
        "        self.send(sender, Answer(ask.number))",
        "        for name in {sender, 'x', 'y', 'z'} & {sender} or ():\n            self.send(name, Answer(ask.number + hash('a') % 1000))",
    )
    ran = course.course("check", "11", "--deep", "--seeds", "3")
    assert "differs: 11_gossip/wrong/w01_answers_whatever_arrives.py on seed family 0 gives another result under Python 3." in ran.text


def test_diagnosis_is_measured(course):
    assert "1 runs; 1 named rightly" in course.course("check", "11", "--diagnosis").out


def test_ctrl_c_ends_at_once_and_leaves_no_worker(course):
    edit(course, RIGHT, "class Gossip", "__import__('time').sleep(1000)\n\n\nclass Gossip")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    running = subprocess.Popen(
        [sys.executable, "-m", "harness", "check", "11"], cwd=course.root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    time.sleep(2.0)
    running.send_signal(signal.SIGINT)
    begun = time.monotonic()
    _, said = running.communicate(timeout=30)
    assert running.returncode == 130 and b"Traceback" not in said
    assert time.monotonic() - begun < 10
