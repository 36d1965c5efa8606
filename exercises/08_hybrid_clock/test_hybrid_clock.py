"""Public checks. Reading them is part of the exercise: they say what must hold, and how it is tried."""

import random

from harness.checks.hybrid import (
    close_to_physical,
    is_stamp,
    is_version,
    lag,
    no_stamp,
    order_condition,
    taken_in,
    telling_history,
    timed_history,
)
from harness.testing import Broken, Holds, names, scenarios, verify_calls

ORDER = Holds("what happened before has the smaller stamp", order_condition)
CLOSE = Holds("l is the largest physical time known", close_to_physical)
DRIFT_MS = 100


def play(game, steps):
    """Do the steps of a history with one HybridClock for each machine."""
    for machine in dict.fromkeys(who for _, who, *_ in steps):
        game.new(machine, "HybridClock", DRIFT_MS, (0, 0))
    stamps = {}
    for what, who, number, physical_ms in steps:
        if what == "tick":
            game.call(who, "tick", physical_ms)
        elif what == "send":
            sent = stamps[number] = game.call(who, "send", physical_ms, carries=number)
            if not is_stamp(sent):  # before the one who receives it is blamed
                game.refuse(no_stamp(who, "send", sent), "no_stamp")
        elif number in stamps:
            game.call(who, "receive", stamps[number], physical_ms, carries=-number)


@scenarios(10)
def test_local_events(submission, seed):
    draw = random.Random(f"local/{seed}")
    machine = names(seed, 1)[0]
    now_ms = draw.choice((5, 1_000, 1_700_000_000_000))
    steps = []
    for passed_ms in (0, 0, 1, 0, 20, 0, 0, 3):
        now_ms += passed_ms
        steps.append(("tick", machine, 0, now_ms))
    verify_calls(submission, steps, play, ORDER, CLOSE)


@scenarios(40)
def test_messages(submission, seed):
    machines = names(seed, 2 + seed % 2)
    verify_calls(submission, telling_history(*machines[:2], start_ms=1_000), play, ORDER)
    verify_calls(submission, timed_history(seed, machines, 12), play, ORDER)


@scenarios(10)
def test_too_far_ahead(submission, seed):
    draw = random.Random(f"ahead/{seed}")
    machine = names(seed, 1)[0]
    now_ms = draw.choice((500, 1_000, 1_700_000_000_000))
    ahead_ms = [draw.randrange(-400, -100), draw.randrange(0, 80), 10_000_000, draw.randrange(120, 10_000)]

    def arrive(game, ahead_ms):
        game.new(machine, "HybridClock", DRIFT_MS, (0, 0))
        for each_ms in ahead_ms:
            stamp = (now_ms + each_ms, 3)
            answer = game.call(machine, "receive", stamp, now_ms)
            if each_ms > DRIFT_MS and answer is not None:
                told = f"the stamp is {each_ms} ms ahead, and {DRIFT_MS} are allowed, but receive answers {answer}"
                game.refuse(told, taken_in(stamp, now_ms, DRIFT_MS, answer))
            if each_ms < DRIFT_MS and answer is None:
                what = f"only {each_ms} ms ahead" if each_ms >= 0 else f"{-each_ms} ms behind"
                code = "refused_ahead" if each_ms >= 0 else "refused_behind"
                game.refuse(f"the stamp is {what}, and {DRIFT_MS} ms ahead are allowed, but receive refuses it", code)

    verify_calls(submission, ahead_ms, arrive, name="what is too far ahead is answered with None")
    draw.shuffle(ahead_ms)
    verify_calls(submission, ahead_ms, arrive, name="what is too far ahead is answered with None")


@scenarios(10)
def test_last_writer(submission, seed):
    draw = random.Random(f"writer/{seed}")
    fast, slow = names(seed, 2)
    now_ms, ahead_ms = draw.choice((500, 1_700_000_000_000)), draw.randrange(5, 80)

    def wins(game, read, written, how):
        if read != "coffee":
            last = len(game.records) - 1
            told = f"{slow} had seen 'tea' before writing 'coffee', but {game.records[last][2]} reads {read!r}"
            raise Broken(told, code=f"newer_lost_{how}", records=(written, last))

    def write(game, replica, value, physical_ms):
        version = game.call(replica, "write", value, physical_ms)
        if not is_version(version, replica):
            game.refuse(f"{replica}.write returned {version!r:.60}; a version is (l, c, {replica!r})", "no_version")
        return version

    def meet(game, steps):
        for replica in (fast, slow):
            game.new(replica, "Register", replica, DRIFT_MS)
        old = write(game, fast, "tea", now_ms + ahead_ms)
        game.call(slow, "arrive", old, "tea", now_ms + 1)
        if game.call(slow, "read") != "tea":
            game.refuse(f"{fast}'s write has arrived at {slow}, but {slow} reads something else", "not_taken")
        new = write(game, slow, "coffee", now_ms + 2)
        written = len(game.records) - 1
        how = lag(new, old) or "though_larger"
        wins(game, game.call(slow, "read"), written, how)
        game.call(fast, "arrive", new, "coffee", now_ms + ahead_ms + 3)
        wins(game, game.call(fast, "read"), written, how)

    verify_calls(submission, [()], meet, name="a write that has seen another one wins")
