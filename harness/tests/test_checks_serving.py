"""What front ends owe their users: runs written by hand, both ways."""

from typing import Any

import pytest

from harness.checks.never_back import EachStored, NeverBack, OneAnswer, TrueOutcome
from harness.checks.serving import answered_in_time, newest_in_the_end, served, shown
from harness.checks.sessions import history_of, session_guarantees
from harness.errors import Broken
from harness.message import message
from harness.trace import Trace


@message
class Read:
    number: int
    key: str
    within_ms: int = 1_000


@message
class Write:
    number: int
    key: str
    value: Any
    within_ms: int = 1_000


@message
class Value:
    number: int
    key: str
    value: Any


@message
class Written:
    number: int


@message
class Unknown:
    number: int


@message
class Unavailable:
    number: int


@message
class Export:
    number: int


@message
class Exported:
    number: int
    token: Any


@message
class Import:
    number: int
    token: Any


@message
class Imported:
    number: int


@message
class Entry:
    key: str
    value: Any
    version: int
    source: tuple[str, Any] = ("", None)


FRONT_ENDS = ("f", "g")


def run(*moments, end_ms=None):
    """A trace of moments, 10 ms apart: an Entry that the primary writes, ("tia", front end, question) or (front end, "tia", answer)."""
    records = []
    for place, moment in enumerate(moments):
        time_ms = 10 * place
        if isinstance(moment, Entry):
            records.append((time_ms, "write", "p", 0, place, moment))
        elif moment[0] in FRONT_ENDS:
            records.append((time_ms, "send", moment[0], place, moment[1], moment[2]))
        else:
            records.append((time_ms, "deliver", moment[1], place, moment[0], moment[2]))
    if end_ms is not None:
        records.append((end_ms, "start", "p", 2, None, None))
    return Trace(records)


def ask(question, user="tia", at="f"):
    return (user, at, question)


def tell(answer, user="tia", at="f"):
    return (at, user, answer)


def code(item, *moments, **how):
    """How a property breaks, with the records that prove it, or None."""
    try:
        item.judge(run(*moments, **how))
    except Broken as broken:
        return broken.code, broken.records
    return None


def back(*moments):
    return code(NeverBack(FRONT_ENDS, "p"), *moments)


A, B, C = Entry("x", "a", 1), Entry("x", "b", 2), Entry("x", "c", 3)


def test_a_written_version_is_a_floor():
    written = (A, ask(Write(1, "x", "b")), B, tell(Written(1)))
    assert back(*written, tell(Value(2, "x", "a"))) == ("older_than_write", (3, 4))
    assert back(*written, tell(Value(2, "x", None))) == ("older_than_write", (3, 4))
    assert back(*written, tell(Value(2, "x", "b"))) is None
    assert back(*written, C, tell(Value(2, "x", "c"))) is None
    assert back(*written, tell(Value(2, "y", None))) is None  # another key
    assert back(*written, tell(Value(2, "x", "a"), user="ben")) is None  # another user
    assert back(*written, tell(Value(2, "x", "a"), at="g")) is None  # another session
    assert back(*written[:3], tell(Unknown(1)), tell(Value(2, "x", "a"))) is None  # nobody knows


def test_a_shown_version_is_a_floor():
    assert back(A, B, tell(Value(1, "x", "b")), tell(Value(2, "x", "a"))) == ("older_than_read", (2, 3))
    assert back(A, B, tell(Value(1, "x", "a")), tell(Value(2, "x", "b")), tell(Value(3, "x", "b"))) is None


def test_a_late_confirmation_lowers_no_floor():
    late = (ask(Write(1, "x", "a")), A, B, tell(Value(2, "x", "b")), tell(Written(1)))
    assert back(*late, tell(Value(3, "x", "a"))) == ("older_than_read", (3, 5))


def test_nobody_is_shown_what_is_not_stored():
    assert back(A, tell(Value(1, "x", "b"))) == ("not_stored", (1,))
    assert back(ask(Write(1, "x", "b")), tell(Value(2, "x", "b")), B) == ("not_stored", (1,))
    assert back(Entry("x", 0, 1), tell(Value(1, "x", False))) == ("not_stored", (1,))
    assert back(tell(Value(1, "x", None))) is None


def test_none_may_be_written_and_counts_as_the_newest_that_it_can_be():
    none = Entry("x", None, 2)
    assert back(A, tell(Value(1, "x", "a")), tell(Value(2, "x", None))) == ("older_than_read", (1, 2))
    assert back(A, none, tell(Value(1, "x", "a")), tell(Value(2, "x", None)), tell(Value(3, "x", "a"))) == ("older_than_read", (3, 4))
    assert back(A, none, tell(Value(1, "x", None)), tell(Value(2, "x", "a"))) is None  # it may have been the None before any write


def test_a_token_brings_its_floors():
    seen = (A, B, tell(Value(1, "x", "b")), tell(Exported(2, {"t": 1})))
    moved = (*seen, ask(Import(3, {"t": 1}), at="g"), tell(Imported(3), at="g"))
    assert back(*moved, tell(Value(4, "x", "a"), at="g")) == ("older_than_token", (5, 6))
    assert back(*moved, tell(Value(4, "x", "b"), at="g")) is None
    assert back(*moved, tell(Value(4, "x", "a"), user="ben", at="g")) is None
    assert back(*moved[:5], tell(Value(4, "x", "a"), at="g")) is None  # not taken in yet
    friend = (ask(Import(3, {"t": 1}), user="ben", at="g"), tell(Imported(3), user="ben", at="g"))
    assert back(*seen, *friend, tell(Value(4, "x", "a"), user="ben", at="g")) == ("older_than_token", (5, 6))


def test_a_token_takes_nothing_away():
    older = (A, tell(Value(1, "x", "a")), tell(Exported(2, 1)), B, tell(Value(3, "x", "b"), at="g"))
    moved = (*older, ask(Import(4, 1), at="g"), tell(Imported(4), at="g"))
    assert back(*moved, tell(Value(5, "x", "a"), at="g")) == ("older_than_read", (4, 7))


def test_one_answer_to_each_request():
    def judged(*moments):
        return code(OneAnswer(FRONT_ENDS, "p"), *moments)

    read = ask(Read(1, "x"))
    assert judged(read, tell(Value(1, "x", 0))) is None
    assert judged(read, ask(Read(1, "y"), user="ben"), tell(Value(1, "x", 0)), tell(Unavailable(1), user="ben")) is None
    assert judged(read, tell(Value(1, "x", 0)), tell(Unavailable(1))) == ("answered_twice", (1, 2))
    assert judged(read, tell(Value(1, "y", 0))) == ("other_key", (1,))
    assert judged(read, tell(Unknown(1))) == ("wrong_kind", (1,))
    assert judged(read, tell(Value(2, "x", 0))) == ("never_asked", (1,))
    assert judged(read, tell(Value(1, "x", 0), user="ben")) == ("never_asked", (1,))
    assert judged(read, tell(Value(1, "x", 0), at="g")) == ("never_asked", (1,))


def test_outcomes_of_writes_are_true():
    def judged(*moments):
        return code(TrueOutcome(FRONT_ENDS, "p"), *moments)

    write = ask(Write(1, "x", "a"))
    assert judged(write, A, tell(Written(1))) is None
    assert judged(write, tell(Written(1)), A) == ("not_stored", (1,))
    assert judged(write, tell(Unknown(1)), A) is None
    assert judged(write, tell(Unavailable(1))) is None
    assert judged(write, tell(Unavailable(1)), A) == ("stored_after_all", (1, 2))
    assert judged(write, A, tell(Unavailable(1))) == ("stored_after_all", (1, 2))
    assert judged(write, A, B, Entry("x", "a", 3)) == ("stored_twice", (1, 3))
    assert judged(ask(Read(1, "x")), tell(Unavailable(1)), A) is None


def test_of_writes_that_look_alike_each_is_stored():
    def judged(*moments):
        return code(EachStored(FRONT_ENDS, "p"), *moments)

    def stored(value, version, at="f"):
        return Entry("x", value, version, source=(at, version))

    first = (ask(Write(1, "x", 0)), stored(0, 1), tell(Written(1)), ask(Write(2, "x", 0)))
    assert judged(*first) is None
    assert judged(*first, tell(Unknown(2))) is None
    assert judged(*first, stored(0, 2), tell(Written(2))) is None
    assert judged(*first, tell(Written(2))) == ("alike_not_stored", (4,))
    assert judged(*first, stored(0, 2, at="g"), tell(Written(2))) == ("alike_stored_twice", (4,))
    assert judged(*first, ask(Write(1, "x", 0), at="g"), stored(0, 2, at="g"), tell(Written(2))) == ("alike_not_stored", (6,))
    assert judged(*first, stored(False, 2)) == ("alike_stored_twice", (4,))
    assert judged(*first, stored(0, 2), stored(0, 3)) == ("alike_stored_twice", (5,))


def test_answers_come_in_time():
    def judged(*moments, end_ms=5_000):
        return code(answered_in_time(FRONT_ENDS, 500, slack_ms=50), *moments, end_ms=end_ms)

    assert judged(ask(Read(1, "x", 20)), A, tell(Unavailable(1))) is None
    assert judged(ask(Read(1, "x", 20)), *[A] * 9, tell(Unavailable(1))) == ("too_late", (0, 10))
    assert judged(ask(Read(1, "x", 20))) == ("no_answer", ())
    assert judged(ask(Read(1, "x", 20)), tell(Value(1, "x", 0), user="ben")) == ("no_answer", ())
    assert judged(ask(Export(1))) == ("no_answer", ())
    assert judged(ask(Read(1, "x", 10_000))) is None  # the run ends before


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ([tell(Value(1, "x", 0))], None),
        ([tell(Unavailable(1))], "told_unavailable"),
        ([tell(Value(1, "x", 0), user="ben")], "told_nothing"),
        ([], "told_nothing"),
    ],
)
def test_who_can_be_served_is(answers, found):
    assert (code(served("tia", 1), ask(Read(1, "x")), *answers) or (None,))[0] == found
    assert code(served("tia", 2), ask(Read(1, "x")), *answers) is None  # was never asked


def test_the_right_value_is_shown():
    def judged(value):
        return code(shown("tia", 1, 0), ask(Read(1, "x")), tell(Value(1, "x", value)))

    assert judged(0) is None
    assert judged(False) == judged("0") == judged(None) == ("wrong_value", ())


def test_the_newest_is_shown_in_the_end():
    def judged(*values):
        reads = [item for nth, value in enumerate(values) for item in (ask(Read(nth, "x")), tell(Value(nth, "x", value)))]
        return code(newest_in_the_end("p", 20), A, B, *reads)

    assert judged("a", "b") is None  # the last one counts
    assert judged("b", "a") == ("old_news", ())
    assert judged() is None


def test_histories_are_read_from_traces():
    moments = (ask(Write(1, "x", "a")), A, tell(Written(1)), ask(Write(2, "x", "b")), B, ask(Read(3, "x")), tell(Value(3, "x", "a")))
    history = history_of(run(*moments), FRONT_ENDS, "p")
    assert [(op.kind, op.version, op.start, op.end) for op in history] == [("write", 1, 0, 2), ("write", 2, 3, None), ("read", 1, 5, 6)]
    holds = session_guarantees(FRONT_ENDS, "p")
    assert code(holds, *moments) is None  # nobody said that b is written
    told = (*moments[:5], tell(Written(2)), *moments[5:])
    assert code(holds, *told) == ("read_your_writes", (5, 7))
    assert code(holds, *told[:-1], tell(Value(3, "x", "b"))) is None
