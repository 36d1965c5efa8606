"""The checkers of clocks and of mutual exclusion, on traces written by hand and against brute force."""

from itertools import combinations, permutations

import pytest

from harness.checks.clocks import (
    EntriesAreAsked,
    EntriesInOrder,
    OneInside,
    clock_condition,
    drawn_history,
    happened_before,
    short_histories,
)
from harness.errors import Broken
from harness.message import message
from harness.trace import Trace


@message
class Want:
    pass


@message
class Request:
    stamp: int


@message
class Enter:
    stamp: int


@message
class Leave:
    pass


def calls(steps, stamps):
    carries = {"send": 1, "receive": -1, "tick": 0}
    return Trace(
        [(place, "call", who, carries[what] * number, what, ((), stamps[place])) for place, (what, who, number) in enumerate(steps)],
        {"timed": False},
    )


def broken_by(judge, trace):
    with pytest.raises(Broken) as caught:
        judge(trace)
    return caught.value


def test_happened_before_is_the_transitive_closure_of_its_two_rules():
    for steps in short_histories(("p", "q"), 4):
        edges = set()
        for (one, (_, who, number)), (other, (what, whom, again)) in combinations(enumerate(steps), 2):
            if who == whom or (steps[one][0] == "send" and what == "receive" and number == again):
                edges.add((one, other))
        closed = set(edges)
        for _ in steps:
            closed |= {(a, d) for a, b in closed for c, d in closed if b == c}
        assert happened_before(steps) == closed


def test_the_clock_condition_agrees_with_brute_force_over_all_stamps_of_small_histories():
    for steps in short_histories(("p", "q"), 4):
        before = happened_before(steps)
        for stamps in permutations((1, 2, 2, 3), 4):
            holds = all(stamps[a] < stamps[b] for a, b in before)
            if holds:
                clock_condition(calls(steps, stamps))
            else:
                broken = broken_by(clock_condition, calls(steps, stamps))
                assert any((a, b) in before and stamps[a] >= stamps[b] for a, b in permutations(broken.records, 2))


def test_the_clock_condition_agrees_with_brute_force_on_drawn_histories():
    for seed in range(60):
        steps = drawn_history(seed, ("p", "q", "r"), 25)
        before = happened_before(steps)
        depth = {}
        for place in range(len(steps)):
            depth[place] = 1 + max((depth[a] for a, b in before if b == place), default=0)
        stamps = [depth[place] for place in range(len(steps))]
        clock_condition(calls(steps, stamps))
        a, b = sorted(before)[seed % len(before)]
        stamps[b] = stamps[a]
        broken_by(clock_condition, calls(steps, stamps))


@pytest.mark.parametrize("stamp", ["3", 3.0, True, None, (3,)])
def test_a_stamp_is_an_int(stamp):
    assert broken_by(clock_condition, calls([("tick", "p", 0)], [stamp])).code == "no_number"


def test_any_sublist_of_a_history_is_a_history():
    steps = drawn_history(1, ("p", "q"), 12)
    for kept in combinations(steps, 6):
        happened_before(kept)


def at(kind, node, data, other="x"):
    return (0, kind, node, 0, other, data)


def test_two_inside_is_told_by_both_entries():
    trace = Trace([at("send", "a", Enter(1)), at("send", "a", Request(7)), at("send", "b", Enter(2)), at("deliver", "a", Leave())])
    broken = broken_by(OneInside().judge, trace)
    assert (broken.code, broken.records) == ("two_inside", (0, 2))


def test_one_after_the_other_is_fine():
    trace = Trace([at("send", "a", Enter(1)), at("deliver", "a", Leave()), at("send", "b", Enter(2)), at("deliver", "b", Leave())])
    OneInside().judge(trace)
    EntriesInOrder().judge(trace)


def test_entering_twice_without_leaving():
    trace = Trace([at("send", "a", Enter(1)), at("send", "a", Enter(1))])
    assert broken_by(OneInside().judge, trace).code == "entered_twice"


@pytest.mark.parametrize(
    ("first", "second", "code"), [(("a", 2), ("b", 1), "out_of_order"), (("b", 1), ("a", 1), "out_of_order"), (("a", 1), ("a", 1), "twice")]
)
def test_entries_follow_stamp_and_name(first, second, code):
    trace = Trace([at("send", node, Enter(stamp)) for node, stamp in (first, second)])
    assert broken_by(EntriesInOrder().judge, trace).code == code


def test_entries_need_a_want_and_a_request():
    asked = [at("deliver", "a", Want()), at("send", "a", Request(4)), at("send", "a", Request(4))]
    EntriesAreAsked().judge(Trace([*asked, at("send", "a", Enter(4))]))
    assert broken_by(EntriesAreAsked().judge, Trace([*asked, at("send", "a", Enter(5))])).code == "stamp_of_no_request"
    assert broken_by(EntriesAreAsked().judge, Trace([at("send", "a", Enter(4))])).code == "unasked"
    assert broken_by(EntriesAreAsked().judge, Trace([*asked, at("send", "a", Enter(4)), at("send", "a", Enter(4))])).code == "unasked"
