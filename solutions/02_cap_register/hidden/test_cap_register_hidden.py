"""Hidden checks: every moment for a cut or a crash, slow links, wrong clocks, and what comes back after a delete."""

import random

from cap_register_protocol import Delete, Read, Write

from harness.checks.availability import in_time, refused, serves_without
from harness.checks.convergence import converges, nothing_comes_back, nothing_lost, shows
from harness.checks.register import Linearizable, as_one_machine
from harness.testing import (
    Bounds,
    Call,
    ClockStep,
    Crash,
    Deliver,
    Drop,
    Faults,
    Holds,
    OneWayCut,
    Partition,
    Pause,
    Rule,
    Spec,
    World,
    chaos,
    names,
    replace,
    scenarios,
    verify,
    verify_every_order,
)

DEADLINE_MS = 500
SYNC_MS = 100
SETTLE_MS = 20 * SYNC_MS
ADAPT_MS = 20 * DEADLINE_MS
ONE_MACHINE = Holds("as one machine", as_one_machine)
LOSES_NOTHING = Holds("nothing is lost", nothing_lost)
NOTHING_BACK = Holds("what was replaced is over", nothing_comes_back)


def replicas(submission, ids, mode):
    given = {"mode": mode, "deadline_ms": DEADLINE_MS, "sync_ms": SYNC_MS}
    return tuple(Spec(name, submission.Replica, given, tuple(peer for peer in ids if peer != name)) for name in ids)


def world(submission, seed, ids, mode, happenings, **faults):
    until_ms = max(item.at_ms for item in happenings) + 3 * DEADLINE_MS
    return World(replicas(submission, ids, mode), seed, Faults(happenings=tuple(happenings), **faults), until_ms=until_ms)


def asked(*asks):
    return [Call(f"c{number}", at_ms, to, kind(number, *value)) for number, (at_ms, to, kind, *value) in enumerate(asks, 1)]


def named(asks, begin, end):
    """Names of those questions that are asked from `begin` to `end`."""
    return [(f"c{number}", number) for number, ask in enumerate(asks, 1) if begin <= ask[0] <= end]


def others(ids, *away):
    return tuple(name for name in ids if name not in away)


def rough_links(draw, ids, count, longest_ms=300):
    """Messages between replicas that are lost, late or doubled; a client's question comes once and soon."""
    fates = (Drop(), Deliver(draw.randint(1, longest_ms)), Deliver(3, (draw.randint(4, longest_ms),)))
    rules = [Rule(draw.choice(fates), *draw.sample(ids, 2), nth=draw.randint(1, 12)) for _ in range(count)]
    return tuple(rules)


# --- CP: one machine ---


ORDERS = (
    ((1, 0, Read), (0, 2, Read), (2, 1, Read), (1, 0, Write), (0, 1, Read), (2, 0, Read)),
    ((0, 2, Read), (2, 1, Read), (1, 0, Write), (0, 2, Read), (2, 0, Read), (1, 2, Read)),
    ((1, 0, Write), (0, 2, Read), (2, 1, Read), (1, 0, Read), (0, 1, Read), (2, 0, Read)),
)
"""(who is cut off, who is asked, what), places in the group, turn by turn."""


def turns(ids, begin_ms, order, apart_ms=160):
    """One replica after the other is cut off, for a short while each, while another one is asked. Returns (happenings, asks)."""
    happenings, asks = [], []
    for turn, (away, who, kind) in enumerate(ORDERS[order % 3]):
        at_ms = begin_ms + turn * apart_ms
        happenings.append(Partition(((ids[away],), others(ids, ids[away])), at_ms, at_ms + apart_ms - 5))
        asks.append((at_ms + 1, ids[who], kind, *(["turn"] if kind is Write else [])))
    return happenings, asks


def cut_at(submission, seed, at_ms):
    """A write is under way at 1 s when its replica, or one direction of its links, is cut off; then everybody is asked in turn."""
    ids = names(seed, 3)
    a, rest = ids[0], ids[1:]
    cuts = (OneWayCut((a,), rest, at_ms, 1_100), OneWayCut(rest, (a,), at_ms, 1_100), Partition(((a,), rest), at_ms, 1_100))
    for order in range(3):
        cut = replace(cuts[(seed + order) % 3] if seed % 3 else cuts[0], until_ms=1_700 if seed % 2 else 1_100)
        happenings, asks = turns(ids, cut.until_ms + 10, order)
        asks = [(500, rest[0], Write, "before"), (1_000, a, Write, "under way"), *asks, (5_000, rest[1], Read)]
        run = world(submission, seed, ids, "CP", [cut, *happenings, *asked(*asks)], latency_ms=(10, 10))
        verify(run, ONE_MACHINE, in_time(DEADLINE_MS))


def slow_reader(submission, seed):
    """The answers to a reader are on their way for so long that meanwhile a write begins and ends."""
    a, b, c = ids = names(seed, 3)
    for slow in ((b, c), (a, c), (c, a), (c, b)):
        links = tuple((*link, 100, 100) for link in {slow, (b, c) if seed % 2 else (a, c)})
        asks = [(200, b, Write, 9), (1_000, c, Read), (1_015, a, Write, 1), (1_400, a, Read), (1_700, b, Read), (2_000, c, Read)]
        run = world(submission, seed, ids, "CP", asked(*asks), latency_ms=(10, 10), link_latency_ms=links)
        verify(run, ONE_MACHINE)


def at_once(submission, seed):
    """Two replicas write in the same moment, or one of them twice, and hear of it in different orders."""
    a, b, c, *_ = ids = names(seed, 3 + seed % 3)
    links = ((a, c, 60, 60), (b, a, 40, 40)) if seed % 2 else ((b, c, 60, 60), (a, b, 40, 40))
    for second in (a, b):
        asks = [(1_000, a, Write, "one"), (1_000 + seed % 3, second, Write, "two")]
        cuts, reads = turns(ids, 1_600, 2)
        happenings = [*cuts[1:], *asked(*asks, *reads[1:], *[(3_000 + 400 * place, name, Read) for place, name in enumerate(ids)])]
        run = world(submission, seed, ids, "CP", happenings, latency_ms=(10, 10), link_latency_ms=links)
        verify(run, ONE_MACHINE)


def twice_at_one(submission, seed):
    """Two writes at one replica at the same time, and one of its messages to another one is overtaken by the next."""
    a, b, c = ids = names(seed, 3)
    for nth in (2, 3, 4, 5):
        asks = [(1_000, a, Write, "one"), (1_003, a, Write, "two")]
        cuts, reads = turns(ids, 1_300, 2)
        happenings = [*cuts[1:], *asked(*asks, *reads[1:], (3_000, b, Read), (3_400, c, Read), (3_800, a, Read))]
        late = Rule(Deliver(90), a, (b, c)[seed % 2], nth=nth)
        verify(world(submission, seed, ids, "CP", happenings, latency_ms=(10, 10), rules=(late,)), ONE_MACHINE)


def counters_and_clocks(submission, seed):
    """One replica writes three times and then another; clocks are wrong, and somebody sets them back."""
    a, b, *_ = ids = names(seed, 3 + seed % 3)
    asks = [(1_000 + 400 * place, a, Write, value) for place, value in enumerate((3, 2, 9))]
    asks += [(2_400, b, Write, 1), (2_900, ids[-1], Read), (3_300, b, Delete), (3_700, a, Read), (4_100, b, Write, 5), (4_500, a, Read)]
    asks += [(5_100, a, Write, 0), (5_500, b, Read)]
    skew = ((a, 60_000), (b, -60_000))
    steps = [ClockStep(a, 4_800, -600_000), *asked(*asks)]
    verify(world(submission, seed, ids, "CP", steps, skew_ms=skew, drift_ppm=((ids[-1], 3_000),)), ONE_MACHINE)


def halves(submission, seed):
    """Four replicas, split two and two: at most one side may go on, and in truth neither can."""
    a, b, c, d = ids = names(seed, 4)
    split = Partition(((a, b), (c, d)), 1_000, 16_000)
    soon = [(1_100, a, Write, "left"), (1_110, c, Write, "right"), (1_700, a, Read), (1_710, d, Read)]
    late = [(13_000, b, Write, "late left"), (13_010, d, Write, "late right"), (14_000, a, Read), (14_010, c, Read)]
    asks = [(500, a, Write, "first"), *soon, *late, (27_000, a, Read), (28_000, d, Read)]
    judges = in_time(DEADLINE_MS, named(asks, 27_000, 28_000)), refused(named(asks, 13_000, 14_010))
    verify(world(submission, seed, ids, "CP", [split, *asked(*asks)]), ONE_MACHINE, *judges)


def crowd(submission, seed, crashes=0):
    """Many questions at once, each link with a speed of its own, cuts, pauses and lost messages."""
    draw = random.Random(f"crowd/{seed}")
    ids = names(seed, draw.choice((3, 3, 4, 5)))
    speeds = ((1, 5), (5, 30), (60, 150))
    links = tuple((a, b, *draw.choice(speeds)) for a in ids for b in ids if a != b)
    asks = []
    for number in range(14):
        kind = draw.choice((Read, Read, Write, Write, Delete) if number % 7 == 6 else (Read, Write))
        value = [draw.choice((number, -number, str(number)))] if kind is Write else []
        asks.append((draw.randint(500, 2_500), draw.choice(ids), kind, *value))
    asks += [(4_000 + 300 * place, name, Read) for place, name in enumerate(ids)]
    happenings = chaos(seed, ids, 3_000, crashes=crashes, partitions=3, pauses=1)
    rules = rough_links(draw, ids, 6)
    run = world(submission, seed, ids, "CP", [*happenings, *asked(*asks)], link_latency_ms=links, rules=rules)
    verify(run, ONE_MACHINE, in_time(DEADLINE_MS))


def every_order(submission, seed):
    """Two writes and a read at three replicas, in every order as far as the budget goes."""
    a, b, c = ids = names(seed, 3)
    calls = asked((0, a, Write, 1), (0, b, Read), (0, b, Read)) if seed % 2 else asked((0, a, Write, 1), (0, b, Write, 2), (0, c, Read))
    quiet = World(replicas(submission, ids, "CP"), seed, Faults(happenings=tuple(calls)))
    verify_every_order(quiet, Linearizable(), bounds=Bounds(timers=0, states=4_000))


def echoes(submission, seed):
    """Every message between replicas arrives three times, on both sides of a cut."""
    ids = names(seed, 4 + seed % 2)
    few, many = ids[: len(ids) // 2], ids[len(ids) // 2 :]
    rules = tuple(Rule(Deliver(5, (6, 9)), a, b) for a in ids for b in ids if a != b)
    asks = [(500, few[0], Write, "first"), (1_100, few[0], Write, "few"), (1_110, many[0], Write, "many"), (1_800, many[1], Read)]
    asks += [(2_000, few[1], Read), (2_700, few[0], Delete), (3_300, few[1], Read), (3_310, many[0], Read)]
    run = world(submission, seed, ids, "CP", [Partition((few, many), 1_000, 4_000), *asked(*asks)], rules=rules)
    verify(run, ONE_MACHINE, in_time(DEADLINE_MS))


def served(submission, seed):
    """On a calm network everybody is served, with two questions at once at each of two replicas."""
    ids = names(seed, 3 + seed % 3)
    asks = [
        (ADAPT_MS + 2_000 * turn, name, *what)
        for turn in range(3)
        for name in ids[turn:][:2]
        for what in ((Write, f"{turn}{name}"), (Read,))
    ]
    verify(world(submission, seed, ids, "CP", asked(*asks)), in_time(DEADLINE_MS, everyone=True), ONE_MACHINE)


@scenarios(24)
def test_cp_linearizable(submission, seed):
    slow_reader(submission, seed)
    at_once(submission, seed)
    if seed % 24 < 3:
        twice_at_one(submission, seed)
        cut_at(submission, 3 * seed, 1_020 + 10 * (seed % 2))
        counters_and_clocks(submission, seed)
        halves(submission, seed)
        echoes(submission, seed)
        served(submission, seed)
    if seed % 24 < 2:
        every_order(submission, seed)
    for number in range(2):
        crowd(submission, 2 * seed + number)


# --- CP: crashes ---


def crash_in_a_write(submission, seed, victim, effects, at_ms):
    """A replica crashes inside a handler, or at a moment of a write; then all are asked, with another one cut off in turn."""
    ids = names(seed, 3)
    a, b, c = ids
    who = ids[victim]
    unheard = Partition(((c,), (a, b)), 1_000, 1_090)
    crash = Crash(who, at_ms, 40, effects)
    happenings, asks = turns(ids, 1_110, seed + victim)
    asks = [(500, b, Write, "before"), (1_000, a, Write, "under way"), *asks, (4_000, a, Read), (4_500, c, Read)]
    run = world(submission, seed, ids, "CP", [unheard, crash, *happenings, *asked(*asks)], latency_ms=(10, 10))
    verify(run, ONE_MACHINE)


def one_copy_left(submission, seed, at_ms, effects):
    """A write reaches one other replica only, its own crashes and is asked to write again while that one is cut off."""
    a, b, c = ids = names(seed, 3)
    lost = OneWayCut((a,), (c,), 1_000, 1_200)
    crash = Crash(a, at_ms, 60, effects)
    asks = [(600, a, Write, "old"), (1_000, a, Write, "first"), (1_200, a, Write, "second")]
    asks += [(1_420, c, Read), (1_620, b, Read), (1_820, b, Read), (2_020, c, Read), (2_220, a, Read)]
    away = [Partition(((b,), (a, c)), 1_150, 1_410), Partition(((a,), (b, c)), 1_410, 1_610), Partition(((c,), (a, b)), 1_610, 1_810)]
    away += [Partition(((a,), (b, c)), 1_810, 2_010)]
    run = world(submission, seed, ids, "CP", [lost, crash, *away, *asked(*asks)], latency_ms=(10, 10))
    verify(run, ONE_MACHINE)


def late_answers(submission, seed):
    """Answers to questions of a life before the crash arrive after it, while the replica is asked again."""
    a, b, c = ids = names(seed, 3)
    links = ((b, a, 300, 300), (c, a, 300, 300))
    asks = [(500, b, Write, "old"), (1_000, a, (Read, Write)[seed % 2], *(["lost"] * (seed % 2))), (1_070, b, Write, "new")]
    asks += [(1_200, a, Read), (1_850, a, Write, "last"), (2_500, c, Read), (2_900, b, Read)]
    run = world(submission, seed, ids, "CP", [Crash(a, 1_020, 40), *asked(*asks)], latency_ms=(10, 10), link_latency_ms=links)
    verify(run, ONE_MACHINE)


def all_go_down(submission, seed):
    """Everybody crashes once a write is done; and one after the other."""
    ids = names(seed, 3 + seed % 3)
    crashes = [Crash(name, 11_000 if seed % 2 else 11_000 + 1_500 * place, 100) for place, name in enumerate(ids)]
    end = 12_000 + 1_500 * len(ids) + ADAPT_MS
    asks = [(ADAPT_MS, ids[0], Write, "kept"), (ADAPT_MS + 600, ids[1], Write, 0), (11_400, ids[0], Read)]
    asks += [(end + 700 * place, name, Read) for place, name in enumerate(ids)]
    run = world(submission, seed, ids, "CP", [*crashes, *asked(*asks)])
    verify(run, ONE_MACHINE, in_time(DEADLINE_MS, named(asks, end, end + 10_000)))


def some_stay_down(submission, seed):
    """Replicas are down in turn, fewer than half at a time: the others serve, but for one machine that may be indispensable."""
    ids = names(seed, 3 + seed % 3)
    gone = [ids[:2], ids[2:4]] if len(ids) == 5 else [(name,) for name in ids]
    happenings, asks, probes, begin = [], [], {}, 1_000
    for number, few in enumerate(gone):
        happenings += [Crash(name, begin, ADAPT_MS + 3_000) for name in few]
        up, first = others(ids, *few), len(asks) + 1
        asks += [(begin + ADAPT_MS, up[0], Write, number), (begin + ADAPT_MS + 1_000, up[-1], Read)]
        probes[frozenset(few)] = [(f"c{place}", place) for place in range(first, len(asks) + 1)]
        begin += ADAPT_MS + 4_000
    run = world(submission, seed, ids, "CP", [*happenings, *asked(*asks)])
    verify(run, ONE_MACHINE, serves_without(DEADLINE_MS, probes))


@scenarios(6)
def test_cp_survives(submission, seed):
    for victim in range(2):
        for effects in (0, 1, 2, 3, 4):
            crash_in_a_write(submission, seed, victim, effects, 1_000 + 10 * (seed % 4))
        for at_ms in (1_015, 1_025, 1_035, 1_045):
            crash_in_a_write(submission, seed, victim, None, at_ms)
    for effects in (1, 2, 3):
        for at_ms in (1_000, 1_011, 1_021):
            one_copy_left(submission, seed, at_ms, effects)
    for at_ms in (1_025, 1_035, 1_045):
        one_copy_left(submission, seed, at_ms, None)
    late_answers(submission, seed)
    all_go_down(submission, seed)
    if seed % 6 < 3:
        some_stay_down(submission, seed)
    for number in range(3):
        crowd(submission, 3 * seed + number, crashes=4)


# --- CP: honest ---


@scenarios(6)
def test_cp_honest(submission, seed):
    for at_ms in range(995, 1_075, 10):
        cut_at(submission, seed, at_ms + 5)
    in_parts(submission, seed)
    too_slow(submission, seed)
    served(submission, seed)


def in_parts(submission, seed):
    """A write reaches some replicas and its own hears from none, or too few; long after the deadline all are asked."""
    ids = names(seed, 3 + seed % 3)
    a, *rest = ids
    for heard in range(1, len(ids)):
        unheard = OneWayCut(tuple(rest[heard - 1 :]), (a,), 1_010 + 5 * (seed % 6), 3_000)
        asks = [(500, a, Write, "before"), (1_000, a, Write, "under way"), (1_030, a, Delete)]
        asks += [(3_500 + 600 * place, name, Read) for place, name in enumerate(ids)]
        run = world(submission, seed, ids, "CP", [unheard, *asked(*asks)], latency_ms=(10, 10))
        verify(run, ONE_MACHINE, in_time(DEADLINE_MS))


def too_slow(submission, seed):
    """Some links of a replica are so slow that what it needs arrives after the deadline."""
    a, b, c = ids = names(seed, 3)
    slow_ms = (350, 550, 700)[seed % 3]
    for links in (((b, a), (c, a)), ((a, b), (a, c)), ((b, a), (a, c)), ((c, a),)):
        asks = [(500, b, Write, "before"), (1_000, a, Write, "under way"), (1_100, a, Delete), (1_800, b, Read)]
        asks += [(4_000, b, Read), (5_000, c, Read), (6_000, a, Read)]
        latencies = tuple((*link, slow_ms, slow_ms) for link in links)
        run = world(submission, seed, ids, "CP", asked(*asks), latency_ms=(10, 10), link_latency_ms=latencies)
        verify(run, ONE_MACHINE, in_time(DEADLINE_MS))


# --- AP ---


def everywhere(ids, begin_ms, label):
    """A write, a read, a delete and a read at every replica."""
    asks = []
    for place, name in enumerate(ids):
        at_ms = begin_ms + 20 * place
        asks += [(at_ms, name, Write, f"{label} {name}"), (at_ms + 60, name, Read), (at_ms + 200, name, Delete), (at_ms + 300, name, Read)]
    return asks


@scenarios(6)
def test_ap_available(submission, seed):
    ids = names(seed, 3 + seed % 3)
    half = len(ids) // 2
    me, *rest = ids
    together = DEADLINE_MS, (), True
    cuts = [
        [Partition(tuple((name,) for name in ids), 0)],
        [Partition((ids[:half], ids[half:]), 400)],
        [OneWayCut((me,), tuple(rest), 400), OneWayCut((rest[0],), (me,), 450)],
        [OneWayCut(tuple(rest), (me,), 0)],
    ]
    for happenings in cuts:
        asks = [*everywhere(ids, 500, "soon"), *everywhere(ids, 3_000, "late")]
        verify(world(submission, seed, ids, "AP", [*happenings, *asked(*asks)]), in_time(*together), LOSES_NOTHING, NOTHING_BACK)
    for lone in (me, rest[-1]):
        down = [Crash(name, 300, None) for name in ids if name != lone]
        back = Crash(lone, 1_500, 50)
        asks = [*everywhere((lone,), 500, "soon"), (1_400, lone, Write, "kept"), (1_600, lone, Read), *everywhere((lone,), 2_000, "late")]
        verify(world(submission, seed, ids, "AP", [*down, back, *asked(*asks)]), in_time(*together), LOSES_NOTHING, NOTHING_BACK)
    paused = [Pause(name, 300, 3_000) for name in rest]
    verify(world(submission, seed, ids, "AP", [*paused, *asked(*everywhere((me,), 500, "soon"))]), in_time(*together))


def away_during(submission, seed, kind, away):
    """One replica is away (cut off, down, paused, or deaf on one side) while another one deletes or replaces what all have."""
    ids = names(seed, 3 + seed % 3)
    a, b = ids[0], ids[-1]
    gone = {
        "cut": Partition(((b,), others(ids, b)), 3_500, 6_000),
        "down": Crash(b, 3_500, 2_500),
        "deaf": OneWayCut(others(ids, b), (b,), 3_500, 6_000),
        "paused": Pause(b, 3_500, 2_500),
    }[away]
    end = 6_000 + SETTLE_MS
    what = (Delete,) if kind is Delete else (Write, "new")
    asks = [(1_000, a, Write, "old"), *[(1_000 + SETTLE_MS, name, Read) for name in ids], (4_000, a, *what), (4_500, a, Read)]
    asks += [(end, name, Read) for name in ids]
    crashes = [Crash(name, 5_000 + 10 * place, 50) for place, name in enumerate(ids[:-1])] if seed % 2 else []
    run = world(submission, seed, ids, "AP", [gone, *crashes, *asked(*asks)])
    verify(run, NOTHING_BACK, LOSES_NOTHING, converges(ids, end))


def crash_in_ap(submission, seed, effects, victim):
    """A replica crashes in the middle of a write, a merge or a delete, and writes again after it."""
    ids = names(seed, 3)
    a, b, c = ids
    asks = [(1_000, a, Write, 1), (1_005, a, Read), (1_300, a, Write, 2), (1_305, a, Read), (2_000, b, Delete), (2_300, b, Read)]
    asks += [(2_900, a, Write, 3), (2_905, a, Read), (3_300, a, Read), (3_310, b, Read), (3_320, c, Read)]
    end = 4_000 + SETTLE_MS
    asks += [(end, name, Read) for name in ids]
    happenings = []
    for at_ms in (1_000, 1_300, 2_000, 2_900):
        happenings.append(Crash(ids[victim], at_ms, 60, effects) if effects is not None else Crash(ids[victim], at_ms + 20, 60))
    split = Partition(((a,), (b, c)), 900, 1_200 if seed % 2 else 3_200)
    run = world(submission, seed, ids, "AP", [split, *happenings, *asked(*asks)], latency_ms=(1, 3))
    verify(run, NOTHING_BACK, LOSES_NOTHING, converges(ids, end))


def same_name_again(submission, seed):
    """A replica writes, tells one other, crashes and writes again: two writes, in the order in which they were made."""
    ids = names(seed, 3)
    a, b, c = ids
    end = 4_000 + SETTLE_MS
    for deaf in (b, c):
        asks = [(1_000, a, Write, "one"), (1_400, a, Write, "two"), (1_410, a, Read), (1_800, a, Delete), (1_900, a, Write, "three")]
        asks += [(2_000, name, Read) for name in ids] + [(end, name, Read) for name in ids]
        cut = OneWayCut((a,), (deaf,), 900, 3_000)
        crashes = [Crash(a, at_ms, 30) for at_ms in (1_300, 1_600, 1_850, 2_200)]
        verify(world(submission, seed, ids, "AP", [cut, *crashes, *asked(*asks)]), NOTHING_BACK, LOSES_NOTHING, converges(ids, end))


def same_value_again(submission, seed):
    """A value is deleted or replaced and written once more; and both sides of a cut write the same."""
    a, b, *_ = ids = names(seed, 3 + seed % 3)
    for value in (1, "", None):
        asks = [(1_000, a, Write, value), (3_200, b, Read), (3_300, b, Delete), (3_400, b, Write, value), (3_500, b, Read)]
        end = 3_500 + SETTLE_MS
        run = world(submission, seed, ids, "AP", asked(*asks, *[(end, name, Read) for name in ids]))
        verify(run, shows(ids, end, value), shows((b,), 3_100, value))
    cut = Partition(((a,), others(ids, a)), 900, 1_500)
    asks = [(1_000, a, Write, 1), (1_000, b, Write, 1), (1_200, a, Delete), *[(1_500 + SETTLE_MS, name, Read) for name in ids]]
    verify(world(submission, seed, ids, "AP", [cut, *asked(*asks)]), shows(ids, 1_500 + SETTLE_MS, 1))


def shown_and_kept(submission, seed):
    """What a replica has heard from another and shown is still there after it crashed, all alone."""
    a, b, *_ = ids = names(seed, 3 + seed % 3)
    asks = [(1_000, a, Write, "heard"), (3_500, b, Read), (4_500, b, Read), (4_600, b, Write, "own"), (5_500, b, Read)]
    alone = [Partition(((b,), others(ids, b)), 4_000), Crash(b, 4_200, 50), Crash(b, 5_000, 50)]
    verify(world(submission, seed, ids, "AP", [*alone, *asked(*asks)]), LOSES_NOTHING, NOTHING_BACK)


def wild(submission, seed):
    """Writes, deletes and reads everywhere, while the network and the machines misbehave; then calm."""
    draw = random.Random(f"wild/{seed}")
    ids = names(seed, draw.choice((3, 3, 4, 5)))
    asks = []
    for number in range(12):
        kind = draw.choice((Write, Write, Read, Read, Read, Delete))
        asks.append((draw.randint(300, 2_500), draw.choice(ids), kind, *([f"v{number}"] if kind is Write else [])))
    end = 3_000 + SETTLE_MS + 1_000
    asks += [(end, name, Read) for name in ids]
    happenings = chaos(seed, ids, 2_900, crashes=3, partitions=3, pauses=1, steps=2)
    rules = rough_links(draw, ids, 8, 600)
    skew = tuple((name, draw.randint(-50_000, 50_000)) for name in ids)
    run = world(submission, seed, ids, "AP", [*happenings, *asked(*asks)], rules=rules, skew_ms=skew)
    verify(run, NOTHING_BACK, LOSES_NOTHING, converges(ids, end))


@scenarios(12)
def test_ap_keeps(submission, seed):
    kinds = ("cut", "down", "deaf", "paused")
    away_during(submission, seed, Delete, kinds[seed % 4])
    away_during(submission, seed, Write, kinds[(seed + seed // 4) % 4])
    effects = (None, 0, 1, 2, 3)[seed % 5]
    crash_in_ap(submission, seed, effects, seed % 3)
    crash_in_ap(submission, seed, (0, 1, 2)[seed % 3], 0)
    if seed % 12 < 2:
        same_name_again(submission, seed)
        shown_and_kept(submission, seed)
        same_value_again(submission, seed)
    wild(submission, seed)
