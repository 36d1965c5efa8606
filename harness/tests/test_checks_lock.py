"""The folds about locks: traces written by hand, both ways, and brute-force cross-checks on random ones."""

import random

import pytest

from harness.checks.lock import (
    OneHolder,
    OneWriterPerToken,
    OwnToken,
    StoreNeverGoesBack,
    TokensIncrease,
    WritesWithinLease,
    answered_in_time,
    granted_in_time,
)
from harness.errors import Broken
from harness.message import message
from harness.trace import Trace


@message
class Acquire:
    lock: str
    ttl_ms: int
    asked_ms: int


@message
class Granted:
    lock: str
    token: int
    ttl_ms: int = 1000
    asked_ms: int = 0


@message
class Refused:
    lock: str
    asked_ms: int


@message
class Release:
    lock: str
    token: int


@message
class Write:
    key: str
    value: str
    token: int


@message
class Delete:
    key: str
    token: int


@message
class Accepted:
    key: str
    token: int


@message
class Value:
    key: str
    value: str | None


@message
class Done:
    number: int


def sent(time_ms, node, to, data):
    return (time_ms, "send", node, 1, to, data)


def arrives(time_ms, node, sender, data):
    return (time_ms, "deliver", node, 1, sender, data)


def granted(time_ms, client, token, lock="x", ttl_ms=1000):
    return sent(time_ms, "s", client, Granted(lock, token, ttl_ms))


def released(time_ms, client, token):
    return arrives(time_ms, "s", client, Release("x", token))


CRASH = (500, "crash", "s", -1, None, None)
STEP = (400, "step", "s", -1, None, None)


def code_of(fold, *records):
    try:
        fold.judge(Trace(list(records)))
    except Broken as broken:
        assert broken.records and all(0 <= index < len(records) for index in broken.records)
        return broken.code
    return None


@pytest.mark.parametrize(
    ("code", "records"),
    [
        (None, [granted(0, "a", 1), granted(5, "a", 1), granted(9, "b", 7), granted(9, "c", 1, "y")]),
        ("same_token:nothing", [granted(0, "a", 1), granted(5, "b", 1)]),
        ("lower_token:nothing", [granted(0, "a", 2), granted(5, "b", 1)]),
        ("lower_token:nothing", [granted(0, "a", 1), granted(5, "b", 2), granted(9, "a", 1)]),
        ("same_token:crash", [granted(0, "a", 1), CRASH, granted(900, "b", 1)]),
        ("lower_token:crash+step", [granted(0, "a", 2), STEP, CRASH, granted(900, "b", 1)]),
        ("lower_token:nothing", [CRASH, granted(600, "a", 2), (700, "crash", "a", -1, None, None), granted(900, "b", 1)]),
        ("no_token", [granted(0, "a", 0)]),
        ("no_token", [granted(0, "a", True)]),
        ("no_token", [granted(0, "a", "7")]),
        ("no_token", [granted(0, "a", 1.5)]),
    ],
)
def test_tokens_increase(code, records):
    assert code_of(TokensIncrease(), *records) == code


@pytest.mark.parametrize(
    ("code", "records"),
    [
        (None, [granted(0, "a", 1), granted(950, "b", 2)]),
        ("two_holders", [granted(0, "a", 1), granted(850, "b", 2)]),
        ("two_holders", [granted(0, "a", 1), granted(800, "a", 1), granted(1200, "b", 2)]),
        (None, [granted(0, "a", 1), granted(850, "b", 2, "y")]),
        (None, [granted(0, "a", 1), granted(850, "a", 2)]),
        (None, [granted(0, "a", 1), released(100, "a", 1), granted(200, "b", 2)]),
        ("two_holders", [granted(0, "a", 1), released(100, "b", 1), granted(200, "b", 2)]),
        ("two_holders", [granted(0, "a", 2), released(100, "a", 1), granted(200, "b", 3)]),
        ("token_again", [granted(0, "a", 1), released(100, "a", 1), granted(200, "a", 1)]),
        ("token_again", [granted(0, "a", 1), granted(1600, "a", 1)]),
        (None, [granted(0, "a", 1), granted(1200, "a", 1)]),
        (None, [granted(0, "a", 1), CRASH, granted(600, "b", 2)]),
    ],
)
def test_one_holder(code, records):
    assert code_of(OneHolder("s"), *records) == code


def write(token, value, key="x"):
    return arrives(0, "st", "c", Write(key, value, token))


def delete(token):
    return arrives(0, "st", "c", Delete("x", token))


def accepted(token, to="c", key="x"):
    return sent(0, "st", to, Accepted(key, token))


def shown(value, key="x"):
    return sent(0, "st", "r", Value(key, value))


@pytest.mark.parametrize(
    ("code", "records"),
    [
        (None, [shown(None), write(1, "a"), accepted(1), shown("a"), write(1, "b"), accepted(1), shown("b")]),
        (None, [write(2, "b"), write(1, "a"), accepted(1), accepted(2), shown("b")]),
        ("stale_accepted", [write(2, "b"), write(1, "a"), accepted(2), accepted(1)]),
        (None, [write(2, "b", "y"), write(1, "a"), accepted(2, key="y"), accepted(1)]),
        ("stale_shown", [write(2, "b"), write(1, "a"), accepted(1), accepted(2), shown("a")]),
        ("stale_shown", [write(1, "a"), accepted(1), shown(None)]),
        (None, [write(1, "a"), accepted(1), delete(1), accepted(1), shown(None)]),
        ("stale_shown", [write(2, "a"), delete(1), accepted(2), shown(None)]),
        ("stale_accepted", [write(2, "b"), shown("b"), write(1, "a"), accepted(1)]),
        (None, [write(2, "b"), write(1, "a"), accepted(1), shown("a")]),
        (None, [write(2, "b"), write(1, "a"), accepted(1), shown("b")]),
        ("never_written", [shown("z")]),
        ("never_sent", [accepted(1)]),
    ],
)
def test_store_never_goes_back(code, records):
    assert code_of(StoreNeverGoesBack(), *records) == code


def test_one_writer_per_token():
    assert code_of(OneWriterPerToken(), accepted(1, "a"), accepted(1, "a"), accepted(2, "b"), accepted(1, "c", key="y")) is None
    assert code_of(OneWriterPerToken(), accepted(1, "a"), accepted(1, "b")) == "shared_token"


def test_own_token():
    got = arrives(0, "a", "s", Granted("x", 3))
    assert code_of(OwnToken(), got, sent(1, "a", "st", Write("x", "v", 3)), sent(1, "a", "st", Delete("x", 3))) is None
    assert code_of(OwnToken(), got, sent(1, "a", "st", Write("x", "v", 4))) == "own_invention"
    assert code_of(OwnToken(), got, sent(1, "a", "st", Write("y", "v", 3))) == "own_invention"
    assert code_of(OwnToken(), got, sent(1, "b", "st", Delete("x", 3))) == "own_invention"


def test_writes_within_lease():
    asks = sent(0, "a", "s", Acquire("x", 1000, 0))
    renews = sent(700, "a", "s", Acquire("x", 1000, 700))
    late = arrives(600, "a", "s", Granted("x", 1, 1000, 0))
    again = arrives(800, "a", "s", Granted("x", 1, 1000, 700))
    assert code_of(WritesWithinLease(), asks, late, sent(1050, "a", "st", Write("x", "v", 1))) is None
    assert code_of(WritesWithinLease(), asks, late, sent(1150, "a", "st", Write("x", "v", 1))) == "lease_over"
    assert code_of(WritesWithinLease(), asks, late, renews, again, sent(1650, "a", "st", Write("x", "v", 1))) is None
    assert code_of(WritesWithinLease(), asks, late, renews, sent(1650, "a", "st", Delete("x", 1))) == "lease_over"


def test_a_lease_may_be_longer_than_any_float():
    endless = Granted("x", 1, 10**400, 0)
    assert code_of(OneHolder("s"), sent(0, "s", "a", endless), granted(10**9, "b", 2)) == "two_holders"
    asks, late = sent(0, "a", "s", Acquire("x", 10**400, 0)), arrives(600, "a", "s", endless)
    assert code_of(WritesWithinLease(), asks, late, sent(10**9, "a", "st", Write("x", "v", 1))) is None


def test_liveness_says_what_was_heard_last():
    asks = sent(0, "a", "s", Acquire("x", 1000, 0))
    no, yes = arrives(5, "a", "s", Refused("x", 0)), arrives(50, "a", "s", Granted("x", 1))
    granted_in_time("a", 100, lock="x").judge(Trace([asks, no, yes]))
    with pytest.raises(Broken, match="asks for lock x once and is not granted it by 40 ms; what it heard last was Refused at 5 ms"):
        granted_in_time("a", 40, lock="x").judge(Trace([asks, no, yes]))
    done = arrives(60, "boss", "a", Done(1))
    answered_in_time("boss", "a", 100).judge(Trace([asks, done]))
    with pytest.raises(Broken, match="boss hears no Done from 70 to 100 ms; the last that a sent was Acquire, at 0 ms"):
        answered_in_time("boss", "a", 100, after_ms=70).judge(Trace([asks, done]))


def test_tokens_increase_agrees_with_every_pair():
    """Brute force: each grant is compared with every one before it."""
    for seed in range(2000):
        draw = random.Random(seed)
        grants = [(draw.choice("ab"), draw.randrange(1, 5), draw.choice("xy")) for _ in range(draw.randrange(1, 7))]
        right = all(
            later[1] > earlier[1] or (later[1] == earlier[1] and later[0] == earlier[0])
            for place, later in enumerate(grants)
            for earlier in grants[:place]
            if later[2] == earlier[2]
        )
        assert (code_of(TokensIncrease(), *[granted(0, *grant) for grant in grants]) is None) == right, grants


def test_store_never_goes_back_agrees_with_every_pair():
    """Brute force over all pairs: what shows token t (surely: the value has one token) forbids anything below t later."""
    for seed in range(3000):
        draw = random.Random(seed)
        records, seen, right = [write(token, f"v{token}") for token in (1, 2, 3)], [], True
        for _ in range(draw.randrange(1, 7)):
            token = draw.randrange(0, 4)
            if draw.random() < 0.5 and token:
                records.append(accepted(token))
            else:
                records.append(shown(f"v{token}" if token else None))
            right = right and all(token >= earlier for earlier in seen)
            seen.append(token)
        assert (code_of(StoreNeverGoesBack(), *records) is None) == right, records


def test_one_holder_agrees_with_a_replay_of_all_leases():
    """Brute force: keep every lease as an interval, cut it at its holder's release, look for two of different clients that overlap."""
    for seed in range(2000):
        draw = random.Random(seed)
        records, leases, now_ms = [], [], 0
        right = True
        for token in range(1, draw.randrange(2, 7)):
            now_ms += draw.choice((200, 600, 1500))
            client = draw.choice("ab")
            right = right and all(end_ms <= now_ms or holder == client for holder, end_ms in leases[-1:])
            leases.append((client, now_ms + 1000))
            records.append(granted(now_ms, client, token))
            if draw.random() < 0.4:
                now_ms += 100
                who = draw.choice("ab")
                records.append(released(now_ms, who, token))
                if who == client:
                    leases[-1] = (client, now_ms)
        assert (code_of(OneHolder("s"), *records) is None) == right, records
