"""The judge itself: what it says where it cannot judge, and what it leaves behind when it is stopped."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from harness import catalogue
from harness.errors import Misuse, Stuck
from harness.grading import panel
from harness.grading.budget import MOST_FREE_SECONDS, Budget, allowed
from harness.grading.judge import grade
from harness.grading.sandbox import Sandbox
from harness.grading.verdicts import printable
from harness.proving.attacks import adopt_orphans, children, processes_left
from harness.tests.course_copy import ROOT, copy_of_the_course

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is built from Linux system calls")
PING = catalogue.exercise("00", ROOT)
REFERENCE = ROOT / "solutions" / "00_ping"


def as_bytes(report):
    return json.dumps(report.as_json()).encode()


def test_the_same_submission_and_seed_give_the_same_bytes_however_many_examiners_there_are():
    reports = [grade(REFERENCE, [PING], seed="one", jobs=jobs) for jobs in (1, 2)]
    assert as_bytes(reports[0]) == as_bytes(reports[1])
    assert reports[0].authoritative and not reports[0].infra
    assert as_bytes(grade(REFERENCE, [PING], seed="two")) != as_bytes(reports[0])


@pytest.mark.parametrize(("without", "level"), [("Landlock", 2), ("seccomp", 2), ("Landlock,seccomp", 1)])
def test_a_machine_that_lacks_a_layer_says_which_and_its_marks_do_not_count(tmp_path, without, level):
    course = copy_of_the_course(tmp_path)
    ran = course.course("grade", "solutions", COURSE_WITHOUT=without)
    assert ran.status == 0 and f"Not authoritative: isolation level {level} of 3" in ran.text
    assert all(name in ran.text for name in without.split(","))


def test_a_layer_that_is_there_but_lets_something_through_counts_as_missing(monkeypatch):
    monkeypatch.setattr("harness.grading.sandbox.Worker.ask", lambda self, requests: ["probed", "open a socket"])
    with Sandbox() as box:
        assert box.level == 2 and "seccomp" in box.missing[0] and "open a socket" in box.missing[0]


def test_an_examiner_that_cannot_start_is_no_zero_but_something_to_run_again(tmp_path, monkeypatch):
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    broken.chmod(0o755)
    monkeypatch.setattr(panel, "PYTHON", str(broken))
    report = grade(REFERENCE, [PING])
    assert {mark.verdict for mark in report.marks} == {"infra"} and report.infra and not report.authoritative


NO_WORKERS = """
import os
from harness.grading import examiner, sandbox

def launch(*args):
    raise sandbox.SandboxError("no more processes")

sandbox.Sandbox._test_itself = lambda self: None
sandbox.Sandbox.launch = launch
examiner.main(os.getppid())
"""


def test_a_worker_that_cannot_start_ends_with_status_3_and_says_to_run_it_again(tmp_path):
    course = copy_of_the_course(tmp_path)
    (tmp_path / "runner.py").write_text(NO_WORKERS, encoding="utf-8")
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\nexec {sys.executable} {tmp_path / 'runner.py'}\n", encoding="utf-8")
    python.chmod(0o755)
    start = f"from harness.grading import panel; panel.PYTHON = {str(python)!r}; from harness.cli import main; main(['grade', 'solutions'])"
    ran = course.python("-c", start)
    assert ran.status == 3 and "Run it again" in ran.text and "infra" in ran.text and "no more processes" in ran.text


def started(course, *arguments):
    """Start grading something that takes long, in a session of its own, and wait until workers run."""
    course.submit("while True:\n    pass\n")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-m", "harness", "grade", "exercises", *arguments],
        cwd=course.root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while len(descendants(process.pid)) < 4 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(descendants(process.pid)) >= 4
    return process


def descendants(pid):
    below = children(pid)
    return [*below, *(other for child in below for other in descendants(child))]


def test_children_are_counted_while_threads_come_and_go():
    counting = threading.Event()

    def begin_threads():
        while not counting.is_set():
            threading.Thread(target=int).start()

    busy = threading.Thread(target=begin_threads)
    busy.start()
    sleeper = subprocess.Popen(["sleep", "60"])
    try:
        assert all(sleeper.pid in children(os.getpid()) for _ in range(2000))
    finally:
        counting.set()
        busy.join()
        sleeper.kill()
        sleeper.wait()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM])
def test_whoever_stops_grading_leaves_no_process(tmp_path, how):
    adopt_orphans()
    process = started(copy_of_the_course(tmp_path))
    there = descendants(process.pid)
    process.send_signal(how)
    _, said = process.communicate(timeout=20)
    assert process.returncode == (130 if how == signal.SIGINT else -how), said
    for _ in range(100):
        left = [pid for pid in there if Path(f"/proc/{pid}").exists()]
        if not processes_left() and not left:
            break
        time.sleep(0.05)
    assert not [pid for pid in there if Path(f"/proc/{pid}").exists()]


def test_an_examiner_that_is_killed_is_replaced_and_the_report_is_the_same(monkeypatch):
    whole = as_bytes(grade(REFERENCE, [PING], seed="one"))
    asked = panel.Panel._ask
    killed = []

    def ask(self, slot, job):
        asked(self, slot, job)
        if not killed:
            killed.append(slot)
            self.processes[slot].kill()

    monkeypatch.setattr(panel.Panel, "_ask", ask)
    assert as_bytes(grade(REFERENCE, [PING], seed="one")) == whole and killed


def test_a_budget_is_charged_and_gets_tighter_after_a_check_ran_out():
    budget = Budget()
    before = budget.event
    budget.tighten()
    assert budget.event == before / 4
    with Sandbox() as box:
        worker = box.launch(Budget(event=0.2, check=0.1))
        with pytest.raises(Stuck, match="took too long"):
            for _ in range(200):
                worker.ask([["compile", "x = 1\n" * 3_000]])
        worker.kill()


def test_untrusted_text_gives_no_commands_to_a_terminal_a_log_or_a_workflow():
    hostile = "a\x1b[2J\r\n::set-output name=x::1\n##[group]\u202e\ud800"
    said = printable(hostile)
    assert "::" not in said and "##[" not in said and "\x1b" not in said and "\r" not in said
    said.encode()


def test_what_a_program_raises_is_told_with_its_line_as_in_process_and_without_its_commands(tmp_path):
    text = "from harness import Node\n\n\nclass PingClient(Node):\n    def on_start(self):\n        raise ValueError('::error::no')\n"
    (tmp_path / "ping.py").write_text(text, encoding="utf-8")
    here, there = (grade(tmp_path, [PING], isolated=isolated).marks[0] for isolated in (False, True))
    assert (there.verdict, there.text) == (here.verdict, here.text) == ("exception", "ValueError: : :error: :no")
    assert "ping.py:6" in there.story and "ping.py:6" in here.story


def test_a_name_that_is_no_path_is_a_submission_that_does_not_exist():
    for name in ("a\0b", "x" * 5000):
        with pytest.raises(Misuse, match="does not exist"):
            grade(name, [PING])


def test_many_cheap_events_cost_next_to_nothing_and_dear_ones_their_time():
    budget = Budget()
    budget.charge(5.0, 20_000)
    assert budget.used == 0.0 and budget.free == 5.0
    budget.charge(5.0, 1_000)
    assert budget.used == 4.0 and budget.left() == budget.check - 4.0
    budget.charge(10_000.0, 10**9)
    assert budget.free == MOST_FREE_SECONDS and budget.left() < 0


def test_judging_is_stopped_again_and_again_but_not_while_events_explain_it():
    stopped = 0
    with allowed(0.05):
        while stopped < 2:
            with contextlib.suppress(Stuck):
                try:
                    while True:
                        pass
                finally:
                    stopped += 1
    patient = Budget()
    begun = time.process_time()
    with allowed(0.02, patient):
        patient.charge(0.3, 1_000)
        while time.process_time() - begun < 0.2:
            pass
        with pytest.raises(Stuck, match="judging"):
            while True:
                pass
    assert time.process_time() - begun > 0.3


def test_a_program_cannot_have_lines_of_our_own_files_shown_to_it(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    (tmp_path / "here/ping.py").write_text("self.secret = 'of ours'\n" * 3, encoding="utf-8")
    theirs = tmp_path / "ping.py"
    theirs.write_text("from harness import Node\n\n\nraise ValueError(\"ping.py:2 attribute 'secret'\")\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path / "here")
    assert "of ours" not in json.dumps(grade(theirs, [PING]).as_json())


def test_names_of_messages_do_not_carry_what_a_hidden_check_asked(tmp_path):
    course = copy_of_the_course(tmp_path)
    course.change("Ping(seq)", "Ping(seq + 1)")
    report = grade(course.root / "exercises", [catalogue.exercise("00", course.root)], tells=False)
    hidden = [mark for mark in report.marks if not mark.public and mark.verdict == "wrong"]
    assert hidden and all(mark.way.count(":") == 1 for mark in hidden)
