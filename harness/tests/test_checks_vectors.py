"""The judges of vector stamps and causal delivery, against an independent package and against brute force."""

import itertools
import random

import pytest
from vectorclock.vectorclock import VectorClock as TheirClock

from harness import catalogue
from harness.checks.causal import CausalOrder, ShownOnce, all_shown, join, latest_of, relation, stamp, vector_condition
from harness.checks.clocks import drawn_history, happened_before, short_histories
from harness.errors import Broken
from harness.message import message
from harness.running import submission_of
from harness.trace import Trace

NAMES = ("a", "b", "c")
SMALL = [
    {name: count for name, count in zip(NAMES, counts, strict=True) if count is not None}
    for counts in itertools.product((None, 0, 1, 2), repeat=3)
]

TINY = [each for each in SMALL if 2 not in each.values()]


@pytest.fixture(scope="module")
def reference():
    exercise = catalogue.exercise("07_vector_clock")
    return submission_of(exercise, exercise.solution / "vector_clock.py").load()


def their_relation(a, b):
    """What the package `vectorclock` says. It calls two vectors without any entry unordered, so equality is asked first."""
    one, other = TheirClock(dict(a)), TheirClock(dict(b))
    if one < other:
        return "before"
    if one > other:
        return "after"
    return "equal" if one == other else "concurrent"


def test_comparison_agrees_with_an_independent_package_on_all_small_pairs(reference):
    for a, b in itertools.product(SMALL, repeat=2):
        assert reference.compare(stamp(a), stamp(b)) == relation(a, b) == their_relation(a, b), (a, b)


def test_comparison_mirrors_itself_and_merge_is_the_least_upper_bound(reference):
    mirrored = {"before": "after", "after": "before", "equal": "equal", "concurrent": "concurrent"}
    for a, b in itertools.product(TINY, repeat=2):
        assert relation(b, a) == mirrored[relation(a, b)]
        both = join(a, b)
        assert join(reference.merge(stamp(a), stamp(b)), {}) == both
        above = [each for each in TINY if relation(a, each) in ("before", "equal") and relation(b, each) in ("before", "equal")]
        assert all(relation(both, each) in ("before", "equal") for each in above)
        assert any(relation(both, each) == "equal" for each in above)


def calls_of(steps, stamps):
    """The trace of a history whose events were stamped so."""
    records = []
    for place, ((what, who, number), result) in enumerate(zip(steps, stamps, strict=True)):
        carries = {"send": number, "receive": -number}.get(what, 0)
        records.append((place, "call", who, carries, what, ((), stamp(result))))
    return Trace(records, {"timed": False})


def played(reference, steps):
    clocks, sent, stamps = {}, {}, []
    for what, who, number in steps:
        clock = clocks.setdefault(who, reference.VectorClock(who, {}))
        stamps.append(clock.tick() if what == "tick" else clock.send() if what == "send" else clock.receive(sent[number]))
        if what == "send":
            sent[number] = stamps[-1]
    return stamps


def right_by_definition(steps, stamps):
    """Brute force: reachability in the graph of causes, for every pair."""
    pairs = happened_before(steps)
    return all(
        relation(stamps[a], stamps[b]) == ("before" if (a, b) in pairs else "after" if (b, a) in pairs else "concurrent")
        for a, b in itertools.permutations(range(len(steps)), 2)
    )


def accepted(judge, trace):
    try:
        judge(trace)
    except Broken:
        return False
    return True


def test_the_reference_stamps_every_short_history_by_definition(reference):
    for steps in short_histories(("a", "b"), 4):
        assert right_by_definition(steps, played(reference, steps))


def test_the_vector_condition_agrees_with_reachability_on_spoilt_stamps(reference):
    verdicts = set()
    for seed in range(600):
        draw = random.Random(seed)
        steps = drawn_history(seed, NAMES, draw.randrange(2, 9))
        stamps = played(reference, steps)
        for _ in range(draw.randrange(3)):
            spoilt = dict(draw.choice(stamps))
            spoilt[draw.choice(NAMES)] = draw.randrange(4)
            stamps[draw.randrange(len(stamps))] = spoilt
        right = right_by_definition(steps, stamps)
        assert accepted(vector_condition, calls_of(steps, stamps)) == right, (steps, stamps)
        verdicts.add(right)
    assert verdicts == {True, False}


def test_kept_versions_are_those_that_no_order_of_arrival_replaces(reference):
    for seed in range(60):
        draw = random.Random(seed)
        written = [(stamp(draw.choice(SMALL[1:])), draw.choice("xy")) for _ in range(5)]
        written = [(each, "v" + "".join(map(str, (each.get(name, 0) for name in NAMES)))) for each, _ in written]
        expected = latest_of(written)
        for order in itertools.islice(itertools.permutations(written), 0, 120, 13):
            kept = []
            for version in order:
                kept = reference.keep(kept, version)
            assert latest_of(kept) == expected
            assert len(kept) == len(expected)


@message
class Say:
    text: str


@message
class Show:
    author: str
    text: str


USERS = {"a": "user of a", "b": "user of b", "c": "user of c"}


def random_chat(seed):
    """A trace of says and shows that no program made: any node shows anything that was said, at any time."""
    draw = random.Random(seed)
    records, said = [], []
    for time in range(draw.randrange(2, 9)):
        node = draw.choice(NAMES)
        if not said or draw.random() < 0.35:
            said.append((node, f"t{len(said)}"))
            records.append((time, "deliver", node, time, USERS[node], Say(said[-1][1])))
        else:
            author, text = draw.choice(said)
            records.append((time, "send", node, 100 + time, USERS[node], Show(author, text)))
            records.append((time, "deliver", USERS[node], 100 + time, node, records[-1][5]))
    return Trace(records, {"timed": True})


def causal_by_definition(trace):
    """Brute force over the graph of events: said or shown earlier at the author's node, for every post and every show of it."""
    events = [(record.kind, record.node, record.data.text) for record in trace if record.node in NAMES]
    for place, (kind, node, text) in enumerate(events):
        if kind != "send":
            continue
        saying = next(at for at, event in enumerate(events) if event[0] == "deliver" and event[2] == text)
        author = events[saying][1]
        causes = {event[2] for event in events[:saying] if event[1] == author}
        if not causes <= {event[2] for event in events[:place] if event[:2] == ("send", node)}:
            return False
    return True


def test_causal_order_agrees_with_brute_force():
    verdicts = []
    for seed in range(1_000):
        trace = random_chat(seed)
        verdicts.append(causal_by_definition(trace))
        assert accepted(CausalOrder().judge, trace) == verdicts[-1], trace.dumps()
    assert 100 < sum(verdicts) < 900


def test_shown_once_and_all_shown_agree_with_counting():
    once, everywhere = [], []
    for seed in range(1_000):
        trace = random_chat(seed)
        shows = [(record.node, record.data.text) for record in trace if record.kind == "send"]
        texts = {record.data.text for _, record in trace.messages("deliver", "Say")}
        once.append(len(shows) == len(set(shows)))
        everywhere.append(set(shows) == set(itertools.product(NAMES, texts)))
        assert accepted(ShownOnce(USERS).judge, trace) == once[-1]
        assert accepted(all_shown(USERS), trace) == everywhere[-1]
    assert set(once) == set(everywhere) == {True, False}
