"""A store is judged by the tokens that it has taken so far, whichever messages a run sends and however close together they are."""

import random

import pytest

from harness import catalogue
from harness.checks.fencing import answers_by_token
from harness.errors import Broken
from harness.running import load_checks, run_check, submission_of
from harness.simulation import simulate
from harness.testing import Call, Crash, Faults, Spec, World
from harness.tests.course_copy import ROOT

LOCK = catalogue.exercise("03", ROOT)
CHECKS = load_checks(LOCK)
RIGHT = [LOCK.solution / LOCK.stub.name, *sorted((LOCK.solution / "right").glob("*store*.py"))]
WRONG = [
    path
    for path in sorted((LOCK.solution / "wrong").glob("*.py"))
    if "store_checks" in path.read_text(encoding="utf-8").split("Lesson:")[1]
]


def ran(path, happenings, faults=Faults()):
    """Return the run of a program's store alone, told what is said here."""
    submission = submission_of(LOCK, path)
    submission.load()
    return simulate(World((Spec("store", submission.Store),), 0, faults.plus(*happenings), 5000))


def asked(draw, count):
    """Draw messages for a few keys, and when they are sent: often at the same moment."""
    from fenced_lock_protocol import Delete, Read, Write

    at_ms = 0
    for number in range(count):
        at_ms += draw.choice((0, 0, 1, 30))
        key, token, client = draw.choice("xy"), draw.randrange(1, 5), draw.choice(("a", "b"))
        message = draw.choice((Read(key), Write(key, str(number), token), Write(key, "same", token), Delete(key, token)))
        yield Call(client, at_ms, "store", message)


@pytest.mark.parametrize("path", RIGHT, ids=lambda path: path.stem)
@pytest.mark.parametrize("crashes", [False, True])
def test_a_right_store_keeps_the_promise_whatever_it_is_sent_and_when(path, crashes):
    for seed in range(60):
        draw = random.Random(f"asked/{seed}")
        faults = [Crash("store", draw.randrange(300), 20, draw.choice((None, 1, 2))) for _ in range(2 * crashes)]
        trace = ran(path, [*asked(draw, 20), *faults], Faults((1, 40)))
        answers_by_token("store").judge(trace)


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.stem)
def test_a_right_store_would_not_fail_in_the_run_that_is_told(path):
    failed = run_check(LOCK, LOCK.check("store_checks"), CHECKS["store_checks"], submission_of(LOCK, path))
    assert failed.verdict == "wrong"
    calls = [
        Call(record.node, record.time_ms, "store", record.data) for _, record in failed.trace.messages("send", "Read", "Write", "Delete")
    ]
    answers_by_token("store").judge(ran(RIGHT[0], calls))


def test_the_answer_told_belongs_to_the_message_told(tmp_path):
    text = RIGHT[0].read_text(encoding="utf-8").replace("if request.token < highest:", "if request.token < highest - 1:")
    (tmp_path / LOCK.stub.name).write_text(text, encoding="utf-8")
    failed = run_check(LOCK, LOCK.check("store_checks"), CHECKS["store_checks"], submission_of(LOCK, tmp_path))
    question, answer = [failed.trace[place] for place in failed.error.broken.records]
    assert failed.code == "accepted_for_rejected" and failed.text.startswith(f"{question.data} is answered with {answer.data}")
    assert (answer.other, answer.data.token) == (question.other, question.data.token)


@pytest.mark.parametrize(
    "old, new, code",
    [
        ("Rejected(request.key, request.token)", "Rejected(request.key, highest)", "rejected_for_rejected"),
        ("Accepted(request.key, request.token)", "Accepted(request.key, request.token + 1)", "accepted_for_accepted"),
        ("self.send(sender, Accepted(", "self.send('ada', Accepted(", "accepted_for_accepted"),
        ("Value(read.key, value)", "Value(read.key, 'x')", "value_for_value"),
        ("self.send(sender, Rejected(request.key, request.token))", "pass", "no_answer"),
        ("self.send(sender, Value(read.key, value))", "self.send(sender, Accepted(read.key, 1))", "accepted_for_value"),
    ],
)
def test_each_wrong_answer_has_its_code(tmp_path, old, new, code):
    from fenced_lock_protocol import Read, Write

    text = RIGHT[0].read_text(encoding="utf-8")
    assert old in text
    (tmp_path / LOCK.stub.name).write_text(text.replace(old, new), encoding="utf-8")
    messages = Write("x", "one", 5), Write("x", "two", 4), Read("x")
    calls = [*(Call("a", 50 * place, "store", message) for place, message in enumerate(messages)), Call("ada", 400, "store", Read("y"))]
    with pytest.raises(Broken) as broken:
        answers_by_token("store").judge(ran(tmp_path, calls))
    assert broken.value.code == code
