"""Long proofs go on where they were interrupted, and never take an old outcome for a new one."""

from __future__ import annotations

import shutil
import sys

import pytest

from harness.proving.crew import Finding, Task, Trouble
from harness.proving.resuming import key, resumed
from harness.tests.course_copy import ROOT

SLUG = "00_ping"


class Crew:
    """Gives outcomes without running anything, and notes what it was asked to run."""

    python, hash_seed = sys.executable, "0"

    def __init__(self, root):
        self.root, self.asked, self.outcome = root, [], [Finding("c", "pass", 1, 1, "pass", None, "it holds", "")]

    def run(self, tasks):
        for task in tasks:
            self.asked.append(task)
            yield task, self.outcome


@pytest.fixture
def crew(tmp_path):
    for part in ("exercises", "solutions"):
        shutil.copytree(ROOT / part / SLUG, tmp_path / part / SLUG)
    return Crew(tmp_path)


def tasks(crew):
    programs = sorted((crew.root / "solutions" / SLUG / "right").glob("*.py"))
    assert len(programs) > 2
    return [Task(SLUG, path.as_posix(), base) for path in programs for base in (0, 1)]


def test_what_was_run_is_not_run_again(crew, tmp_path):
    place, wanted = tmp_path / "build" / "proofs.jsonl", tasks(crew)
    running = resumed(crew, wanted, place)
    begun = dict(next(running) for _ in range(3))
    running.close()
    assert crew.asked == list(begun) == wanted[:3]
    assert dict(resumed(crew, wanted, place)) == dict.fromkeys(wanted, crew.outcome)
    assert crew.asked == wanted
    dict(resumed(crew, wanted, place))
    assert crew.asked == wanted


def test_a_line_whose_writer_was_killed_is_run_again(crew, tmp_path):
    place, wanted = tmp_path / "proofs.jsonl", tasks(crew)
    dict(resumed(crew, wanted, place))
    place.write_text(place.read_text()[:-20])
    dict(resumed(crew, wanted, place))
    assert crew.asked == [*wanted, wanted[-1]]


def test_trouble_is_tried_again(crew, tmp_path):
    place, wanted = tmp_path / "proofs.jsonl", tasks(crew)
    crew.outcome = Trouble("was ended")
    assert set(dict(resumed(crew, wanted, place)).values()) == {crew.outcome}
    dict(resumed(crew, wanted, place))
    assert crew.asked == wanted * 2


@pytest.mark.parametrize("name", ["hidden/test_ping_hidden.py", "right/*.py", "ping.py"])
def test_what_changes_is_run_again(crew, name):
    task = tasks(crew)[0]
    before = key(crew, task)
    from harness.proving import resuming

    for path in sorted((crew.root / "solutions" / SLUG).glob(name)):
        path.write_text(path.read_text() + "\n# changed\n")
    resuming._checks.cache_clear()
    assert key(crew, task) != before


def test_other_seeds_hash_seeds_and_bases_are_other_runs(crew):
    task = tasks(crew)[0]
    other = Crew(crew.root)
    other.hash_seed = "4242"
    keys = [key(crew, task), key(other, task), key(crew, Task(SLUG, task.path, 7)), key(crew, Task(SLUG, task.path, 0, count=9))]
    assert len(set(keys)) == 4
