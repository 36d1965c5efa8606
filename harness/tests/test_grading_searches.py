"""Exploration in workers: questions travel together, and what comes of them is what comes of asking one by one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from harness.catalogue import Exercise
from harness.errors import Broken, Nondeterministic, Stuck
from harness.exploration import Bounds, explore
from harness.faults import Call, Faults
from harness.grading.budget import Budget
from harness.grading.hosting import SandboxedSubmission, host
from harness.grading.sandbox import Sandbox, Worker, WorkerDied
from harness.grading.submissions import Source
from harness.grading.walks import Interview
from harness.loading import Submission
from harness.message import message
from harness.node import Process, Spec
from harness.properties import Always
from harness.simulation import World

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is built from Linux system calls")
EXERCISE = Exercise("99_x", "", "program", (), "", "", 1, (), Path(), Path())
COUNTER = """
from harness import Node, message

@message
class Told:
    count: int

BOARD = {}

class Counter(Node):
    def on_start(self):
        self.seen = []

    def on_add(self, sender, add):
        self.seen.append(add.number)
        BODY
        self.broadcast(Told(sum(self.seen))) if len(self.seen) < 3 else None

    def on_told(self, sender, told):
        self.seen.append(-told.count)
"""


@message
class Add:
    number: int


class FewSeen(Always):
    """Nobody tells anybody of two or more."""

    name = "few seen"

    def watches(self, record):
        return record.kind == "send" and type(record.data).__name__ == "Told"

    def step(self, memory, record, at):
        if record.data.count >= 2:
            raise Broken("two were seen", code="two", records=(at,))
        return memory


@pytest.fixture(scope="module")
def box():
    with Sandbox() as opened:
        yield opened


@pytest.fixture
def programs(box, tmp_path):
    """Return the class in process and in workers, with a line of its own in `on_add`."""
    opened = []

    def make(line):
        text = COUNTER.replace("BODY", line)
        path = tmp_path / "program.py"
        path.write_text(text)
        opened.append(SandboxedSubmission(Source(path, text), EXERCISE, box, Budget(event=0.3)))
        return Submission(path, "program").Counter, opened[-1].Counter

    yield make
    for submission in opened:
        submission.rest()


def world(program):
    calls = tuple(Call("c", 0, to, Add(number)) for number in (1, 2) for to in "ab")
    return World((Spec("a", program), Spec("b", program)), 0, Faults(happenings=calls), clients=("c",))


BOUNDS = Bounds(states=5_000)


def both(programs, line, *properties):
    here, there = programs(line)
    return explore(world(here), properties, BOUNDS, Process), explore(world(there), properties, BOUNDS, host)


def raised(program, transport):
    with pytest.raises(Exception) as caught:
        explore(world(program), (), BOUNDS, transport)
    return caught.value


def test_a_search_counts_and_finds_the_same(programs):
    ours, theirs = both(programs, "pass")
    assert ours.verdict == "exhausted"
    assert ours == theirs


def test_the_counterexample_is_the_same_bytes(programs):
    ours, theirs = both(programs, "pass", FewSeen())
    assert ours.verdict == theirs.verdict == "violated"
    assert ours.trace.dumps() == theirs.trace.dumps()


def test_questions_travel_together(programs, monkeypatch):
    posts = []
    post = Worker.post
    monkeypatch.setattr(Worker, "post", lambda worker, frames: posts.append(post(worker, frames)) or posts[-1])
    monkeypatch.setattr(Interview, "check", Interview._end)  # walks are asked for one by one
    _, there = programs("pass")
    found = explore(world(there), (), BOUNDS, host)
    assert sum(posts) > found.calls > 3 * len(posts)


def test_what_a_handler_raises_is_met_where_it_would_have_been_asked(programs):
    here, there = programs("assert len(self.seen) < 2 or self.id == 'a', self.seen")
    ours, theirs = raised(here, Process), raised(there, host)
    assert "AssertionError: [" in str(theirs)
    assert ours.trace.dumps() == theirs.trace.dumps()


@pytest.mark.parametrize(("line", "error"), [("__import__('os')._exit(0)", WorkerDied), ("exec('while True: pass')", Stuck)])
def test_a_worker_that_ends_while_others_are_asked_is_met_there_too(programs, line, error):
    here, _ = programs("assert self.seen != [2, 1]")
    _, there = programs(f"if self.seen == [2, 1]: {line}")
    ours, theirs = raised(here, Process), raised(there, host)
    assert type(theirs) is error
    assert ours.trace.dumps() == theirs.trace.dumps()


def test_nearly_every_answer_is_lived_through_in_one_examination_or_the_other(programs, monkeypatch):
    walked, met, walk, end = set(), [], Interview._walk, Interview._end

    def told(answer):
        return repr((answer.disk, answer.fired, answer.event, answer.ledger, answer.memory))

    def ended(interview):
        met.extend(told(answer) for answers in interview.answers.values() for answer in answers)
        end(interview)

    def walking(interview, *given):
        found = walk(interview, *given)
        walked.update(map(told, found))
        return found

    monkeypatch.setattr(Interview, "_end", ended)
    monkeypatch.setattr(Interview, "_walk", walking)
    shares = []
    for apart in (False, True):
        _, there = programs("pass")
        there.submission.apart = apart
        explore(world(there), (), BOUNDS, host)
        shares.append(len(walked) / len(set(met)))
    assert 0.4 < shares[0] < shares[1] and shares[1] > 0.9


@pytest.mark.parametrize("line", ["BOARD[self.id] = 1; self.seen.append(len(BOARD))", "BOARD[0] = self.seen.append(len(BOARD))"])
def test_nodes_that_share_a_global_are_found(programs, line):
    _, there = programs(line)
    assert type(raised(there, host)) is Nondeterministic


def test_workers_are_let_go_when_a_search_is_over_however_it_ends(programs):
    for line, properties in (("pass", ()), ("pass", (FewSeen(),)), ("raise ValueError", ())):
        _, there = programs(line)
        try:
            explore(world(there), properties, BOUNDS, host)
        except Exception as error:
            assert "ValueError" in str(error)
        assert there.submission.workers == []
