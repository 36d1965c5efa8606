"""A check that breaks: whose fault it is, and that nobody loses points by a mistake of ours or gets away with it unseen."""

from __future__ import annotations

import signal
import sys
import types
from pathlib import Path
from typing import Any, Literal

import pytest

from harness import catalogue, message
from harness.errors import LoadMistake, Stuck
from harness.grading import budget, hosting, machine
from harness.grading.blame import BROKE, blame, modules_of
from harness.grading.budget import Budget, Patience
from harness.grading.codec import ProtocolError
from harness.grading.judge import grade
from harness.grading.machine import Memory, SandboxError
from harness.grading.sandbox import Sandbox
from harness.grading.snapshot import grade_snapshot, take
from harness.grading.told import StudentError
from harness.promised import fits, malformed
from harness.running import load_checks
from harness.state import FrozenDict
from harness.tests.course_copy import ROOT, copy_of_the_course

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is built from Linux system calls")
WATCH = "        seq, client = record.data.seq, record.node\n"


@pytest.fixture
def course(tmp_path):
    return copy_of_the_course(tmp_path)


def with_a_bug(course, code):
    """Put a bug into a hidden check, which our own solution does not meet."""
    hidden = course.root / "solutions/00_ping/hidden/test_ping_hidden.py"
    text = hidden.read_text(encoding="utf-8")
    assert WATCH in text
    hidden.write_text(text.replace(WATCH, WATCH + code), encoding="utf-8")


RARE = '        if type(seq) is bool:\n            {}["no such key"]\n'


def graded(course):
    exercise = catalogue.exercise("00", course.root)
    report = grade(course.root / "exercises", [exercise], jobs=1, tells=False)
    return report, {mark.check: mark for mark in report.marks}


def test_a_bug_of_a_check_that_only_a_rare_right_program_meets_costs_it_no_points_and_is_told(course):
    with_a_bug(course, RARE)
    course.change("self.ping(1)", "self.ping(True)")  # equal to 1, so it keeps every promise
    report, marks = graded(course)
    broke = marks["one_at_a_time"]
    assert (broke.verdict, broke.way) == ("infra", BROKE) and marks["answered"].passed and marks["lost_messages"].passed
    assert "test_ping_hidden.py" in broke.text and "no such key" not in broke.text
    assert report.infra and not report.authoritative
    [note] = [note for note in report.notes if note.startswith("00.one_at_a_time")]
    assert "No mark until somebody has looked" in note
    ran = course.course("grade", "exercises", "00")
    assert ran.status == 3 and "the check itself broke on this program" in ran.text and "No mark until somebody has looked" in ran.text


def test_who_collects_a_class_is_told_too(course):
    with_a_bug(course, RARE)
    course.change("self.ping(1)", "self.ping(True)")
    exercise = catalogue.exercise("00", course.root)
    report = grade_snapshot(take("ada", course.root / "exercises", [exercise]), [exercise], jobs=1)
    assert any(note.startswith("00.one_at_a_time") for note in report.notes)


def test_a_program_that_breaks_a_check_by_saying_what_is_not_promised_fails_it(course):
    course.change("Ping(seq)", "Ping(str(seq))")
    report, marks = graded(course)
    assert marks["one_at_a_time"].verdict == "protocol" and not report.infra and report.notes == ()
    assert marks["one_at_a_time"].text == "" and not any(mark.passed for mark in report.marks)


@pytest.mark.parametrize("error, verdict", [(Stuck("x"), "timeout"), (ProtocolError("x"), "protocol"), (SandboxError("x"), "infra")])
def test_what_comes_just_when_a_check_has_ended_has_its_own_verdict(course, error, verdict):
    exercise = catalogue.exercise("00", course.root)
    assert blame(exercise, exercise.checks[0], None, error)[:2] == (verdict, verdict)


@message
class Inner:
    number: int


@message
class Outer:
    inner: Inner
    many: tuple[Inner, ...]
    pair: tuple[str, Any] | None
    word: Literal["yes", "no"]
    table: dict[str, int]


class Counter:
    def up(self) -> int:
        return 1

    def all(self) -> list[tuple[int, str]]:
        return []

    def free(self):
        return None


MODULE = types.SimpleNamespace(Inner=Inner, Outer=Outer, Counter=Counter)
GOOD = {"inner": Inner(1), "many": (Inner(2),), "pair": ("a", None), "word": "no", "table": {"a": 1}}


@pytest.mark.parametrize(
    "change, said",
    [
        ({}, ""),
        ({"pair": None, "many": ()}, ""),
        ({"inner": 7}, "Outer.inner is a int"),
        ({"inner": Inner("x")}, "Inner.number is a str"),
        ({"many": (Inner(1), Inner(None))}, "Inner.number is a NoneType"),
        ({"pair": ("a",)}, "Outer.pair"),
        ({"word": "maybe"}, "Outer.word"),
        ({"table": {"a": "b"}}, "Outer.table"),
    ],
)
def test_what_is_not_of_the_type_promised_is_found_in_messages(change, said):
    assert malformed([("", Outer(**{**GOOD, **change}))], [MODULE]).startswith(said)


@pytest.mark.parametrize(
    "called, value, good",
    [
        ("Counter.up", 3, True),
        ("Counter.up", "3", False),
        ("Counter.all", ((1, "a"),), True),
        ("Counter.all", ((1, 2),), False),
        ("Counter.free", "anything", True),
        ("nobody.knows", "anything", True),
    ],
)
def test_what_is_not_of_the_type_promised_is_found_in_results(called, value, good):
    assert (malformed([(called, value)], [MODULE]) == "") is good


def test_what_only_the_stub_says_of_a_result_is_promised_too():
    modules = modules_of(catalogue.exercise("06", ROOT))
    assert "total_order returned a NoneType" in malformed([("total_order", None)], modules)
    assert malformed([("total_order", ((1, "ann"),))], modules) == ""


def test_what_an_annotation_does_not_say_is_no_fault():
    assert fits(1, "written as text") and fits(FrozenDict({}), dict) and fits(frozenset({1}), set[int]) and fits(2, float)
    assert not fits(frozenset({"a"}), set[int]) and not fits(1, None)


def test_a_message_of_the_students_own_may_hold_anything():
    own = message(type("Own", (), {"__annotations__": {"x": object}}))
    assert malformed([("", own({"a": [1, "b"]}))], [MODULE]) == ""


# --- the machine ---


def test_a_worker_that_ends_while_the_kernel_ends_processes_for_memory_is_not_the_programs_fault(monkeypatch):
    killed = [0]
    monkeypatch.setattr(machine, "killed_for_memory", lambda: killed[0])
    monkeypatch.setattr(machine, "memory", Memory())
    with Sandbox() as box:
        worker = box.launch(Budget())
        killed[0] = 1
        signal.pidfd_send_signal(worker.handle, signal.SIGKILL)
        with pytest.raises(SandboxError, match="out of memory"):
            worker.ask([["compile", "1"]])
    machine.memory.check()  # told once


class Starved:
    """A worker that has used no time at all."""

    pid, budget = 0, Budget()

    def used(self):
        return 0.0

    def count(self):
        pass


@pytest.mark.parametrize("state, error", [("R", SandboxError), ("D", Stuck), ("S", Stuck)])
def test_a_worker_that_the_machine_lets_have_no_time_is_not_the_programs_fault(monkeypatch, state, error):
    times = iter(range(1_000))
    monkeypatch.setattr(budget, "_state", lambda pid: state)
    monkeypatch.setattr(budget.time, "monotonic", lambda: next(times))
    patience = Patience(Starved())
    with pytest.raises(error):
        for _ in range(100):
            patience.check()


def test_the_kernel_is_asked_how_many_it_ended():
    assert machine.killed_for_memory() >= 0


def test_a_library_that_workers_may_not_read_is_not_the_programs_fault(course, monkeypatch):
    course.submit("raise ModuleNotFoundError(\"No module named 'json'\")\n")
    exercise = catalogue.exercise("00", course.root)
    load_checks(exercise)
    source = hosting.Source(course.stub, course.stub.read_text(encoding="utf-8"))
    with Sandbox(given=[exercise.folder / "ping_protocol.py"]) as box:
        submission = hosting.SandboxedSubmission(source, exercise, box)
        with pytest.raises(LoadMistake):
            submission.load()
        submission.rest()
        monkeypatch.setattr(hosting.SandboxedSubmission, "worker", unreadable(hosting.SandboxedSubmission.worker))
        with pytest.raises(SandboxError, match="workers cannot read json"):
            submission.load()
        submission.rest()


def test_a_folder_below_a_private_one_is_out_of_reach(tmp_path):
    library = tmp_path / "home" / "lib"
    library.mkdir(parents=True)
    library.parent.chmod(0o700)
    assert machine.everybody_may_read(Path("/usr")) and not machine.everybody_may_read(library)


@pytest.mark.parametrize(
    "name", ["sqlite3", "unittest.mock", "importlib.metadata", "logging.handlers", "encodings.idna", "_strptime", "this"]
)
def test_workers_find_the_whole_library_wherever_it_lies(name):
    with Sandbox() as box:
        worker = box.launch(Budget())
        assert worker.ask([["load", "tried", f"import {name}\n", "", []]])
        worker.kill()


def unreadable(real):
    """Have workers fail to import anything when they are asked to."""

    def worker(self):
        made = real(self)
        ask = made.ask

        def asked(requests, noted=True):
            if requests[0][0] == "import":
                raise StudentError("ModuleNotFoundError", f"No module named '{requests[0][1]}'", 0)
            return ask(requests, noted)

        made.ask = asked
        return made

    return worker
