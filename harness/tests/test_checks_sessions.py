"""The four session guarantees: histories written by hand, and 32,000 random ones, with pending operations, against the definitions."""

import random

import pytest

from harness.checks.sessions import GUARANTEES, Op, monotonic_reads, monotonic_writes, read_your_writes, writes_follow_reads

DEFINITIONS = {"read your writes": ("write", "read"), "monotonic reads": ("read", "read")}
DEFINITIONS |= {"monotonic writes": ("write", "write"), "writes follow reads": ("read", "write")}


def by_definition(history, name):
    """Every pair of operations, as the paper has it: the later one is at least as new, and newer if it is a write."""
    first, second = DEFINITIONS[name]
    for earlier in history:
        for later in history:
            same = (earlier.session, earlier.key) == (later.session, later.key)
            kinds = (earlier.kind, later.kind) == (first, second)
            told = earlier.end is not None and earlier.version is not None and later.version is not None
            least = earlier.version + 1 if told and second == "write" else earlier.version
            if same and kinds and told and earlier.end < later.start and later.version < least:
                return True
    return False


def random_history(draw):
    """Up to eight operations of two sessions on two keys. Every write that is stored makes the next version of its key."""
    ops, versions = [], {"x": 0, "y": 0}
    for _ in range(draw.randint(2, 8)):
        session, key, kind = draw.choice("st"), draw.choice("xy"), draw.choice(("read", "write"))
        start = draw.randrange(12)
        end = None if draw.random() < 0.2 else start + draw.randrange(1, 5)  # pending, or of unknown outcome
        if kind == "write":
            version = None
            if end is not None or draw.random() < 0.5:
                version = versions[key] = versions[key] + 1
        else:
            version = None if end is None else draw.randrange(4)
        ops.append(Op(session, kind, key, version, start, end))
    draw.shuffle(ops)
    return ops


def test_random_histories_are_judged_as_by_definition():
    draw, seen = random.Random("sessions"), {name: [0, 0] for name in GUARANTEES}
    for _ in range(32_000):
        history = random_history(draw)
        for name, violation in GUARANTEES.items():
            broken = by_definition(history, name)
            pair = violation(history)
            assert (pair is not None) == broken, (name, history)
            assert pair is None or by_definition(pair, name)  # what is returned proves it
            seen[name][broken] += 1
    assert all(min(counts) > 500 for counts in seen.values()), seen  # neither answer is rare


def op(kind, version, start, end, session="tia", key="x"):
    return Op(session, kind, key, version, start, end)


@pytest.mark.parametrize(
    ("violation", "first", "second", "least"),
    [
        (read_your_writes, "write", "read", 2),
        (monotonic_reads, "read", "read", 2),
        (monotonic_writes, "write", "write", 3),
        (writes_follow_reads, "read", "write", 3),
    ],
)
def test_a_pair_decides(violation, first, second, least):
    earlier = op(first, 2, 0, 5)
    assert violation([earlier, op(second, least, 6, 9)]) is None
    assert violation([earlier, op(second, least - 1, 6, 9)]) == (earlier, op(second, least - 1, 6, 9))
    assert violation([earlier, op(second, 0, 5, 9)]) is None  # they overlap
    assert violation([earlier, op(second, 0, 6, 9, session="ben")]) is None
    assert violation([earlier, op(second, 0, 6, 9, key="y")]) is None


def test_what_was_never_answered_obliges_to_nothing():
    assert read_your_writes([op("write", 3, 0, None), op("read", 2, 50, 60)]) is None
    assert monotonic_writes([op("write", 3, 0, None), op("write", 2, 50, 60)]) is None
    assert monotonic_reads([op("read", None, 0, None), op("read", 0, 50, 60)]) is None


def test_an_unanswered_write_that_was_stored_has_to_follow_what_came_before():
    assert monotonic_writes([op("write", 3, 0, 5), op("write", 2, 6, None)]) is not None
    assert writes_follow_reads([op("read", 3, 0, 5), op("write", 2, 6, None)]) is not None
    assert writes_follow_reads([op("read", 3, 0, 5), op("write", None, 6, None)]) is None


def test_version_0_is_older_than_any_write():
    assert read_your_writes([op("write", 1, 0, 5), op("read", 0, 6, 9)]) is not None
    assert monotonic_reads([op("read", 0, 0, 5), op("read", 0, 6, 9)]) is None
