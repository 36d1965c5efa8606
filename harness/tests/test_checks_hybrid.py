"""The checkers of hybrid clocks: a right clock passes the history written down, and each broken rule has a code of its own."""

import pytest

from harness import catalogue
from harness.checks.hybrid import close_to_physical, lag, order_condition, taken_in, telling_history
from harness.errors import Broken
from harness.running import load_checks, run_check, submission_of
from harness.tests.course_copy import ROOT
from harness.trace import Trace

START_MS = 1_000


class Clock:
    """A right clock, with a method for each rule, so that each can be broken alone."""

    def __init__(self):
        self.last = (0, 0)

    def next_of(self, physical_ms):
        return max((physical_ms, 0), (self.last[0], self.last[1] + 1))

    def joined(self, stamp):
        return max(self.last, stamp)

    def event(self, what, physical_ms, stamp=None):
        if stamp is not None:
            self.last = self.joined(stamp)
        self.last = self.next_of(physical_ms)
        return self.last


class ForgetsItself(Clock):
    def joined(self, stamp):
        return stamp


class ForgetsTheMessage(Clock):
    def joined(self, stamp):
        return self.last


class TakesOnlyL(Clock):
    def joined(self, stamp):
        return max(self.last, (stamp[0], 0))


class ComparesOnlyL(Clock):
    def joined(self, stamp):
        return max(self.last, stamp, key=lambda each: each[0])


class ComparesText(Clock):
    def joined(self, stamp):
        return max(self.last, stamp, key=lambda each: f"{each[0]}.{each[1]}")


class NeverCounts(Clock):
    def next_of(self, physical_ms):
        return max((physical_ms, 0), (self.last[0], 0))


class SendsNoEvent(Clock):
    def event(self, what, physical_ms, stamp=None):
        return self.last if what == "send" else super().event(what, physical_ms, stamp)


class RefusesThePast(Clock):
    def event(self, what, physical_ms, stamp=None):
        return None if stamp and stamp[0] < physical_ms - 100 else super().event(what, physical_ms, stamp)


class BelievesTheWall(Clock):
    def next_of(self, physical_ms):
        return (physical_ms, self.last[1] + 1)


class AddsMilliseconds(Clock):
    def next_of(self, physical_ms):
        return max((physical_ms, 0), (self.last[0] + 1, 0))


class NeverStartsOver(Clock):
    def next_of(self, physical_ms):
        return (max(physical_ms, self.last[0]), self.last[1] + 5)


class TakesTheLargerOfEach(Clock):
    def joined(self, stamp):
        return (max(self.last[0], stamp[0]), max(self.last[1], stamp[1]))


def played(kind, steps):
    clocks, sent, records = {}, {}, []
    for what, who, number, physical_ms in steps:
        clock = clocks.setdefault(who, kind())
        args = (sent[number], physical_ms) if what == "receive" else (physical_ms,)
        result = clock.event(what, physical_ms, *args[:-1])
        if what == "send":
            sent[number] = result
        carries = {"send": number, "receive": -number, "tick": 0}[what]
        records.append((len(records), "call", who, carries, what, (args, result)))
    return Trace(records, {"timed": False})


def code_of(judge, trace):
    with pytest.raises(Broken) as caught:
        judge(trace)
    assert all(0 <= index < len(trace) for index in caught.value.records)
    return caught.value.code


def test_a_right_clock_passes_the_history():
    trace = played(Clock, telling_history("a", "b", START_MS))
    order_condition(trace)
    close_to_physical(trace)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (ForgetsItself, "receive_l_goes_back"),
        (ForgetsTheMessage, "message_has_newer_l"),
        (TakesOnlyL, "message_has_larger_c"),
        (ComparesOnlyL, "message_has_same_l_and_larger_c"),
        (ComparesText, "receive_c_goes_back"),
        (NeverCounts, "tick_repeats"),
        (SendsNoEvent, "send_repeats"),
        (RefusesThePast, "refused_behind"),
    ],
)
def test_each_rule_of_the_order_has_its_code(kind, code):
    assert code_of(order_condition, played(kind, telling_history("a", "b", START_MS))) == code


@pytest.mark.parametrize(
    ("kind", "steps", "code"),
    [
        (BelievesTheWall, [("tick", "a", 0, 9), ("tick", "a", 0, 5)], "tick_behind_its_past"),
        (ForgetsTheMessage, [("send", "a", 1, 9), ("receive", "b", 1, 5)], "receive_behind_the_message"),
        (SendsNoEvent, [("tick", "a", 0, 5), ("send", "a", 1, 9)], "send_behind_the_wall"),
        (AddsMilliseconds, [("tick", "a", 0, 5), ("tick", "a", 0, 5)], "ahead_of_its_past"),
        (NeverStartsOver, [("tick", "a", 0, 5), ("tick", "a", 0, 5), ("tick", "a", 0, 6)], "c_goes_on_in_a_new_l"),
        (TakesTheLargerOfEach, [*[("tick", "a", 0, 5)] * 12, ("send", "b", 1, 9), ("receive", "a", 1, 5)], "c_of_another_l"),
    ],
)
def test_each_distance_from_the_wall_has_its_code(kind, steps, code):
    assert code_of(close_to_physical, played(kind, steps)) == code


def test_an_l_that_nobody_told_is_ahead_of_all():
    assert code_of(close_to_physical, Trace([(0, "call", "a", 0, "tick", ((5,), (7, 0)))], {"timed": False})) == "ahead_of_all"


def test_a_step_back_over_a_restart_is_told_apart():
    records = [(0, "start", "a", 1, "HybridClock", ()), (1, "call", "a", 0, "tick", ((9,), (9, 0)))]
    again = [(2, "start", "a", 1, "HybridClock", ()), (3, "call", "a", 0, "tick", ((5,), (5, 0)))]
    assert code_of(order_condition, Trace([*records, *again], {"timed": False})) == "restart_l_goes_back"


@pytest.mark.parametrize("result", [5, (5,), (5, "0"), (5, -1), (5.0, 0), "5.0", None])
def test_a_stamp_is_a_pair_of_whole_numbers(result):
    trace = Trace([(0, "call", "a", 0, "tick", ((5,), result))], {"timed": False})
    assert code_of(order_condition, trace) == code_of(close_to_physical, trace) == "no_stamp"


@pytest.mark.parametrize(
    ("stamp", "before", "how"), [((5, 1), (5, 0), ""), ((6, 0), (5, 9), ""), ((5, 1), (5, 1), "repeats"), ((5, 1), (5, 2), "c_goes_back")]
)
def test_how_a_stamp_lags_behind_another(stamp, before, how):
    assert lag(stamp, before) == how
    assert lag((4, 9), before) == "l_goes_back"


@pytest.mark.parametrize(
    ("stamp", "answer", "known", "how"),
    [
        ((2_000, 0), (1_100, 1), {}, "cut_down"),
        ((2_000, 0), (2_000, 1), {}, "a_little_too_far"),
        ((90_000_000, 0), (90_000_000, 1), {}, "whatever_comes"),
        ((1_150, 0), (1_150, 1), {"known_l": 1_090}, "measured_from_l"),
        ((1_150, 0), (1_150, 1), {"known_l": 1_090, "shown_ms": 1_060}, "measured_from_another_reading"),
    ],
)
def test_how_a_mad_stamp_was_taken_in(stamp, answer, known, how):
    assert taken_in(stamp, 1_000, 100, answer, **known) == how


@pytest.mark.parametrize(
    "old, new, check, said",
    [
        (
            "return self.tick(physical_ms)\n\n    def receive",
            "self.tick(physical_ms)\n\n    def receive",
            "messages",
            "send returned None; a stamp",
        ),
        (
            "return self.tick(physical_ms)\n\n    def receive",
            "self.tick(physical_ms)\n\n    def receive",
            "near_the_wall",
            "send returned None; a stamp",
        ),
        ("return self.version\n", "pass\n", "last_writer", "write returned None; a version"),
        ("        return self.last\n", "        pass\n", "no_trace", "tick returned None; a stamp"),
    ],
)
def test_whoever_returns_nothing_is_blamed_and_not_whoever_is_handed_it(tmp_path, old, new, check, said):
    exercise = catalogue.exercise("08", ROOT)
    text = (exercise.solution / exercise.stub.name).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (tmp_path / exercise.stub.name).write_text(text.replace(old, new), encoding="utf-8")
    result = run_check(exercise, exercise.check(check), load_checks(exercise)[check], submission_of(exercise, tmp_path))
    assert result.verdict == "wrong" and said in result.text
