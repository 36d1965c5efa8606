"""Hidden checks: deaths of every kind, wrong clocks, and weather that must not confuse the living with the dead."""

import random

from harness.checks.detection import accurate, complete, steady, talkative, thrifty
from harness.checks.notices import OneNotice
from harness.testing import (
    Bounds,
    ClockStep,
    Crash,
    Deliver,
    Drop,
    Faults,
    OneWayCut,
    Partition,
    Pause,
    PromiseBroken,
    Rule,
    Spec,
    World,
    chaos,
    names,
    play_one,
    scenarios,
    variant,
    verify,
    verify_every_order,
)

TIMES_MS = ((100, 500), (40, 400), (200, 1_000), (60, 300), (160, 1_280), (20, 150), (150, 900))
MOST_EVENTS = 160_000


class Group:
    """Detectors that watch each other, their monitor, and the times they are given; another seed gives others."""

    def __init__(self, submission, seed, size, times_ms=None, called=()):
        self.monitor, *ids = names(seed, 1) + called if called else names(seed, size + 1)
        self.ids = tuple(ids)
        self.interval_ms, self.timeout_ms = times_ms or TIMES_MS[seed % len(TIMES_MS)]
        self.seed = seed
        given = {"interval_ms": self.interval_ms, "timeout_ms": self.timeout_ms, "monitor": self.monitor}
        self.nodes = tuple(Spec(name, submission.Detector, given) for name in ids)
        self.punctual = Faults(latency_ms=(1, self.interval_ms // 2))

    def at(self, timeouts):
        return round(timeouts * self.timeout_ms)

    def world(self, faults, timeouts):
        """A run that ends after so many timeouts."""
        return World(self.nodes, self.seed, faults, self.at(timeouts), (self.monitor,), max_events=MOST_EVENTS)

    def verify(self, faults, timeouts, *more, is_accurate=True):
        """Run so many timeouts; whoever is gone must be suspected, and whoever is there trusted."""
        until_ms = self.at(timeouts)
        properties = [complete(self.monitor, self.timeout_ms, until_ms), *more]
        if is_accurate:
            properties.append(accurate(self.monitor, self.interval_ms, until_ms, self.at(3.3)))
        verify(self.world(faults, timeouts), *properties)


# --- one notice per change ---


@scenarios(8)
def test_one_notice(submission, seed):
    group = Group(submission, seed, 2 + seed % 3)
    if variant(seed) == 0:
        every_order(submission, seed)
    if variant(seed) == 1:
        while_one_is_dead(submission, seed)
    draw = random.Random(f"one notice/{seed}")
    lengths = {"longest_ms": group.at(6)}
    happenings = chaos(seed, group.ids, group.at(30), crashes=4, partitions=4, pauses=3, steps=2, **lengths)
    happenings += (Crash(draw.choice(group.ids), group.at(30) + 110 * group.interval_ms, None),)
    rough = Faults(
        latency_ms=(1, draw.choice((group.interval_ms // 2, group.timeout_ms))),
        loss_ratio=draw.choice((0.0, 0.1, 0.4)),
        duplicate_ratio=0.2,
        reorder_ratio=0.1,
        reorder_ms=group.timeout_ms,
        happenings=happenings,
    )
    timeouts = 44 + 110 * group.interval_ms // group.timeout_ms
    suspected = complete(group.monitor, group.timeout_ms, group.at(timeouts), times=10)
    verify(group.world(rough, timeouts), OneNotice(group.monitor, group.ids), suspected)


def every_order(submission, seed):
    """Two detectors, every order of their messages and timers, with a duplicate and a crash."""
    group = Group(submission, seed, 2, (100, 500))
    world = group.world(Faults(), 20)
    clock = (0, 400, 1_200)
    for bounds in (
        Bounds(timers=4, duplicates=1, depth=9, monotonic_ms=clock, wall_ms=clock, states=15_000),
        Bounds(timers=5, crashes=1, depth=8, monotonic_ms=clock, wall_ms=clock, states=15_000),
    ):
        verify_every_order(world, OneNotice(group.monitor, group.ids), bounds=bounds)


def while_one_is_dead(submission, seed):
    """One dies; whoever is left is told the time anew, stands still, and goes on for long."""
    group = Group(submission, seed, 3)
    dead, one, other = group.ids
    amounts = (1, -1, 3_600_000, -3_600_000, 86_400_000, -86_400_000)
    steps = [ClockStep(name, group.at(10 + nth), by_ms) for name in (one, other) for nth, by_ms in enumerate(amounts)]
    cut = Partition(((one,), (other,)), group.at(30), group.at(40))
    happenings = (Crash(dead, group.at(4), None), *steps, Pause(one, group.at(20), group.at(3)), cut)
    verify(group.world(group.punctual.plus(*happenings), 230), OneNotice(group.monitor, group.ids))


# --- every death ---


def before_the_first_heartbeat(submission, seed, turn):
    """One dies before it has said anything, another one after its first words, and a third one is cut off from the beginning."""
    group = Group(submission, seed, (3, 4, 5, 7)[turn])
    *rest, second, first = group.ids
    deaths = [Crash(first, 0, None, 0)]
    if turn:  # so many heartbeats
        deaths.append(Crash(rest[0], round((turn - 0.25) * group.interval_ms), None))
    group.verify(group.punctual.plus(*deaths, Partition(((second,), tuple(rest)), 0)), 9)


def one_after_the_other(submission, seed, turn):
    """All die but one: one after the other, or at the same moment. Before that, all is calm."""
    group = Group(submission, seed, 4 + turn)
    cheap = thrifty(group.ids, group.interval_ms, until_ms=group.at(3.4))
    apart = (1.5, 0)[turn % 2]
    crashes = [Crash(name, group.at(3.4 + apart * max(place, 1)), None) for place, name in enumerate(group.ids[1:])]
    group.verify(group.punctual.plus(*crashes), 20, cheap)


def dead_when_it_starts(submission, seed, turn):
    """One dies; then the others restart, one by one or both at once, and know nothing of it, nor of each other."""
    group = Group(submission, seed, 3)
    dead, *others = group.ids
    apart = (3, 0)[turn % 2]
    crashes = [Crash(name, group.at(6 + apart * place), group.at(0.5 + place)) for place, name in enumerate(others)]
    group.verify(group.punctual.plus(Crash(dead, group.at(2), None), *crashes), 18)


def cut_off(submission, seed, turn):
    """One is mute, one is deaf, a group is split: each for a while, and for good at the end."""
    group = Group(submission, seed, 4)
    one, *rest = group.ids
    cuts = (
        OneWayCut((one,), tuple(rest), group.at(3), group.at(9)),
        OneWayCut(tuple(rest), (one,), group.at(14), group.at(20)),
        Partition((group.ids[:2], group.ids[2:]), group.at(25)),
    )
    group.verify(group.punctual.plus(*cuts), 45, talkative(group.ids, group.timeout_ms, group.at(45)))


def dies_while_suspected(submission, seed, turn):
    """One is cut off and dies meanwhile; another one dies, comes back, and dies for good."""
    group = Group(submission, seed, 3 + turn % 2)
    one, other, *_ = group.ids
    rest = tuple(name for name in group.ids if name != one)
    happenings = (
        Partition(((one,), rest), group.at(3), group.at(10)),
        Crash(one, group.at(8), None),
        Crash(other, group.at(12), group.at(5)),
        Crash(other, group.at(22), None),
    )
    group.verify(group.punctual.plus(*happenings), 36)


def old_heartbeats(submission, seed, turn):
    """Messages of the dead are still on their way, and arrive one by one when it has long been suspected."""
    group = Group(submission, seed, 2 + turn % 3)
    dead = group.ids[0]
    late = tuple(
        Rule(Deliver(3, (group.at(6 + 5 * nth),)), sender=dead, to=name, nth=2 + nth) for name in group.ids[1:] for nth in range(3)
    )
    faults = group.punctual.plus(Crash(dead, group.at(3), None), rules=late)
    group.verify(faults, 30, is_accurate=False)


def after_a_long_outage(submission, seed, turn):
    """Two do not hear each other for up to three hundred timeouts, then for long they do, on a fast network; then one dies.

    One of them restarts twice meanwhile, or they have never heard each other before.
    """
    group = Group(submission, seed, 2, (40, 200))
    one = group.ids[turn % 2]
    back_ms = group.at((310, 160, 310, 310)[turn]) + turn * group.interval_ms + group.interval_ms // 8
    dies_ms = back_ms + 130 * group.interval_ms
    outage = Partition((group.ids[:1], group.ids[1:]), group.at((10, 10, 10, 0)[turn]), back_ms)
    restarts = [Crash(one, group.at(at), group.at(1)) for at in ((), (), (120, 307), ())[turn]]
    timeouts = dies_ms // group.timeout_ms + 14
    soon = accurate(group.monitor, group.interval_ms, group.at(timeouts), 9 * group.interval_ms // 4)
    faults = Faults(latency_ms=(1, 1 + group.interval_ms // 20))
    group.verify(faults.plus(outage, *restarts, Crash(one, dies_ms, None)), timeouts, soon, is_accurate=False)


def after_a_long_calm(submission, seed, turn):
    """Two hear each other for more than a thousand intervals; then one dies, comes back or not, and dies for good."""
    *times_ms, intervals = ((60, 300, 1_092), (20, 150, 1_500), (60, 300, 1_092), (1_000, 5_000, 2_100))[turn]
    group = Group(submission, seed, 2, times_ms)
    dies_ms = intervals * group.interval_ms
    one, later_ms = group.ids[turn // 2], 0 if turn % 2 else group.at(10)
    deaths = [Crash(one, dies_ms, group.at(4))] if later_ms else []
    deaths.append(Crash(one, dies_ms + later_ms, None))
    try:
        group.verify(group.punctual.plus(*deaths), (dies_ms + later_ms) // group.timeout_ms + 14)
    except PromiseBroken as error:  # half an hour is too long a run for a program that often looks at its watch: tried in the others only
        if turn < 3 or error.broken.code != "storm":
            raise


def after_many_outages(submission, seed, turn):
    """Each of twelve outages is a little longer than the one before; then one dies."""
    group = Group(submission, seed, 2, (60, 300))
    at, cuts = 3, []
    for number in range(12):
        length = number + 1.5
        cuts.append(Partition((group.ids[:1], group.ids[1:]), group.at(at), group.at(at + length)))
        at += length + 2
    at += 3
    calm = thrifty(group.ids, group.interval_ms, group.at(at), group.at(at) + 110 * group.interval_ms)
    at += 110 * group.interval_ms / group.timeout_ms
    group.verify(group.punctual.plus(*cuts, Crash(group.ids[turn % 2], group.at(at), None)), at + 13, calm)


def comes_and_goes(submission, seed, turn):
    """Forty times two do not hear each other for a while, or longer and longer; then all is well, and then one dies.

    Where it was longer and longer, it happens four times more, with a long calm in between.
    """
    group = Group(submission, seed, 2, (60, 300))
    at, cuts, calm = 3, [], 110 * group.interval_ms / group.timeout_ms
    longer = [(min(1.5 + nth / 4, 10), 2) for nth in range(40)] + [(12.5, calm)] * 4
    for length, apart in longer if turn == 1 else [(2, 2)] * 40:
        at += apart
        cuts.append(Partition((group.ids[:1], group.ids[1:]), group.at(at), group.at(at + length)))
        at += length
    at += calm
    group.verify(group.punctual.plus(*cuts, Crash(group.ids[turn % 2], group.at(at), None)), at + 13)


def names_alike(submission, seed, turn):
    """Three whose names are nearly the same: one dies and comes back, then another one does, and then the third one dies.

    Once the second one dies just before the first one is back.
    """
    group = Group(submission, seed, 3, called=ALIKE[turn])
    first, second, third = group.ids
    second_dies = (14, 14, 14, 8.6)[turn]
    crashes = Crash(first, group.at(4), group.at(5)), Crash(second, group.at(second_dies), group.at(5)), Crash(third, group.at(24), None)
    group.verify(group.punctual.plus(*crashes), 36)


ALIKE = ("database-replica-1", "database-replica-2", "x"), ("Ann", "ann", " ann"), ("1", "01", "10"), ("a, b:c d", "a", "d")


def dies_during_a_pause(submission, seed, turn):
    """One dies and another one stands still before it can notice; a third dies meanwhile. Who was asleep may take its time."""
    group = Group(submission, seed, 3)
    sleeper, first, second = group.ids
    deaths = Crash(first, group.at(3.8), None), Crash(second, group.at(5), None)
    group.verify(group.punctual.plus(*deaths, Pause(sleeper, group.at(4), group.at(3))), 20)


def after_many_restarts(submission, seed, turn):
    """One restarts again and again; then everybody else dies."""
    group = Group(submission, seed, 2 + turn % 2)
    one, *others = group.ids
    restarts = [Crash(one, group.at(3 + 4 * nth), group.at(0.2)) for nth in range(4)]
    cheap = thrifty(group.ids, group.interval_ms, group.at(16.5), group.at(19))
    group.verify(group.punctual.plus(*restarts, *[Crash(name, group.at(19), None) for name in others]), 26, cheap)


DEATHS = (
    before_the_first_heartbeat,
    one_after_the_other,
    dead_when_it_starts,
    cut_off,
    dies_while_suspected,
    old_heartbeats,
    dies_during_a_pause,
    after_many_restarts,
    after_a_long_outage,
    after_many_outages,
    after_a_long_calm,
    comes_and_goes,
    names_alike,
)
EVERY_DEATH = [(play, turn) for turn in range(4) for play in DEATHS]


@scenarios(len(EVERY_DEATH))
def test_every_death(submission, seed):
    play_one(submission, seed, EVERY_DEATH)


# --- clocks ---


@scenarios(5)
def test_clocks(submission, seed):
    group = Group(submission, seed, 2 + seed % 3)
    draw = random.Random(f"clocks/{seed}")
    amounts = (1, -1, 3_600_000, -3_600_000, 2 * group.timeout_ms, -2 * group.timeout_ms)
    steps = [ClockStep(draw.choice(group.ids), group.at(1 + place * 0.7), draw.choice(amounts)) for place in range(16)]
    dead, *others = group.ids
    steps += [ClockStep(name, group.at(16.2), sign * 86_400_000) for name, sign in zip(others, (-1, 1, -1), strict=False)]
    steps += [ClockStep(name, group.at(16.6 + 0.4 * nth), (-1) ** nth * 2 * group.timeout_ms) for nth in range(7) for name in others]
    steps.append(ClockStep(others[0], group.at(11), -7_200_000))  # and then it restarts, in its own past
    steps.append(Crash(others[0], group.at(12), group.at(0.3)))
    skew = tuple((name, draw.choice((-1, 1)) * draw.randrange(7_200_000)) for name in group.ids)
    drift = tuple((name, draw.choice((-10_000, 10_000))) for name in group.ids)
    faults = Faults(latency_ms=(1, group.interval_ms // 2), skew_ms=skew, drift_ppm=drift)
    group.verify(faults.plus(*steps, Crash(dead, group.at(16), None)), 24)
    # the clock of the one who waits runs fast, that of the one who beats runs slow; before that somebody sets them, again and again
    drift = tuple((name, -10_000 if place % 2 else 10_000) for place, name in enumerate(group.ids))
    steps = [ClockStep(name, group.at(1 + nth), (-1) ** nth * 7_200_000) for nth in range(8) for name in group.ids]
    cheap = thrifty(group.ids, group.interval_ms, group.at(10), group.at(20))
    faults = Faults(latency_ms=(1, group.interval_ms // 2), drift_ppm=drift)
    group.verify(faults.plus(*steps, Crash(dead, group.at(20), None)), 26, cheap)


# --- rough weather ---


def single_losses(submission, seed, turn):
    """Now and then one message is lost, in one direction; on a network that is otherwise as regular as can be, too."""
    group = Group(submission, seed, (7, 3, 2, 3)[turn], {1: (3_000, 15_000), 2: (20, 100)}.get(turn))
    one_ms, dies, ends = group.interval_ms, *((8, 12) if turn == 1 else (25, 32))
    crashes = [Crash(group.ids[0], group.at(dies), None)]
    if turn == 0:  # only what one says is lost, which beats at other moments than the rest
        links = [(group.ids[1], other, place) for place, other in enumerate(group.ids) if place != 1]
        crashes.append(Crash(group.ids[1], one_ms, 3 * one_ms // 4))
    else:
        links = [(one, other, 0) for one in group.ids for other in group.ids if one != other and (one < other) == bool(turn % 2)]
    faults, first = (group.punctual, 7) if turn < 2 else (Faults(latency_ms=(5, 5)), 37)
    fates = [(nth, Drop()) for nth in range(first, 300, 13)]
    if turn < 3:  # the last one before it arrives at once, the next one after it is slow
        fates += [(nth + place, Deliver(ms)) for nth, _ in fates for place, ms in ((-1, 1), (1, one_ms // 2))]
    rules = [Rule(fate, one, other, nth=nth + later) for one, other, later in links for nth, fate in fates]
    if turn == 3:  # and every message arrives twice, one right after the other
        rules.append(Rule(Deliver(5, (6,))))
    cheap = thrifty(group.ids, one_ms, group.at(1), group.at(dies))
    group.verify(faults.plus(*crashes, rules=tuple(rules)), ends, cheap)


def everything_twice(submission, seed, turn):
    """Every message arrives in time, and again when it is old; then one dies."""
    group = Group(submission, seed, 2 + turn % 3)
    ages = (group.at(0.9), group.at(1.7), group.interval_ms, group.at(2.6))
    again = Rule(Deliver(1 + turn, (ages[turn],)))
    group.verify(Faults(rules=(again,)).plus(Crash(group.ids[0], group.at(12), None)), 20)


def slow_but_steady(submission, seed, turn):
    """Every message takes equally long, several timeouts."""
    group = Group(submission, seed, 2 + turn % 2)
    slow_ms = group.at((3, 1.2, 2.5, 7)[turn])
    faults = Faults(latency_ms=(slow_ms, slow_ms))
    verify(group.world(faults, 40), steady(group.monitor, group.at(25)))


def outage(submission, seed, turn):
    """Nobody hears anybody, for a short or a long while; then all is well. Twice."""
    group = Group(submission, seed, 2 + turn % 3)
    alone = tuple((name,) for name in group.ids)
    lengths = ((0.4, 5), (2.5, 0.7), (1.1, 8), (7, 1.6))[turn]
    cuts = [Partition(alone, group.at(at), group.at(at + length)) for at, length in zip((3, 15), lengths, strict=True)]
    cheap = thrifty(group.ids, group.interval_ms, group.at(24), group.at(28))
    heard = talkative(group.ids, group.timeout_ms, group.at(28))
    group.verify(group.punctual.plus(*cuts, Crash(group.ids[-1], group.at(28), None)), 42, cheap, heard)


def restarts(submission, seed, turn):
    """Long after they have started, one after the other crashes and comes back, soon or late, in the middle of a handler too.

    Every other time what the others say in its first interval is lost, and what they say in the second one is slow.
    """
    group = Group(submission, seed, 2 + turn % 3)
    kept, step_ms = (None, 0, 1, 2), group.interval_ms
    crashes = [
        Crash(name, group.at(20 + 5 * place) + turn * step_ms // 4, group.at((0.3, 4)[(place + turn) % 2]), kept[(place + turn // 2) % 4])
        for place, name in enumerate(group.ids)
    ]
    starts = [(crash.node, crash.at_ms + crash.down_ms) for crash in crashes if turn % 2]
    fates = (-1, Deliver(1)), (0, Drop()), (1, Deliver(step_ms // 2))
    rules = [
        Rule(fate, to=name, from_ms=start_ms + nth * step_ms, until_ms=start_ms + (nth + 1) * step_ms)
        for name, start_ms in starts
        for nth, fate in fates
    ]
    group.verify(group.punctual.plus(*crashes, rules=tuple(rules)), 26 + 5 * len(group.ids))


def a_restart_of_two(submission, seed, turn):
    """One of two is down for a while; on a fast network the other one trusts it again within about two intervals."""
    group = Group(submission, seed, 2)
    dies_ms = round((28.5 + 9 * turn) * group.interval_ms)
    faults = Faults(latency_ms=(1, 1 + group.interval_ms // 20)).plus(Crash(group.ids[turn % 2], dies_ms, group.at(4)))
    soon = accurate(group.monitor, group.interval_ms, group.at(18), 9 * group.interval_ms // 4)
    group.verify(faults, 18, soon, is_accurate=False)


def pauses(submission, seed, turn):
    """One after the other stands still for longer than a timeout, and does not notice."""
    group = Group(submission, seed, 2 + turn % 3)
    stops = [Pause(name, group.at(3 + 9 * place), group.at(1.5 + 3 * (turn % 2))) for place, name in enumerate(group.ids)]
    group.verify(group.punctual.plus(*stops), 12 + 9 * len(group.ids))


WEATHER = (single_losses, everything_twice, slow_but_steady, outage, restarts, a_restart_of_two, pauses)
ROUGH_WEATHER = [(play, turn) for turn in range(4) for play in WEATHER]


@scenarios(len(ROUGH_WEATHER))
def test_rough_weather(submission, seed):
    play_one(submission, seed, ROUGH_WEATHER)
