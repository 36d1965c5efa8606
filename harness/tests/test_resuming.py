"""Long proofs go on where they were interrupted, and never take an old outcome for a new one."""

from __future__ import annotations

import shutil
import sys

import pytest

from harness import catalogue
from harness.proving import resuming
from harness.proving.crew import Finding, Task, Trouble
from harness.proving.resuming import keys, resumed, sources_of_tests
from harness.tests.course_copy import ROOT

SLUG = "00_ping"
CHECKS = [check.id for check in catalogue.exercise(SLUG, ROOT).checks]


class Crew:
    """Gives outcomes without running anything, and notes what it was asked to run."""

    python, hash_seed = sys.executable, "0"

    def __init__(self, root):
        self.root, self.asked, self.trouble = root, [], False

    def run(self, tasks):
        for task in tasks:
            self.asked.append(task)
            yield task, Trouble("was ended") if self.trouble else [passed(check) for check in CHECKS if task.count_for(check) != 0]


def passed(check):
    return Finding(check, "pass", 1, 1, "pass", None, "it holds", "")


@pytest.fixture
def crew(tmp_path):
    for part in ("exercises", "solutions"):
        shutil.copytree(ROOT / part / SLUG, tmp_path / part / SLUG)
    resuming._checks.cache_clear()
    return Crew(tmp_path)


def tasks(crew):
    programs = sorted((crew.root / "solutions" / SLUG / "right").glob("*.py"))
    assert len(programs) > 2
    return [Task(SLUG, path.as_posix(), base) for path in programs for base in (0, 1)]


def change(path, before, after):
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    resuming._checks.cache_clear()


def count(crew):
    """How many checks of how many programs it was asked to run."""
    return sum(task.count_for(check) != 0 for task in crew.asked for check in CHECKS)


def test_what_was_run_is_not_run_again(crew, tmp_path):
    place, wanted = tmp_path / "build" / "proofs.jsonl", tasks(crew)
    running = resumed(crew, wanted, place)
    begun = dict(next(running) for _ in range(3))
    running.close()
    assert list(begun) == wanted[:3]
    assert dict(resumed(crew, wanted, place)) == {task: [passed(check) for check in CHECKS] for task in wanted}
    assert count(crew) == len(wanted) * len(CHECKS)
    dict(resumed(crew, wanted, place))
    assert count(crew) == len(wanted) * len(CHECKS)


def test_a_line_whose_writer_was_killed_is_run_again(crew, tmp_path):
    place, wanted = tmp_path / "proofs.jsonl", tasks(crew)
    dict(resumed(crew, wanted, place))
    place.write_text(place.read_text()[:-20])
    dict(resumed(crew, wanted, place))
    assert len(crew.asked) == len(wanted) + 1


def test_trouble_is_tried_again(crew, tmp_path):
    place, wanted = tmp_path / "proofs.jsonl", tasks(crew)
    crew.trouble = True
    assert set(dict(resumed(crew, wanted, place)).values()) == {Trouble("was ended")}
    crew.trouble = False
    dict(resumed(crew, wanted, place))
    assert len(crew.asked) == 2 * len(wanted)


def test_only_the_checks_that_are_missing_are_run(crew, tmp_path):
    place = tmp_path / "proofs.jsonl"
    path = tasks(crew)[0].path
    some, most = Task(SLUG, path, named=(CHECKS[1],), others=0), Task(SLUG, path)
    dict(resumed(crew, [some], place))
    assert dict(resumed(crew, [most], place)) == {most: [passed(check) for check in CHECKS]}
    assert [name for name in CHECKS if crew.asked[1].count_for(name) != 0] == [name for name in CHECKS if name != CHECKS[1]]


def test_checks_that_are_missing_keep_their_numbers_of_scenarios(crew, tmp_path):
    task = Task(SLUG, tasks(crew)[0].path, named=(CHECKS[0],), others=2)
    dict(resumed(crew, [task], tmp_path / "proofs.jsonl"))
    assert crew.asked == [task]
    dict(resumed(crew, [Task(SLUG, task.path, named=(CHECKS[0],), others=3)], tmp_path / "proofs.jsonl"))
    assert [crew.asked[1].count_for(check) for check in CHECKS] == [0, *[3] * (len(CHECKS) - 1)]


HIDDEN = [check.id for check in catalogue.exercise(SLUG, ROOT).checks if not check.public]


@pytest.mark.parametrize(
    "name, whose", [("solutions/00_ping/hidden/test_ping_hidden.py", HIDDEN), ("exercises/00_ping/ping_protocol.py", CHECKS)]
)
def test_who_changes_what_checks_use_runs_them_again(crew, name, whose):
    task = tasks(crew)[0]
    before = keys(crew, task)
    change(crew.root / name, "import", "import colorsys\nimport")
    after = keys(crew, task)
    assert [check for check in CHECKS if before[check] != after[check]] == whose


def test_who_changes_one_check_runs_no_other_again(crew):
    task = tasks(crew)[0]
    before = keys(crew, task)
    change(
        crew.root / "solutions/00_ping/hidden/test_ping_hidden.py",
        "def test_every_order(submission):",
        "def test_every_order(submission):\n    1",
    )
    after = keys(crew, task)
    assert [check for check in CHECKS if before[check] != after[check]] == ["every_order"]


def test_a_changed_program_is_another_one_but_its_docstring_is_not(crew):
    task = tasks(crew)[0]
    before = keys(crew, task)
    program = crew.root / task.path
    program.write_text('"""Says\n\nmore."""\n' + program.read_text(encoding="utf-8").partition('"""\n')[2], encoding="utf-8")
    assert keys(crew, task) == before
    program.write_text(program.read_text(encoding="utf-8") + "\nx = 1\n", encoding="utf-8")
    assert not set(keys(crew, task).values()) & set(before.values())


def test_other_seeds_hash_seeds_and_bases_are_other_runs(crew):
    task = tasks(crew)[0]
    other = Crew(crew.root)
    other.hash_seed = "4242"
    names = [keys(crew, task), keys(other, task), keys(crew, Task(SLUG, task.path, 7)), keys(crew, Task(SLUG, task.path, 0, count=9))]
    assert len({name for found in names for name in found.values()}) == 4 * len(CHECKS)


TESTS = """
from random import choice, randint

NUMBERS = (1, 2)
SCENES = [(first,)]
SCENES_OF_ANOTHER = [(second,)]


def helper():
    return choice(NUMBERS)


def first():
    return helper()


def second():
    return 2


def test_one(submission):
    play(SCENES)


@scenarios(len(SCENES_OF_ANOTHER))
def test_another(submission):
    pass


register(second)
"""


@pytest.mark.parametrize(
    "before, after, changed",
    [
        ("(1, 2)", "(1, 3)", {"one"}),
        ("return helper()", "return helper() + 1", {"one"}),
        ("return 2", "return 3", {"one", "another"}),  # what a file does besides is done before every check
        ("[(second,)]", "[(second, 1)]", {"another"}),
        ("import choice, randint", "import choice, randint, seed", set()),
        ("import choice, randint", "import choices as choice, randint", {"one"}),
        ("return choice(NUMBERS)", "return choice(NUMBERS)  # a comment", set()),
    ],
)
def test_a_check_is_made_of_what_it_uses(before, after, changed):
    old, new = sources_of_tests(TESTS), sources_of_tests(TESTS.replace(before, after))
    assert {name for name in old if old[name] != new[name]} == changed
