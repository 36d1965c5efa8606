"""Clocks of exercise 07 that look wrong and are not: proven equivalent on every short history."""

import itertools

import pytest

from harness import catalogue
from harness.checks.causal import relation
from harness.checks.clocks import happened_before, short_histories
from harness.running import submission_of

EQUIVALENT = ("double_tick_on_receipt", "tick_then_merge", "own_count_jumps", "zeros_for_everybody")
NOT_EQUIVALENT = ("v16_receive_only_merges", "v16_receive_counts_for_the_sender", "v17_send_does_not_tick")


def stamps_of(module, steps):
    clocks, sent, stamps = {}, {}, []
    for what, who, number in steps:
        clock = clocks.setdefault(who, module.VectorClock(who, {}))
        stamps.append(clock.tick() if what == "tick" else clock.send() if what == "send" else clock.receive(sent[number]))
        if what == "send":
            sent[number] = stamps[-1]
    return stamps


def right_everywhere(path, names, count):
    """True if, in every history of so many steps, stamps say exactly what happened before what."""
    exercise = catalogue.exercise("07_vector_clock")
    module = submission_of(exercise, path).load()
    for steps in short_histories(names, count):
        stamps, pairs = stamps_of(module, steps), happened_before(steps)
        for a, b in itertools.combinations(range(count), 2):
            if relation(stamps[a], stamps[b]) != ("before" if (a, b) in pairs else "concurrent"):
                return False
    return True


@pytest.mark.parametrize("name", EQUIVALENT)
@pytest.mark.parametrize(("names", "count"), [(("a", "b"), 5), (("a", "b", "c"), 4)])
def test_an_odd_clock_is_right_in_every_short_history(name, names, count):
    path = catalogue.exercise("07_vector_clock").solution / "right" / f"{name}.py"
    assert right_everywhere(path, names, count)


@pytest.mark.parametrize("name", NOT_EQUIVALENT)
def test_a_wrong_clock_is_found_by_the_same_search(name):
    path = catalogue.exercise("07_vector_clock").solution / "wrong" / f"{name}.py"
    assert not right_everywhere(path, ("a", "b"), 5)


def test_the_shortcut_over_one_entry_is_right_for_real_events_and_wrong_for_others():
    """`a[i] <= b[i]`, with i the machine of a's event, says "before or equal": why `compare` may not use it."""
    exercise = catalogue.exercise("07_vector_clock")
    module = submission_of(exercise, exercise.solution / "vector_clock.py").load()
    for steps in short_histories(("a", "b"), 5):
        stamps = stamps_of(module, steps)
        for (a, (_, who, _)), b in itertools.product(zip(stamps, steps, strict=True), stamps):
            assert (a.get(who, 0) <= b.get(who, 0)) == (relation(a, b) in ("before", "equal"))
    assert relation({"a": 1, "b": 2}, {"a": 1}) == "after"  # by a's entry alone, they would be equal
