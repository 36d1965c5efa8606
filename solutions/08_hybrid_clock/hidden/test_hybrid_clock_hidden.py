"""Hidden checks of the hybrid clock and the register."""

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
from harness.testing import Holds, names, scenarios, scene, variant, verify_calls

ORDER = Holds("what happened before has the smaller stamp", order_condition)
CLOSE = Holds("l is the largest physical time known", close_to_physical)
DRIFT_MS = 100
EPOCH_MS = 1_700_000_000_000
LARGEST_MS = 2**45


def play(game, steps, drift_ms=10**9):
    """Do the steps of a history; a message brings the very stamp that was returned."""
    for machine in dict.fromkeys(who for _, who, *_ in steps):
        game.new(machine, "HybridClock", drift_ms, (0, 0))
    stamps, latest = {}, {}
    for what, who, number, physical_ms in steps:
        if what == "tick":
            latest[who] = game.call(who, "tick", physical_ms)
        elif what == "send":
            stamps[number] = game.keep(who, "send", physical_ms, carries=number)
            latest[who] = stamps[number].plain
            if not is_stamp(latest[who]):
                game.refuse(no_stamp(who, "send", latest[who]), "no_stamp")
        elif what == "restart":
            game.new(who, "HybridClock", drift_ms, latest[who] if is_stamp(latest.get(who)) else (0, 0))
        elif number in stamps:
            latest[who] = game.call(who, "receive", stamps[number], physical_ms, carries=-number)


def frozen(one, other, count):
    """Many events while the physical clock stands still; then it is set forward by days, and back; a message comes from far ahead."""
    still = [("tick", one, 0, 1), *[("tick", one, 0, EPOCH_MS)] * count, ("send", one, 1, EPOCH_MS), ("tick", one, 0, EPOCH_MS + 1)]
    far = [("send", one, 2, EPOCH_MS + 900_000_000), ("tick", one, 0, EPOCH_MS - 900_000_000), ("tick", one, 0, EPOCH_MS)]
    return [*still, *far, ("receive", other, 2, EPOCH_MS), ("tick", other, 0, EPOCH_MS)]


def set_back(one):
    """A clock that is set back, stands still, and is set forward a little."""
    return [("tick", one, 0, 9_000), ("tick", one, 0, 3_000), ("tick", one, 0, 3_000), ("send", one, 1, 3_001)]


@scenarios(40)
def test_any_clocks(submission, seed):
    machines = names(seed, 3)
    if variant(seed) == 0:
        verify_calls(submission, set_back(machines[0]), play, ORDER)
        verify_calls(submission, telling_history(*machines[:2], EPOCH_MS), play, ORDER)
    verify_calls(submission, timed_history(seed, machines, 40, skew_ms=5_000, hurry_ms=40, steps=0.15), play, ORDER)
    verify_calls(submission, timed_history(seed, machines[:2], 40, skew_ms=2, hurry_ms=1, steps=0.1), play, ORDER)
    verify_calls(submission, COUNTER_BITS, lambda game, bits: large_counters(game, bits, machines[0]), ORDER)
    if variant(seed) == 0:
        verify_calls(submission, frozen(*machines[:2], 1_100), play, ORDER)
        verify_calls(submission, tuple(range(1, 14)), lambda game, sizes: digits(game, sizes, machines[0]), name=ORDER.name)


COUNTER_BITS = tuple(range(3, 33))


def large_counters(game, bits, machine):
    """Receive stamps whose counters are at the edge of so many bits: the next one must be larger."""
    game.new(machine, "HybridClock", DRIFT_MS, (0, 0))
    for place, each in enumerate(bits):
        now_ms = EPOCH_MS + 50 * place
        stamp = (now_ms + 7, 2**each - 2)
        for _ in range(2):
            answer = game.call(machine, "receive", stamp, now_ms)
            if not is_stamp(answer) or answer <= stamp:
                told = f"the message was sent with {stamp}, but receive returned {answer}, which is not larger"
                game.refuse(told, "large_counter_passed" if is_stamp(answer) else "no_stamp")
            stamp = (answer[0], answer[1])


def digits(game, sizes, machine):
    """Restart clocks just before l, or c, has one digit more, and let a message bring the larger one."""
    for size in sizes:
        for saved, stamp in (((10**size - 1, 9), (10**size, 0)), ((LARGEST_MS, 10**size - 1), (LARGEST_MS, 10**size))):
            if stamp[1] <= 2**32:
                game.new(machine, "HybridClock", DRIFT_MS, saved)
                answer = game.call(machine, "receive", stamp, saved[0])
                if not is_stamp(answer) or answer <= stamp:
                    told = f"{machine} had {saved}, and the message was sent with {stamp}, but receive returned {answer!r:.60}"
                    game.refuse(told, "one_digit_more" if is_stamp(answer) else "no_stamp")


def carried(game, bits, machine):
    """Count on from counters at the edge of so many bits: l stays."""
    game.new(machine, "HybridClock", DRIFT_MS, (0, 0))
    for place, each in enumerate(bits):
        game.call(machine, "receive", (EPOCH_MS + place + 7, 2**each - 2), EPOCH_MS + place)
        game.call(machine, "tick", EPOCH_MS + place)


def saved_long_ago(game, counters, machine):
    """Restart a clock that has counted far: l is what was saved, and c goes on from there."""
    for c in counters:
        game.new(machine, "HybridClock", DRIFT_MS, (EPOCH_MS, c))
        stamp = game.call(machine, "tick", EPOCH_MS - 1)
        if not is_stamp(stamp):
            game.refuse(no_stamp(machine, "tick", stamp), "no_stamp")
        if stamp[0] != EPOCH_MS or stamp[1] > c + 10:
            told = f"{machine} was restarted with {(EPOCH_MS, c)}; at physical time {EPOCH_MS - 1} tick returned {stamp}"
            game.refuse(told, "saved_l_left" if stamp[0] != EPOCH_MS else "saved_c_left")


def one_machine(one):
    """Many events in a millisecond, the next millisecond, a sending in a later one, and then the clock is set back."""
    later = [("tick", one, 0, EPOCH_MS + 1), ("send", one, 1, EPOCH_MS + 9), ("tick", one, 0, EPOCH_MS - 5)]
    return [*[("tick", one, 0, EPOCH_MS)] * 12, *later]


def always_restarted(fast, slow):
    """A machine is restarted after each of its events."""
    return [step for each in telling_history(fast, slow, LARGEST_MS - 300) for step in (each, ("restart", each[1], 0, 0))]


def two_times(busy, calm):
    """A machine with an old l and a large c exchanges messages with one that has a newer l and a small c."""
    newer = [("send", calm, 1, EPOCH_MS + 60), ("tick", busy, 0, EPOCH_MS), ("send", busy, 2, EPOCH_MS)]
    return [*[("tick", busy, 0, EPOCH_MS)] * 30, *newer, ("receive", calm, 2, EPOCH_MS + 50), ("receive", busy, 1, EPOCH_MS + 1)]


WRITES = (
    *[("write", 0, ())] * 200,
    ("write", -3, ()),
    ("arrive", 0, (-50, 1_000)),  # many writes, but in an l that is over
    ("write", 0, ()),
    ("arrive", 0, (40, 1_000)),
    ("write", 1, ()),
    ("write", 50, ()),
    ("write", 50, ()),
)
"""What happens on a replica: (what, when, stamp of the version that arrives)."""


def versions(game, steps, replica):
    """Write on a replica: the l of a version is the largest physical time that is known there, and c counts within it."""
    game.new(replica, "Register", replica, DRIFT_MS)
    known = (0, 0)
    for what, ms, arrived in steps:
        if what == "arrive":
            stamp = (EPOCH_MS + arrived[0], arrived[1])
            game.call(replica, "arrive", (*stamp, "zoe"), "news", EPOCH_MS + ms)
            known = max(known, stamp)
            continue
        right = max(known[0], EPOCH_MS + ms)
        version = game.call(replica, "write", "draft", EPOCH_MS + ms)
        if not is_version(version, replica):
            game.refuse(f"{replica}.write returned {version!r:.60}; a version is (l, c, {replica!r})", "no_version")
        if version[0] != right:
            told = f"{replica}.write returned {version}, but the largest physical time that it knows of is {right}"
            game.refuse(told, "version_behind" if version[0] < right else "version_ahead")
        if version[1] > FEW + (known[1] if right == known[0] else 0):
            told = f"{replica}.write returned {version}; it knew stamps up to {known}, so c should be smaller"
            game.refuse(told, "version_counts_too_much")
        known = version[:2]


FEW = 100
"""A write may be a few events, and each may let c grow by 10."""


@scenarios(40)
def test_near_the_wall(submission, seed):
    machines = names(seed, 3)
    if variant(seed) == 0:
        verify_calls(submission, one_machine(machines[0]), play, CLOSE)
        largest = [("send", machines[0], 6, LARGEST_MS), ("receive", machines[1], 6, LARGEST_MS - 5)]
        verify_calls(submission, always_restarted(*machines[:2]), play, CLOSE)
        verify_calls(submission, [*telling_history(*machines[:2], LARGEST_MS - 300), *largest], play, CLOSE)
        verify_calls(submission, frozen(*machines[:2], 1_100), play, CLOSE)
        verify_calls(submission, COUNTER_BITS, lambda game, bits: carried(game, bits, machines[0]), CLOSE)
        verify_calls(submission, LARGE_COUNTERS, lambda game, steps: saved_long_ago(game, steps, machines[0]), name=CLOSE.name)
        verify_calls(submission, WRITES, lambda game, steps: versions(game, steps, machines[0]), name="a version is the stamp of its write")
    verify_calls(submission, two_times(*machines[:2]), play, CLOSE)
    verify_calls(submission, timed_history(seed, machines, 40, skew_ms=40, hurry_ms=20, steps=0.1), play, CLOSE)
    verify_calls(submission, timed_history(seed, machines, 40, skew_ms=3, hurry_ms=2), play, CLOSE)


MAD_STAMPS = (
    ("tick", 0, ()),
    ("receive", 0, (-300, 2)),
    ("mad", 0, (100_000 * DRIFT_MS, 0)),
    ("tick", 0, ()),
    ("mad", 0, (150, 5)),
    ("tick", 0, ()),
    ("mad", 60, (210, 0)),
    ("tick", 20, ()),  # the wall clock was set back a little
    ("receive", 20, (90, 0)),
    ("mad", 20, (170, 0)),  # near l, but not near the wall clock
    ("tick", 20, ()),
    ("tick", 2_000, ()),
    ("mad", 1_000, (1_150, 0)),  # the wall clock was set back far: it showed more once
    ("receive", 1_000, (900, 0)),
    ("receive", 1_000, (1 - EPOCH_MS, 3)),  # as old as can be
    ("mad", 1_000, (2_000, 0)),  # a stamp that was given before, but the wall clock was set back
    ("receive", 3_000, (3_050, 0)),  # and forward: near this reading, but not near the last one
    *[("tick", 3_000, ())] * 30,
    *[("mad", 3_000, (3_101, 0))] * 120,  # it insists
    ("receive", 3_000, (3_099, 0)),
    ("receive", 3_002, (3_101, 0)),  # the same stamp, and now it is near
    ("tick", 3_002, ()),
)
"""Stamps from machines gone mad, between events: (what, when, stamp)."""
BOUNDS = {
    "no_drift": ((("tick", 0, ()), ("receive", 0, (-1, 0)), ("mad", 0, (1, 0)), ("tick", 0, ())), 0),
    "just_ahead": ((("tick", 0, ()), ("mad", 0, (DRIFT_MS + 1, 0)), ("tick", 0, ())), DRIFT_MS),
    "after_many_events": ((*[("tick", 0, ())] * 50, ("mad", 0, (3 * DRIFT_MS, 0)), ("tick", 0, ())), DRIFT_MS),
    "mad_stamps": (MAD_STAMPS, DRIFT_MS),
}
"""Schedules by name: steps, and how far ahead a stamp may be."""


@scenarios(30)
def test_no_trace(submission, seed):
    """Two clocks get the same calls, but one of them also gets stamps that are too far ahead."""
    draw = random.Random(f"trace/{seed}")
    pair, bound_ms = names(seed, 2), draw.choice((3, DRIFT_MS, 5_000, 10**7))
    start_ms = draw.choice((1_000, EPOCH_MS))
    if variant(seed) == 0:
        for name, (steps, fixed_ms) in BOUNDS.items():
            with scene(name):
                refused_by_one(submission, steps, EPOCH_MS, pair, fixed_ms)
        with scene("saved_ahead"):
            verify_calls(submission, (150, 1_050), lambda game, steps: guarded(game, steps, pair[0]), name="the bound is for messages")
        for fixed_ms in (DRIFT_MS, 0, 5_000):
            meet = lambda game, steps, fixed_ms=fixed_ms: twin_replicas(game, steps, *pair, fixed_ms)  # noqa: E731
            with scene("replicas"):
                verify_calls(submission, (0, 20, 20, -1_000), meet, name="a refused stamp leaves no trace")
    steps, ms = [], 0
    for _ in range(14):
        ms += draw.choice((0, 1, 30, -20))
        what = draw.choice(("tick", "send", "receive", "mad", "mad"))
        ahead_ms = draw.randrange(-200, bound_ms) if what == "receive" else bound_ms + draw.choice((1, draw.randrange(25, 200), 10**6))
        steps.append((what, ms, (ms + ahead_ms, draw.randrange(4))))
    refused_by_one(submission, steps, start_ms, pair, bound_ms)


def refused_by_one(submission, steps, start_ms, pair, bound_ms):
    timed = [(what, start_ms + ms, (start_ms + stamp[0], stamp[1]) if stamp else ()) for what, ms, stamp in steps]
    verify_calls(submission, timed, lambda game, steps: twins(game, steps, *pair, bound_ms), name="a refused stamp leaves no trace")


def twins(game, steps, one, other, bound_ms):
    """Do the steps with two clocks; the mad stamps reach only one of them."""
    for machine in (one, other):
        game.new(machine, "HybridClock", bound_ms, (0, 0))
    game.new("zoe", "HybridClock", 10**9, (0, 0))  # another bound is another machine's
    refused, known_l, shown_ms = set(), 0, 0
    for what, physical_ms, stamp in steps:
        shown_ms = max(shown_ms, physical_ms)
        if what == "mad":
            repeated = "_when_repeated" if (physical_ms, stamp) in refused else ""
            refuse_stamp(game, one, stamp, physical_ms, bound_ms, known_l, shown_ms, repeated)
            refused.add((physical_ms, stamp))
            continue
        args = (stamp, physical_ms) if what == "receive" else (physical_ms,)
        answers = [game.call(machine, what, *args) for machine in (one, other)]
        for machine, answer in zip((one, other), answers, strict=True):
            if what != "receive" and not is_stamp(answer):
                game.refuse(no_stamp(machine, what, answer), "no_stamp", calls=2)
        known_l = max(known_l, physical_ms, stamp[0] if what == "receive" else 0)
        if answers[0] != answers[1]:
            told = f"{one} and {other} had the same events, yet {one}.{what} returned {answers[0]} and {other}.{what} {answers[1]}"
            if not refused:
                game.refuse(f"{told}: something passes between them without a message", "shared", calls=2)
            game.refuse(f"{told}: the stamp that {one} refused has left a trace", trace_of(*answers))
        if answers[0] is None:
            ahead_ms = stamp[0] - physical_ms if stamp else 0
            told = f"a stamp that is {abs(ahead_ms)} ms {'ahead' if ahead_ms > 0 else 'behind'} is refused; {bound_ms} ms ahead are allowed"
            game.refuse(told, "refused_near_the_wall")


def trace_of(one, other):
    """Say in which number two stamps differ."""
    return "trace_in_c" if one is not None and other is not None and one[0] == other[0] else "trace_in_l"


def refuse_stamp(game, who, stamp, physical_ms, bound_ms, known_l, shown_ms, repeated=""):
    """Let a stamp arrive that must be refused."""
    answer = game.call(who, "receive", stamp, physical_ms)
    if answer is not None:
        told = f"the stamp is {stamp[0] - physical_ms} ms ahead, and {bound_ms} are allowed, but receive returns {answer}"
        game.refuse(told, taken_in(stamp, physical_ms, bound_ms, answer, known_l, shown_ms) + repeated)


def twin_replicas(game, steps, one, other, bound_ms):
    """The same writes on two replicas that think they are the same; one of them also refuses some of a third."""
    for replica in (one, other):
        game.new(replica, "Register", one, bound_ms)
    game.new("zoe", "Register", "zoe", 10**9)
    for ms in steps:
        refuse_mad(game, one, bound_ms + 1, EPOCH_MS + ms + 50, bound_ms)
        for replica in (one, other):
            arrive(game, replica, (EPOCH_MS + ms + bound_ms - 1, 0, "zoe"), 1, EPOCH_MS + ms, {one: {}, other: {}})
        versions = [game.call(replica, "write", "draft", EPOCH_MS + ms) for replica in (one, other)]
        if not all(isinstance(version, tuple) for version in versions):
            game.refuse(f"write returned {versions[0]!r:.60} and {versions[1]!r:.60}; it returns the version (l, c, node)", "no_version", 2)
        if versions[0][:2] != versions[1][:2]:
            told = f"{one} and {other} had the same writes, with versions {versions[0]} and {versions[1]}"
            game.refuse(f"{told}: what {one} refused has left a trace", f"version_{trace_of(*versions)}", calls=2)


def guarded(game, steps, machine):
    """Restart a clock whose saved stamp is ahead of the wall clock: a message must be near the wall clock all the same."""
    for ahead_ms in steps:
        game.new(machine, "HybridClock", DRIFT_MS, (EPOCH_MS, 3))
        refuse_stamp(game, machine, (EPOCH_MS - 1_000 + ahead_ms, 0), EPOCH_MS - 1_000, DRIFT_MS, EPOCH_MS, 0)


LARGE_COUNTERS = (1_001, 2**16, 2**32 - 30)


def restarted_late(game, counters, machine):
    """Restart a clock that has counted far while its physical clock stood still."""
    for c in counters:
        saved = (EPOCH_MS, c)
        game.new(machine, "HybridClock", DRIFT_MS, saved)
        for what, *args in (("tick",), ("send",), ("receive", (EPOCH_MS - 9, 0))):
            stamp = game.call(machine, what, *args, EPOCH_MS - 1)
            if not is_stamp(stamp) or stamp <= saved:
                told = f"{machine} was restarted with {saved}, and then {what} returned {stamp!r:.60}, which is not larger"
                game.refuse(told, "large_saved_counter_passed" if is_stamp(stamp) else "no_stamp")


def restarted(game, steps, machine):
    """Restart a clock whose physical clock is set back meanwhile, and ask it for one stamp."""
    for back_ms in steps:
        game.new(machine, "HybridClock", DRIFT_MS, (0, 0))
        for _ in range(2):
            saved = game.call(machine, "tick", EPOCH_MS)
        game.new(machine, "HybridClock", DRIFT_MS, saved if is_stamp(saved) else (0, 0))
        stamp = game.call(machine, "tick", EPOCH_MS - back_ms)
        if not (is_stamp(saved) and is_stamp(stamp)):
            game.refuse(
                f"{machine}.tick returned {saved!r:.60} and {stamp!r:.60}; a stamp is a pair (l, c) of whole numbers", "no_stamp", 2
            )
        if how := lag(stamp, saved):
            far = "by_more_than_the_bound" if back_ms > DRIFT_MS else "a_little"
            told = f"{machine} was restarted with {saved} and set back by {back_ms} ms; then tick returned {stamp}, which is not larger"
            game.refuse(told, f"{how}_when_set_back_{far}", calls=3)


@scenarios(30)
def test_after_a_restart(submission, seed):
    draw = random.Random(f"restart/{seed}")
    machines = names(seed, 2)
    if variant(seed) == 0:
        back_ms = (DRIFT_MS // 2, 60 * DRIFT_MS, EPOCH_MS - 1)  # the bound is for messages, not for one's own past
        verify_calls(submission, back_ms, lambda game, steps: restarted(game, steps, machines[0]), name=ORDER.name)
        verify_calls(submission, LARGE_COUNTERS, lambda game, steps: restarted_late(game, steps, machines[0]), name=ORDER.name)
        verify_calls(submission, always_restarted(*machines), play, ORDER)
    steps = timed_history(seed, machines, 24, skew_ms=300, hurry_ms=4, steps=0.2)
    for _ in range(4):
        steps.insert(draw.randrange(3, len(steps)), ("restart", draw.choice(machines), 0, 0))
    verify_calls(submission, steps, play, ORDER)


@scenarios(40)
def test_replicas_agree(submission, seed):
    draw = random.Random(f"agree/{seed}")
    replicas = names(seed, 3)
    now_ms = draw.choice((1_000, EPOCH_MS))
    skew = {replica: draw.choice((0, draw.randrange(60))) for replica in replicas}
    steps, writes = [], 0
    for _ in range(16):
        now_ms += draw.choice((0, 0, 1, 9))
        who = draw.choice(replicas)
        if not writes or draw.random() < 0.35:
            writes += 1
            steps.append(("write", who, writes, now_ms + skew[who]))
        elif draw.random() < 0.15:
            steps.append(("mad", who, draw.randrange(150, 9_000), now_ms + skew[who]))
        else:
            steps.append(("arrive", who, draw.randrange(max(1, writes - 3), writes + 1), now_ms + skew[who]))
    if variant(seed) == 0:
        for name, each in written_by_hand(*replicas).items():
            with scene(name):
                verify_calls(submission, each, lambda game, steps: spread(game, steps, replicas, 0), name="replicas agree")
        for name, each in FOREIGN.items():
            with scene(name):
                verify_calls(submission, each, lambda game, steps: arrivals(game, steps, replicas[0]), name="replicas agree")
    for name, called in ((CALLED if variant(seed) == 0 else {}) | {"anything": replicas}).items():
        at_once = [("write", replica, place + 1, now_ms) for place, replica in enumerate(called)]
        meet = lambda game, steps, called=called: spread(game, steps, called, draw.random())  # noqa: E731
        with scene(f"called_{name}"):
            verify_calls(submission, at_once, meet, name="replicas agree")
    verify_calls(submission, steps, lambda game, steps: spread(game, steps, replicas, seed), name="replicas agree")


CALLED = {
    "by_number": ("n9", "n10"),
    "by_length": ("annabel", "bo"),
    "with_capitals": ("Zoe", "ann"),
    "alike": ("backup-west-1", "backup-west-2"),
    "alike_at_length": ("b" * 300 + "1", "b" * 300 + "2"),
    "with_a_blank": ("ann", "ann "),
    "with_accents": ("zo\u00e9", "zoe\u0301"),
}
"""Names that people put in another order than Python, in another than by length, or that are alike."""
LARGE_COUNTER = (2, 0, "zoe"), (1, 2**32, "ulla")  # not to spill into l
MANY_OLDER = LARGE_COUNTER + tuple((-age_ms, age_ms % 3, f"n{age_ms}") for age_ms in range(260))
FOREIGN = {"a_large_counter": LARGE_COUNTER, "many_older": MANY_OLDER, "the_newest_at_last": (*MANY_OLDER, (3, 0, "abe"))}
"""Versions from many replicas: the newest but one, then older ones, then the newest."""


def written_by_hand(one, other, third):
    """Small schedules by name, each for one rule; the replicas' clocks agree but for some ms."""
    now_ms = EPOCH_MS
    alone = [
        ("write", one, 1, now_ms),
        ("write", one, 2, now_ms),
        ("write", one, 12, now_ms),
        ("write", one, 3, now_ms - 3),
        ("write", one, 4, now_ms - 60_000),
    ]
    mad = [("write", one, 1, now_ms), ("mad", one, 150, now_ms), ("write", one, 3, now_ms + 300), ("mad", one, 150, now_ms)]
    old = [("write", one, 1, now_ms), ("write", other, 3, now_ms + 5), ("arrive", other, 1, now_ms), ("arrive", other, 1, now_ms + 300)]
    very_old = [("write", one, 1, 1), ("arrive", other, 1, now_ms)]
    again = [("write", one, 1, now_ms), ("write", third, 3, now_ms + 5), ("write", one, 11, now_ms + 9)]
    again += [("arrive", other, number, now_ms + 10) for number in (1, 11, 3)]
    again += [("arrive", one, 3, now_ms + 10)]
    seen = [("write", one, 1, now_ms + 40), ("arrive", third, 1, now_ms), ("write", third, 3, now_ms + 1)]
    burst = [("write", one, number, now_ms) for number in range(1, 13)] + [("arrive", third, number, now_ms - 5) for number in (1, 10, 12)]
    burst += [("write", third, 13, now_ms - 5)]
    back = [("mad", other, 150, now_ms), ("write", one, 1, now_ms), ("far", one, 1, now_ms - 1_000), ("far", other, 1, now_ms - 1_000)]
    back += [("arrive", other, 1, now_ms), ("far", other, 1, now_ms - 1_000)]
    digits = [("write", one, 1, 10**13 - 1), ("write", other, 3, 10**13), ("write", third, 5, LARGEST_MS)]
    return {
        "alone": alone,
        "refused": mad,
        "old": old,
        "seen": seen,
        "very_old": very_old,
        "written_again": again,
        "burst": burst,
        "set_back": back,
        "more_digits": digits,
    }


def arrivals(game, steps, replica):
    """Versions that others made arrive at a replica; then it writes, many times in a millisecond."""
    game.new(replica, "Register", replica, DRIFT_MS)
    here = {replica: {}}
    check_read(game, replica, here[replica])
    for number, (ms, c, node) in enumerate(steps):
        arrive(game, replica, (EPOCH_MS + ms, c, node), number, EPOCH_MS, here)
        check_read(game, replica, here[replica])
    last = max(here[replica])
    for _ in range(1_050):
        version = game.call(replica, "write", "draft", EPOCH_MS)
        check_version(game, replica, version, {last: "draft"})
        last = version
    check_read(game, replica, {last: "draft"})


def spread(game, steps, replicas, shuffle):
    """Do the steps, each replica reading what it must; then let every write arrive everywhere, and compare."""
    for replica in replicas:
        game.new(replica, "Register", replica, DRIFT_MS)
    written, here = {}, {replica: {} for replica in replicas}
    latest_ms = dict.fromkeys(replicas, 0)
    for what, who, number, physical_ms in steps:
        latest_ms[who] = max(latest_ms[who], physical_ms)
        if what == "mad":
            refuse_mad(game, who, number, physical_ms)
        elif what == "write":
            written[number] = game.keep(who, "write", value_of(number), physical_ms)
            check_version(game, who, written[number].plain, here[who])
            here[who][written[number].plain] = value_of(number)
        elif number in written:
            arrive(game, who, written[number], number, physical_ms, here, far=what == "far")
        check_read(game, who, here[who])
    end_ms = max(latest_ms.values(), default=0) + 10
    for replica in replicas:
        order = list(written)
        random.Random(f"{shuffle}/{replica}").shuffle(order)
        for number in order:
            arrive(game, replica, written[number], number, end_ms, here)
            check_read(game, replica, here[replica])


MAD = "mad"  # the value of a write that must be refused


def value_of(number):
    """Return what is written: an empty or long text is one, blanks are part of it, and what was written once may be written again."""
    return {2: "", 4: " v4\r\n\0", 5: "v5\n", 6: "V6 \u00c4 A\u0308" + "." * 6_000, 8: "008"}.get(number % 10, f"v{number % 10}")


def refuse_mad(game, who, ahead_ms, physical_ms, bound_ms=DRIFT_MS):
    """Let a write arrive that is too far ahead; what is read must not change, as the check of the next read says."""
    answer = game.call(who, "arrive", (physical_ms + ahead_ms, 0, "zoe"), MAD, physical_ms)
    if answer is not False:
        game.refuse(f"the write is {ahead_ms} ms ahead, and {bound_ms} are allowed, but {who}.arrive answers {answer}", "not_refused")


def check_version(game, who, version, here):
    """A version is (l, c, node), larger than all that its writer has here."""
    if not is_version(version, who):
        game.refuse(f"{who}.write returned {version!r:.60}; a version is (l, c, {who!r})", "no_version")
    if here and version <= (largest := max(here)):
        whose = "own" if largest[2] == who else "seen"
        told = f"{who} had {whose} version {largest} here, but its new write has {version}, which is not larger"
        game.refuse(told, f"{whose}_{lag(version, largest)}")


def arrive(game, who, version, number, physical_ms, here, *, far=False):
    """Let a write arrive at a replica; far: after the wall clock was set back, it is too far ahead by now."""
    answer, plain = game.call(who, "arrive", version, value_of(number), physical_ms), getattr(version, "plain", version)
    where = "ahead" if plain[0] > physical_ms else "behind"
    told = f"the write is {abs(plain[0] - physical_ms)} ms {where}"
    if far and answer is not False:
        game.refuse(f"{told} by now, which is too far, but {who}.arrive answers {answer}", "not_refused")
    if not far and answer is not True:
        game.refuse(f"{told}, which is allowed, but {who}.arrive does not return True", f"refused_{where}")
    if not far:
        here[who][plain] = value_of(number)


def check_read(game, who, here):
    """A replica reads the value of the largest version that is here."""
    right = here[max(here)] if here else None
    read = game.call(who, "read")
    if read != right:
        largest = f"the largest version at {who} is {max(here)} with {right!r:.60}" if here else f"nothing was written at {who} so far"
        game.refuse(f"{largest}, but it reads {read!r:.60}", value_read(read, here))


CHANGES = {"stripped": str.strip, "in_small_letters": str.lower, "with_other_line_ends": str.splitlines, "cut": lambda text: text[:9]}
"""What becomes of texts on their way: two that it makes the same may be one."""


def value_read(read, here):
    """Say whose value was read instead of that of the largest version."""
    if read is None:
        return "nothing_read"
    if read == MAD:
        return "refused_value_read"
    versions = [version for version, value in here.items() if value == read]
    if not versions:
        written = here[max(here)] if here else ""
        alike = [how for how, change in CHANGES.items() if type(read) is str and change(read) == change(written)]
        return f"value_{alike[0]}" if alike else "value_from_nowhere"
    return "tie_lost" if max(versions)[:2] == max(here)[:2] else "older_value_read"
