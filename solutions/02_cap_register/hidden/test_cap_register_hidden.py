"""Hidden checks: every moment for a cut or a crash, slow links, wrong clocks, and what comes back after a delete."""

import itertools
import random

from cap_register_protocol import Delete, Read, Write

from harness.checks.availability import in_time, refused, serves_without
from harness.checks.convergence import converges, nothing_comes_back, nothing_lost, shows
from harness.checks.register import as_one_machine
from harness.testing import (
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
    scene,
    variant,
    verify,
)

DEADLINE_MS = 500
SYNC_MS = 100
SETTLE_MS = 20 * SYNC_MS
ADAPT_MS = 20 * DEADLINE_MS
ONE_MACHINE = Holds("as one machine", as_one_machine)
LOSES_NOTHING = Holds("nothing is lost", nothing_lost)
NOTHING_BACK = Holds("what was replaced is over", nothing_comes_back)


def replicas(submission, ids, mode, deadline_ms=DEADLINE_MS, sync_ms=SYNC_MS):
    given = {"mode": mode, "deadline_ms": deadline_ms, "sync_ms": sync_ms}
    return tuple(Spec(name, submission.Replica, given, tuple(peer for peer in ids if peer != name)) for name in ids)


def world(submission, seed, ids, mode, happenings, deadline_ms=DEADLINE_MS, **faults):
    until_ms = max(item.at_ms for item in happenings) + 3 * DEADLINE_MS
    nodes = replicas(submission, ids, mode, deadline_ms)
    return World(nodes, seed, Faults(happenings=tuple(happenings), **faults), until_ms=until_ms)


def name_of(number):
    """Two questions in a row are of one client, and clients use the same numbers, upwards or downwards: only both together name a question.

    Written one after the other without a gap they do not: number 11 of c01 and number 1 of c011 look the same then. And 0 is a number.
    """
    pair = (number - 1) // 2
    numbers = ((1, 11), (11, 1), (0, 7))[pair // 2 % 3]
    return f"c{pair // 2:02}{'1' * (pair % 2)}", numbers[(number - 1) % 2]


def asked(*asks):
    calls = []
    for number, (at_ms, to, kind, *value) in enumerate(asks, 1):
        client, request = name_of(number)
        calls.append(Call(client, at_ms, to, kind(request, *value)))
    return calls


def named(asks, begin, end):
    """Names of those questions that are asked from `begin` to `end`."""
    return [name_of(number) for number, ask in enumerate(asks, 1) if begin <= ask[0] <= end]


def others(ids, *away):
    return tuple(name for name in ids if name not in away)


def alike(count):
    """Names that differ in little: after a common beginning, by a blank or a zero, in a capital."""
    return ("r11", "r1", "r 1", "r01", "R1")[:count]


def turned(ids, by):
    """The names in order, but beginning at another one: who leads, if the first by name does, is each of them in turn."""
    ids = sorted(ids)
    return tuple(ids[by % len(ids) :] + ids[: by % len(ids)])


def rough_links(draw, ids, count, longest_ms=300):
    """Messages between replicas that are lost, late or doubled; a client's question comes once and soon."""
    fates = (Drop(), Deliver(draw.randint(1, longest_ms)), Deliver(3, (draw.randint(4, longest_ms),)))
    rules = [Rule(draw.choice(fates), *draw.sample(ids, 2), nth=draw.randint(1, 12)) for _ in range(count)]
    return tuple(rules)


# --- CP: one machine ---


ORDERS = (
    ((1, 0, False), (0, 2, False), (2, 1, False), (1, 0, True), (0, 1, False), (2, 0, False)),
    ((0, 2, False), (2, 1, False), (1, 0, True), (0, 2, False), (2, 0, False), (1, 2, False)),
    ((1, 0, True), (0, 2, False), (2, 1, False), (1, 0, False), (0, 1, False), (2, 0, False)),
)
"""(who is cut off, who is asked, whether to change something), places in the group, turn by turn."""


def turns(ids, begin_ms, order, change=(Write, "turn"), apart_ms=160):
    """One replica after the other is cut off, for a short while each, while another one is asked. Returns (happenings, asks)."""
    happenings, asks = [], []
    for turn, (away, who, changes) in enumerate(ORDERS[order % 3]):
        at_ms = begin_ms + turn * apart_ms
        happenings.append(Partition(((ids[away],), others(ids, ids[away])), at_ms, at_ms + apart_ms - 5))
        asks.append((at_ms + 1, ids[who], *(change if changes else (Read,))))
    return happenings, asks


@scene("cut_off_while_writing")
def cut_at(submission, seed, at_ms):
    """A write is under way at 1 s when its replica, or one direction of its links, is cut off; then everybody is asked in turn."""
    ids = names(seed, 3)
    a, rest = ids[0], ids[1:]
    cuts = (OneWayCut((a,), rest, at_ms, 1_100), OneWayCut(rest, (a,), at_ms, 1_100), Partition(((a,), rest), at_ms, 1_100))
    for order in range(3):
        cut = replace(cuts[(variant(seed) + order) % 3] if variant(seed) % 3 else cuts[0], until_ms=1_700 if variant(seed) % 2 else 1_100)
        happenings, asks = turns(ids, cut.until_ms + 10, order, ((Write, "turn"), (Delete,))[(variant(seed) + order) % 2])
        asks = [(500, rest[0], Write, "before"), (1_000, a, Write, "under way"), *asks, (5_000, rest[1], Read)]
        run = world(submission, seed, ids, "CP", [cut, *happenings, *asked(*asks)], latency_ms=(10, 10))
        verify(run, ONE_MACHINE, in_time(DEADLINE_MS))


@scene("answers_to_a_reader_are_slow")
def slow_reader(submission, seed):
    """The answers to a reader are on their way for so long that meanwhile a write begins and ends; then the same replica is asked again."""
    a, b, c = ids = names(seed, 3)
    for slow in ((b, c), (a, c), (c, a), (c, b)):
        links = tuple((*link, 100, 100) for link in {slow, (b, c) if variant(seed) % 2 else (a, c)})
        asks = [(200, b, Write, 9), (1_000, c, Read), (1_015, a, Write, 1), (1_080, c, Read), (1_400, a, Read), (1_700, b, Read)]
        asks.append((2_000, c, Read))
        run = world(submission, seed, ids, "CP", asked(*asks), latency_ms=(10, 10), link_latency_ms=links)
        verify(run, ONE_MACHINE)


@scene("two_write_at_once")
def at_once(submission, seed):
    """Two replicas change the value in the same moment, or one of them twice, and hear of it in different orders."""
    a, b, c, *_ = ids = names(seed, 3 + variant(seed) % 3)
    links = ((a, c, 60, 60), (b, a, 40, 40)) if variant(seed) % 2 else ((b, c, 60, 60), (a, b, 40, 40))
    for second in (a, b):
        changes = ((Write, "one"), (Delete,) if second == b else (Write, "two"))
        changes = changes[::-1] if variant(seed) // 2 % 2 else changes
        asks = [(1_000, a, *changes[0]), (1_000 + variant(seed) % 3, second, *changes[1])]
        cuts, reads = turns(ids, 1_600, 2)
        happenings = [*cuts[1:], *asked(*asks, *reads[1:], *[(3_000 + 400 * place, name, Read) for place, name in enumerate(ids)])]
        run = world(submission, seed, ids, "CP", happenings, latency_ms=(10, 10), link_latency_ms=links)
        verify(run, ONE_MACHINE)


@scene("two_writes_at_one_replica")
def twice_at_one(submission, seed):
    """Two writes at one replica at the same time, and one of its messages to another one is overtaken by the next."""
    a, b, c = ids = names(seed, 3)
    for nth in (2, 3, 4, 5):
        asks = [(1_000, a, Write, "one"), (1_003, a, Write, "two")]
        cuts, reads = turns(ids, 1_300, 2)
        happenings = [*cuts[1:], *asked(*asks, *reads[1:], (3_000, b, Read), (3_400, c, Read), (3_800, a, Read))]
        late = Rule(Deliver(90), a, (b, c)[variant(seed) % 2], nth=nth)
        verify(world(submission, seed, ids, "CP", happenings, latency_ms=(10, 10), rules=(late,)), ONE_MACHINE)


@scene("two_writes_at_one_of_five")
def twice_at_one_of_five(submission, seed):
    """Two writes at one of five replicas: the first is done asking while the second has some of its answers. Who is near whom differs."""
    a, b, _, d, e = ids = names(seed, 5)
    links = (*((far, a, 60, 60) for far in ids[2:]), (d, e, 3, 3))
    for nth in (2, 3, 4):
        asks = [(1_000, a, Write, "one"), (1_003, a, Write, "two"), *[(1_300 + 100 * turn, (b, e)[turn % 2], Read) for turn in range(4)]]
        late = Rule(Deliver(150), a, d, nth=nth)
        run = world(submission, seed, ids, "CP", asked(*asks), latency_ms=(10, 10), link_latency_ms=links, rules=(late,))
        verify(run, ONE_MACHINE)


@scene("many_writes")
def many_writes(submission, seed):
    """One writes again and again, and others read now and then, while a write is under way and right after it.

    Copies of what was said about the first writes, of all three, arrive after the last one.
    """
    a, b, c = ids = names(seed, 3)
    begun = ADAPT_MS - 100
    late = tuple(Rule(Deliver(1, (4_000,)), x, y, from_ms=begun, until_ms=begun + 30) for x in ids for y in ids if x != y)
    asks = [(begun + 4 * place, name, Write, f"first {name}") for place, name in enumerate(ids)]
    asks += [(ADAPT_MS + 15 * number, a, Write, number) for number in range(262)]
    for number in range(9, 262, 11):
        asks += [(ADAPT_MS + 15 * number + later_ms, (b, c)[number % 2], Read) for later_ms in (0, 6)]
    asks += [(ADAPT_MS + 3_950 + 20 * place, name, Read) for place, name in enumerate(ids)]
    verify(world(submission, seed, ids, "CP", asked(*asks), latency_ms=(1, 1), rules=late), ONE_MACHINE)


@scene("one_writes_often")
def counters_and_clocks(submission, seed):
    """One replica writes three times and then another; clocks are wrong, and somebody sets them back. Some values look alike."""
    a, b, *_ = ids = names(seed, 3 + variant(seed) % 3)
    asks = [(1_000 + 400 * place, a, Write, value) for place, value in enumerate((3, 2, 9))]
    asks += [(2_400, b, Write, 1), (2_900, ids[-1], Read), (3_300, b, Delete), (3_700, a, Read), (4_100, b, Write, 5), (4_500, a, Read)]
    asks += [(5_100, a, Write, 0), (5_500, b, Read), (5_900, b, Write, False), (6_300, a, Read)]
    for number, (*what, reader) in enumerate(((Write, "False", b), (Write, "", b), (Delete, a), (Write, "", b), (Write, None, a))):
        asks += [(6_700 + 800 * number, a, *what), (7_100 + 800 * number, reader, Read)]
    skew = ((a, 60_000), (b, -60_000))
    steps = [ClockStep(a, 4_800, -600_000), *asked(*asks)]
    verify(world(submission, seed, ids, "CP", steps, skew_ms=skew, drift_ppm=((ids[-1], 3_000),)), ONE_MACHINE)


@scene("split_in_half")
def halves(submission, seed):
    """Four replicas, split two and two: at most one side may go on, and in truth neither can. One clock is set back meanwhile.

    In every third run they are only asked to read while they are split.
    """
    a, b, c, d = ids = names(seed, 4)
    split = Partition(((a, b), (c, d)), 1_000, 16_000)
    soon = [(1_100, a, Write, "left"), (1_110, c, Write, "right"), (1_700, a, Read), (1_710, d, Read)]
    late = [(13_000, b, Write, "late left"), (13_010, d, Write, "late right"), (14_000, a, Read), (14_010, c, Read)]
    if variant(seed) % 3 == 1:
        soon, late = ([(at_ms, who, Read) for at_ms, who, *_ in asks] for asks in (soon, late))
    asks = [(500, a, Write, "first"), *soon, *late, (27_000, a, Read), (28_000, d, Read)]
    judges = in_time(DEADLINE_MS, named(asks, 27_000, 28_000)), refused(named(asks, 13_000, 14_010))
    verify(world(submission, seed, ids, "CP", [split, ClockStep(a, 15_500, -60_000), *asked(*asks)]), ONE_MACHINE, *judges)


@scene("many_at_once")
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


@scene("one_copy_of_the_last_write")
def one_copy(submission, seed, change, cut_ms, crashes):
    """A change gets no further than its own replica; somebody meets that copy and perhaps crashes; then the copy cannot be reached.

    It may write the value that was there before the last: then two copies look alike and are not. Who reads it first is in some runs
    the one who met it, in others the one who has it.
    """
    a, b, c = ids = names(seed, 3)
    away = ((a, 600, 660), (b, cut_ms, 1_700), (c, 1_710, 1_960), (b, 1_970, 2_200), (a, 2_210, 2_400))
    cuts = [Partition(((who,), others(ids, who)), *times) for who, *times in away]
    asks = [(300, b, Write, "twice"), (610, b, Write, "between"), (1_000, b, *change), (1_720, (a, b)[variant(seed) // 3 % 2], Read)]
    asks += [(1_980, c, Read), (2_080, a, Read), (2_220, b, Read), (2_600, c, Read), (2_800, a, Read)]
    crash = [Crash(a, 1_850, 50)] if crashes else []
    verify(world(submission, seed, ids, "CP", [*cuts, *crash, *asked(*asks)], latency_ms=(10, 10)), ONE_MACHINE)


@scene("who_missed_it_is_nearest")
def near_and_far(submission, seed):
    """Some replicas miss a write, and then hear each other sooner than those who know it; they are asked to read, and to write."""
    ids = names(seed, 3 + 2 * (variant(seed) % 2))
    few = ids[len(ids) // 2 + 1 :]
    many = others(ids, *few)
    links = tuple((*link, 80, 80) for one in few for other in many for link in ((one, other), (other, one)))
    missed = Partition((few, many), 900, 1_200)
    for what in ((Read,), (Write, "last")):
        asks = [(300, few[0], Write, "old"), (950, many[0], Write, "new"), (1_050, many[0], Write, "newer"), (1_300, few[-1], *what)]
        asks += [(2_000 + 500 * place, name, Read) for place, name in enumerate(ids)]
        verify(world(submission, seed, ids, "CP", [missed, *asked(*asks)], latency_ms=(5, 5), link_latency_ms=links), ONE_MACHINE)


@scene("everything_arrives_three_times")
def echoes(submission, seed):
    """Every message between replicas arrives three times, on both sides of a cut."""
    ids = names(seed, 4 + variant(seed) % 2)
    few, many = ids[: len(ids) // 2], ids[len(ids) // 2 :]
    rules = tuple(Rule(Deliver(5, (6, 9)), a, b) for a in ids for b in ids if a != b)
    asks = [(500, few[0], Write, "first"), (1_100, few[0], Write, "few"), (1_110, many[0], Write, "many"), (1_800, many[1], Read)]
    asks += [(600, many[0], Write, "second"), (700, few[0], Write, "third"), (800, many[1], Read)]
    asks += [(2_000, few[1], Read), (2_700, few[0], Delete), (3_300, few[1], Read), (3_310, many[0], Read)]
    run = world(submission, seed, ids, "CP", [Partition((few, many), 1_000, 4_000), *asked(*asks)], rules=rules)
    verify(run, ONE_MACHINE, in_time(DEADLINE_MS))


@scene("both_writes_have_one_copy")
def two_single_copies(submission, seed, cut_ms, swapped, ids):
    """Two write in the same moment, and neither value gets any further; then the copies are met two by two."""
    b, a, c = ids if swapped else (ids[1], ids[0], ids[2])
    cuts = [Partition(tuple((name,) for name in ids), cut_ms, 1_600)]
    asks = [(1_000, a, Write, "one"), (1_000, b, Write, "two")]
    for place, (away, who) in enumerate(((c, a), (b, c), (a, c))):
        cuts.append(Partition(((away,), others(ids, away)), 1_610 + 160 * place, 1_765 + 160 * place))
        asks.append((1_611 + 160 * place, who, Read))
    verify(world(submission, seed, ids, "CP", [*cuts, *asked(*asks)], latency_ms=(10, 10)), ONE_MACHINE)


@scene("seen_before_it_is_done")
def seen_early(submission, seed, crashes=(), copies=False):
    """A write is stored by all, but nobody can confirm it; it is read and replaced, and then its replica hears the others again.

    Perhaps it crashes before. Perhaps it hears copies of what was said at first, and its name is the last one.
    """
    ids = names(seed, 3)
    a, b, c = sorted(ids, reverse=True) if copies else ids
    late = Deliver(10, ((215, 205)[variant(seed) % 3 % 2], 300))
    rules = [Rule(late, one, other, from_ms=1_000, until_ms=1_025) for one in ids for other in ids if one != other] if copies else ()
    happenings = [OneWayCut((b, c), (a,), 1_031, 1_230), *[Crash(a, *times) for times in crashes]]
    asks = [(300, b, Write, "old"), (1_000, a, Write, "early"), (1_100, b, Read), (1_150, c, Write, "later"), (1_420, b, Read)]
    asks += [(1_700, a, Read), (1_800, c, Read)]
    verify(world(submission, seed, ids, "CP", [*happenings, *asked(*asks)], latency_ms=(10, 10), rules=tuple(rules)), ONE_MACHINE)


@scene("reader_stores_one_of_two")
def stored_for_a_reader(submission, seed, last):
    """Two write in the same moment; what a reader stores of one arrives late, where the other has been stored meanwhile.

    The reader comes last in the order of names, or first: two stamps with equal numbers are told apart by nothing else.
    """
    a, b, c = ids = sorted(names(seed, 3), reverse=not last)
    links = ((b, c, 150, 150), (c, b, 150, 150))
    late = Rule(Deliver(60), c, a, from_ms=1_040, until_ms=1_050)
    asks = [(1_000, a, Write, "one"), (1_000, b, Write, "two"), (1_015, c, Read), (1_045, b, Read), (1_300, c, Read)]
    cut = Partition(((b,), (a, c)), 1_150, 1_700)
    faults = {"latency_ms": (10, 10), "link_latency_ms": links, "rules": (late,)}
    verify(world(submission, seed, ids, "CP", [cut, *asked(*asks)], **faults), ONE_MACHINE)


@scene("reads_one_of_two_after_the_other")
def two_alike(submission, seed):
    """Two write in the same moment, and the third one knows both; who has confirmed the earlier of them is asked without the others."""
    a, b, c = ids = sorted(names(seed, 3), reverse=variant(seed) % 2)
    away = ((c, 1_031, 1_200), (b, 1_210, 1_500), (c, 1_510, 1_800))
    cuts = [Partition(((who,), others(ids, who)), *times) for who, *times in away]
    asks = [(1_000, a, Write, "one"), (1_000, c, Write, "two"), (1_250, a, Read), (1_550, b, Read), (2_000, c, Read)]
    verify(world(submission, seed, ids, "CP", [*cuts, *asked(*asks)], latency_ms=(10, 10)), ONE_MACHINE)


@scene("one_of_five_confirms")
def one_confirms(submission, seed, own):
    """A write reaches one other replica of five, which confirms it; one of these two is asked without the other, and then the rest."""
    a, b, c, d, e = ids = names(seed, 5)
    asked_now, away = (a, b) if own else (b, a)
    lost = OneWayCut((a,), (c, d, e), 1_031, 1_070)
    cuts = [Partition(((asked_now, c, d), (away, e)), 1_610, 2_000), Partition(((c, d, e), (a, b)), 2_010, 2_600)]
    asks = [
        (300, c, Write, "old"),
        (1_000, a, Write, "new"),
        (1_700, asked_now, Read),
        (2_100, c, Read),
        (2_300, d, Read),
        (3_000, e, Read),
    ]
    verify(world(submission, seed, ids, "CP", [lost, *cuts, *asked(*asks)], latency_ms=(10, 10)), ONE_MACHINE)


@scene("rivals_of_five")
def rivals_of_five(submission, seed):
    """Two write in the same moment: one value gets nowhere, the other one to one more. Who wrote the first reads, and reaches one other.

    Its name is the last one. Then the others are asked without these two.
    """
    a, b, c, d, e = sorted(names(seed, 5), reverse=True)
    lost = [OneWayCut((a,), (b, c, d, e), 1_031, 1_590), OneWayCut((c,), (a, b, e), 1_031, 1_590), OneWayCut((a,), (c,), 1_731, 2_000)]
    cuts = [Partition(((a, c, d), (b, e)), 1_600, 2_000), Partition(((b, c, e), (a, d)), 2_010, 2_600)]
    asks = [(300, c, Write, "old"), (1_000, a, Write, "one"), (1_000, c, Write, "two"), (1_700, a, Read)]
    asks += [(2_100, c, Read), (2_300, b, Read), (3_000, e, Read)]
    verify(world(submission, seed, names(seed, 5), "CP", [*lost, *cuts, *asked(*asks)], latency_ms=(10, 10)), ONE_MACHINE)


@scene("cut_off_while_reading")
def read_cut_short(submission, seed, cut_ms):
    """Who has the only copy of a value is asked to read, and cut off before others have stored it; they are asked after the deadline."""
    a, b, c = ids = names(seed, 3)
    cuts = [Partition(((a,), (b, c)), *times) for times in ((1_031, 1_600), (cut_ms, 2_600))]
    asks = [(300, b, Write, "old"), (1_000, a, Write, "new"), (1_700, a, Read), (2_250, b, Read), (2_350, c, Read), (3_500, a, Read)]
    verify(world(submission, seed, ids, "CP", [*cuts, *asked(*asks)], latency_ms=(10, 10)), ONE_MACHINE, in_time(DEADLINE_MS))


@scene("a_short_deadline")
def short_deadline(submission, seed):
    """Clients wait less than elsewhere, and everybody is told so."""
    ids = names(seed, 3)
    nodes = replicas(submission, ids, "CP", deadline_ms=200)
    asks = [
        (4_000, ids[1], Delete),
        (4_300, ids[0], Write, "kept"),
        (5_000, ids[0], Write, "under way"),
        (5_010, ids[0], Read),
        (5_600, ids[0], Read),
    ]
    cut = Partition(((ids[0],), ids[1:]), 4_900)
    run = World(nodes, seed, Faults(happenings=(cut, *asked(*asks)), latency_ms=(1, 5)), until_ms=6_200)
    verify(run, in_time(200, named(asks, 4_000, 4_300)), ONE_MACHINE)


@scene("copies_come_later")
def late_echoes(submission, seed):
    """Every message between replicas arrives again, when what it was about has been replaced."""
    ids = names(seed, 3)
    rules = tuple(Rule(Deliver(5, (450,)), one, other, from_ms=1_000, until_ms=1_100) for one in ids for other in ids if one != other)
    asks = [(1_000 + place, name, Write, f"early {name}") for place, name in enumerate(ids)]
    asks += [(1_300 + 20 * number, ids[number % 3], Write, f"later {number}") for number in range(6)]
    asks += [(1_600 + 200 * place, name, Read) for place, name in enumerate(ids)]
    verify(world(submission, seed, ids, "CP", asked(*asks), latency_ms=(5, 5), rules=rules), ONE_MACHINE)


@scene("calm")
def served(submission, seed):
    """On a calm network everybody is served, with several questions at once at each of two replicas, though clocks are set meanwhile."""
    size = 3 + variant(seed) % 3
    ids = alike(size) if variant(seed) % 2 else names(seed, size)
    asks = [
        (ADAPT_MS + 2_000 * turn, name, *what)
        for turn in range(3)
        for name in ids[turn:][:2]
        for what in ((Write, f"{turn}{name}"), (Read,), *[(Read,)] * (2 * turn))
    ]
    asks += [(ADAPT_MS + 2_000 * turn + 8, ids[turn], Read) for turn in range(2)]  # it arrives when the clock has just been set
    asks += [(ADAPT_MS + 2_000 * turn + 1_000 + 100 * place, name, Read) for turn in range(2) for place, name in enumerate(ids)]
    steps = [ClockStep(name, ADAPT_MS + 2_000 * turn + 16, (60_000, -60_000)[turn % 2]) for turn, name in enumerate(ids)]
    run = world(submission, seed, ids, "CP", [*steps, *asked(*asks)], latency_ms=(10, 15))
    verify(run, in_time(DEADLINE_MS, everyone=True), ONE_MACHINE)


@scene("two_of_five_know")
def two_of_five(submission, seed, at_ms):
    """From some moment of a write on, only one other replica of five hears of it; then the three that may have missed it answer.

    In every other run one of the three is asked before, when it can reach those two and nobody else. What the one who hears says
    arrives three times.
    """
    a, *rest = ids = names(seed, 5)
    b = rest.pop((at_ms // 10) % 4)
    early = (at_ms // 10 + variant(seed)) % 2
    cuts = [OneWayCut((a,), tuple(rest), at_ms, 1_200 if early else 1_600), Partition(((a, b), tuple(rest)), 1_590, 2_800)]
    asks = [(500, a, Write, "before"), (1_000, a, Write, "under way")]
    if early:
        cuts.append(Partition(((a, b, rest[0]), tuple(rest[1:])), 1_200, 1_590))
        asks.append((1_250, rest[0], Read))
    asks += [*[(1_650 + 250 * place, name, Read) for place, name in enumerate(rest[::-1])], (3_500, b, Read)]
    again = Rule(Deliver(10, (11, 12)), b, a, from_ms=1_000)
    verify(world(submission, seed, ids, "CP", [*cuts, *asked(*asks)], latency_ms=(10, 10), rules=(again,)), ONE_MACHINE)


# Who leads, if anybody does, cannot be told from outside: in the scenes that follow each replica is tried in each place. There is time for
# others to choose a leader, and clients wait for long.


def silent(who, heard_by, from_ms, until_ms):
    """What somebody sends from some moment on is lost; what was under way still arrives."""
    return tuple(Rule(Drop(), who, to, from_ms=from_ms, until_ms=until_ms) for to in heard_by)


def apart(one, other, from_ms, until_ms=None):
    """Two do not hear each other; all others hear both."""
    return [OneWayCut((one,), (other,), from_ms, until_ms), OneWayCut((other,), (one,), from_ms, until_ms)]


@scene("silent_once_it_is_done")
def overtaken(submission, seed, order):
    """What was said before a write arrives after it, at the only other one that has heard of it; its replica falls silent."""
    a, b, c = (names(seed, 3)[place] for place in order)
    late = Rule(Deliver(100), a, b, from_ms=2_435, until_ms=2_500)
    rules = (late, *silent(a, (c,), 2_495, 4_400), *silent(a, (b,), 2_512, 4_400))
    asks = [(1_500, c, Write, "before"), (2_500, a, Write, "new"), (4_200, b, Read), (4_250, c, Read), (5_500, a, Read)]
    run = world(submission, seed, names(seed, 3), "CP", asked(*asks), 6_000, latency_ms=(2, 2), rules=rules)
    verify(run, ONE_MACHINE)


@scene("a_write_that_goes_nowhere")
def goes_nowhere(submission, seed, order):
    """A write comes while a read is under way, and nothing that is sent from then on arrives."""
    a, b, c = (names(seed, 3)[place] for place in order)
    rules = silent(a, (b, c), 2_513, 4_400)
    asks = [(1_500, c, Write, "before"), (2_500, a, Read), (2_505, a, Write, "only here"), (4_200, b, Read), (4_250, c, Read)]
    run = world(submission, seed, names(seed, 3), "CP", asked(*asks, (5_500, a, Read)), 6_000, latency_ms=(10, 10), rules=rules)
    verify(run, ONE_MACHINE)


@scene("two_do_not_hear_each_other")
def two_ends(submission, seed, order):
    """Two do not hear each other, and what the third one says is slow to reach one of them; that one is asked to read, the others write."""
    ids = names(seed, 3)
    a, b, c = (ids[place] for place in order)
    asks = [(1_500, c, Write, "before"), (5_500, a, Read)]
    for number in range(20):
        asks += [(2_800 + 40 * number, (b, c)[number % 2], Write, number), (2_820 + 40 * number, a, Read)]
    happenings = [*apart(a, b, 2_500, 4_000), *asked(*asks)]
    run = world(submission, seed, ids, "CP", happenings, 1_500, latency_ms=(1, 3), link_latency_ms=((c, a, 250, 250),))
    verify(run, ONE_MACHINE)


@scene("split_in_half_from_the_start")
def halves_at_first(submission, seed, one, other):
    """Four replicas begin in two halves; then all hear each other, but for one of each half."""
    a, b, c, d = ids = names(seed, 4)
    asks = [(1_600 + 40 * number, ids[number % 4], *((Write, number) if number % 2 else (Read,))) for number in range(24)]
    asks += [(4_500 + 100 * place, name, Read) for place, name in enumerate(ids)]
    happenings = [Partition(((a, b), (c, d)), 0, 1_400), *apart((a, b)[one], (c, d)[other], 1_400, 3_000), *asked(*asks)]
    verify(world(submission, seed, ids, "CP", happenings, 1_500, latency_ms=(2, 4)), ONE_MACHINE)


@scene("cut_off_as_they_are_asked")
def cut_as_asked(submission, seed, order):
    """One is cut off just as it is asked to write, then the next one, just as it is asked to read; they come back in that order."""
    ids = names(seed, 3)
    a, b, c = (ids[place] for place in order)
    away = ((a, 1_502, 3_000), (b, 3_002, 4_800), (a, 4_800, 7_500))
    cuts = [Partition(((who,), others(ids, who)), *times) for who, *times in away]
    asks = [(1_000, c, Write, "before"), (1_500, a, Write, "alone"), (3_000, b, Read), (7_200, c, Read), (7_300, b, Read), (8_500, a, Read)]
    verify(world(submission, seed, ids, "CP", [*cuts, *asked(*asks)], 6_000, latency_ms=(2, 2)), ONE_MACHINE)


def in_each_place(submission, seed, turn):
    """Play the scenes in which somebody may lead, those of one turn."""
    orders = tuple(itertools.permutations(range(3)))
    if turn == 4:
        for order in orders:
            overtaken(submission, seed, order)
            two_ends(submission, seed, order)
    if turn == 5:
        for order in orders[::2]:
            goes_nowhere(submission, seed, order)
    if turn == 6:
        for order in orders:
            cut_as_asked(submission, seed, order)
    if turn in (7, 8, 9):
        for one, other in itertools.product(range(2), repeat=2):
            halves_at_first(submission, seed, one, other)


@scenarios(12)
def test_cp_linearizable(submission, seed):
    turn = variant(seed) % 12
    if turn < 3:
        for at_ms in range(1_015, 1_065, 10):
            two_of_five(submission, seed, at_ms)
        echoes(submission, seed)
        late_echoes(submission, seed)
        counters_and_clocks(submission, seed)
        halves(submission, seed)
        for change in ((Write, "twice"), (Write, "last"), (Delete,)):
            one_copy(submission, seed, change, 1_021 + 10 * turn, crashes=False)
        twice_at_one(submission, seed)
        twice_at_one_of_five(submission, seed)
        near_and_far(submission, seed)
        for swapped in (False, True):
            for ids in (names(seed, 3), alike(3), (*alike(5)[1::3], "r2")):
                two_single_copies(submission, seed, 1_021 + 10 * turn, swapped, ids)
        seen_early(submission, seed)
        seen_early(submission, seed, copies=True)
        for last in (True, False):
            stored_for_a_reader(submission, seed, last)
        two_alike(submission, seed)
        for own in (True, False):
            one_confirms(submission, seed, own)
        rivals_of_five(submission, seed)
        read_cut_short(submission, seed, 1_721 + 10 * turn)
        cut_at(submission, 3 * seed, 1_020 + 10 * (variant(seed) % 2))
        served(submission, seed)
    if turn == 3:
        many_writes(submission, seed)
    in_each_place(submission, seed, turn)
    slow_reader(submission, seed)
    at_once(submission, seed)
    for number in range(2):
        crowd(submission, 2 * seed + number)


# --- CP: crashes ---


WHO = ("the_writer_crashes", "one_who_hears_of_it_crashes")


def crash_in_a_write(submission, seed, victim, effects, at_ms):
    """A replica crashes inside a handler, or at a moment of a write; then all are asked, with another one cut off in turn."""
    ids = names(seed, 3)
    a, b, c = ids
    who = ids[victim]
    unheard = Partition(((c,), (a, b)), 1_000, 1_090)
    crash = Crash(who, at_ms, 40, effects)
    happenings, asks = turns(ids, 1_110, variant(seed) + victim)
    asks = [(500, b, Write, "before"), (1_000, a, Write, "under way"), *asks, (4_000, a, Read), (4_500, c, Read)]
    run = world(submission, seed, ids, "CP", [unheard, crash, *happenings, *asked(*asks)], latency_ms=(10, 10))
    with scene(WHO[victim]):
        verify(run, ONE_MACHINE)


def half_a_step(submission, seed, victim, effects):
    """A replica crashes between two effects of a write that a third one misses; then the two that may differ are asked in turn."""
    ids = names(seed, 3)
    a, b, c = ids
    missed = Partition(((c,), (a, b)), 1_000, 1_090)
    happenings, asks = [missed, Crash(ids[victim], 1_000, 40, effects)], [(500, b, Write, "before"), (1_000, a, Write, "under way")]
    for begin_ms, away, order in ((1_110, a, (b, c)), (1_340, b, (a, c)), (1_570, a, (c, b))):
        happenings.append(Partition(((away,), others(ids, away)), begin_ms, begin_ms + 225))
        asks += [(begin_ms + 5 + 55 * place, name, Read) for place, name in enumerate((order if variant(seed) % 2 else order[::-1]) * 2)]
    run = world(submission, seed, ids, "CP", [*happenings, *asked(*asks, (2_000, c, Read))], latency_ms=(10, 10))
    with scene(WHO[victim]):
        verify(run, ONE_MACHINE)


@scene("crash_and_one_copy")
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


@scene("answers_to_an_earlier_life")
def late_answers(submission, seed):
    """Answers to questions of a life before the crash arrive after it, while the replica is asked again."""
    a, b, c = ids = names(seed, 3)
    links = ((b, a, 300, 300), (c, a, 300, 300))
    asks = [
        (500, b, Write, "old"),
        (1_000, a, *((Write, "lost") if variant(seed) % 2 else (Read,))),
        (1_070, b, Write, "new"),
    ]
    asks += [(1_200, a, Read), (1_850, a, Write, "last"), (2_500, c, Read), (2_900, b, Read)]
    run = world(submission, seed, ids, "CP", [Crash(a, 1_020, 40), *asked(*asks)], latency_ms=(10, 10), link_latency_ms=links)
    verify(run, ONE_MACHINE)


@scene("old_copies_and_a_crash")
def old_copies_and_a_crash(submission, seed):
    """Copies of all messages about a write arrive when it has been replaced, which one has missed; then those who know crash in turn.

    One of them has crashed before as well, and does not remember the write.
    """
    b, c, a = ids = turned(names(seed, 3), variant(seed))
    late = tuple(Rule(Deliver(10, (450,)), one, other, from_ms=1_000, until_ms=1_100) for one in ids for other in ids if one != other)
    away = ((c, 1_190, 1_300), (a, 1_690, 2_000), (b, 2_100, 2_400))
    cuts = [Partition(((who,), others(ids, who)), *times) for who, *times in away]
    asks = [(1_000, a, Write, "early"), (1_200, a, Write, "later"), (1_700, b, Read), (1_800, c, Read), (2_110, a, Read), (2_210, c, Read)]
    happenings = [*cuts, Crash(b, 1_310, 40), Crash(b, 1_600, 40), Crash(a, 2_010, 40), *asked(*asks)]
    verify(world(submission, seed, ids, "CP", happenings, latency_ms=(10, 10), rules=late), ONE_MACHINE)


@scene("two_write_at_once_and_crash")
def at_once_and_crash(submission, seed, readers):
    """Two replicas write in the same moment, the third one misses that, and both crash later; then each is asked without the other.

    Perhaps both are asked to read as well, several times, while they write.
    """
    a, b, c = ids = names(seed, 3)
    away = ((c, 990, 1_300), (b, 1_400, 1_900), (a, 2_000, 2_500))
    cuts = [Partition(((who,), others(ids, who)), *times) for who, *times in away]
    asks = [(1_000, a, Write, "one"), (1_000, b, Write, "two"), (1_200, a, Read), (1_450, a, Read), (2_050, b, Read), (2_600, c, Read)]
    asks += [(1_001, name, Read) for name in (a, b) * readers]
    happenings = [*cuts, Crash(a, 1_310, 40), Crash(b, 1_310, 40), *asked(*asks)]
    verify(world(submission, seed, ids, "CP", happenings, latency_ms=(10, 10)), ONE_MACHINE)


@scene("seen_by_one_who_crashes")
def two_in_one_place(submission, seed):
    """Two write in the same moment, and one who has heard of both crashes; then the writers are asked without each other."""
    a, b, c = ids = sorted(names(seed, 3), reverse=variant(seed) % 2)
    away = ((a, 1_031, 1_350), (c, 1_360, 1_900), (a, 1_910, 2_400))
    cuts = [Partition(((who,), others(ids, who)), *times) for who, *times in away]
    asks = [(1_000, a, Write, "one"), (1_000, c, Write, "two"), (1_150, b, Read), (1_450, a, Read), (1_950, c, Read)]
    verify(world(submission, seed, ids, "CP", [*cuts, Crash(b, 1_300, 40), *asked(*asks)], latency_ms=(10, 10)), ONE_MACHINE)


@scene("crash_while_another_one_writes")
def helper_crashes(submission, seed):
    """One crashes while another one writes, after its part in that or inside it, and then writes itself; both are asked."""
    a, b, c = ids = turned(names(seed, 3), variant(seed))
    crashes = ([Crash(a, 1_000, 60, 1)], [Partition(((a,), (b, c)), 1_031, 1_200), Crash(a, 1_100, 50)])[variant(seed) // 3 % 2]
    asks = [(300, b, Write, "old"), (1_000, b, Write, "first"), (1_300, a, Write, "second"), (1_500, b, Read), (1_700, a, Read)]
    verify(world(submission, seed, ids, "CP", [*crashes, *asked(*asks)], latency_ms=(10, 10)), ONE_MACHINE)


@scene("alone_and_asked")
def alone_and_asked(submission, seed, order):
    """Who is cut off is asked more often than the others, who have time to choose a leader; then others are cut off in its place.

    Who leads, if anybody does, cannot be told from outside, so each is tried in each place.
    """
    ids = names(seed, 3)
    a, b, c = (ids[place] for place in order)
    asks = [(2_000, a, Write, "first"), (4_500, b, Write, "w1"), (8_000, b, Write, "w2"), (8_300, a, Read), (8_310, c, Read)]
    asks += [(11_000, c, Read), (11_400, a, Read), (14_000, b, Read)]
    if variant(seed) % 2:
        away = (a, 3_000, 5_000), (c, 6_500, 8_500), (b, 8_500, 12_000)
        asks += [(3_010 + 20 * number, a, Write, f"alone {number}") for number in range(10)]
    else:
        away = (a, 3_000, 5_000), (b, 5_000, 8_500)
        asks += [(3_010 + 20 * number, a, Read) for number in range(6)]
    cuts = [Partition(((who,), others(ids, who)), *times) for who, *times in away]
    verify(world(submission, seed, ids, "CP", [*cuts, *asked(*asks)], latency_ms=(5, 10)), ONE_MACHINE)


@scene("alone_and_back_again")
def back_again(submission, seed, order):
    """Who is cut off is asked to write; then each of the others is cut off in its place, and at last it is again, and they are asked."""
    ids = names(seed, 3)
    a, b, c = (ids[place] for place in order)
    away = (a, 3_000, 5_000), (b, 5_300, 7_300), (c, 7_300, 9_300), (a, 9_300, 11_500)
    cuts = [Partition(((who,), others(ids, who)), *times) for who, *times in away]
    asks = [(2_000, a, Write, "first"), (4_500, b, Write, "w1"), (4_800, b, Write, "w2"), (6_900, a, Read), (8_900, a, Read)]
    asks += [(3_010 + 20 * number, a, Write, f"alone {number}") for number in range(4)]
    asks += [(11_200, b, Read), (11_300, c, Read)]
    verify(world(submission, seed, ids, "CP", [*cuts, *asked(*asks)], latency_ms=(5, 10)), ONE_MACHINE)


@scene("alone_and_then_with_one")
def handed_over(submission, seed, order, alone, crashes):
    """Who is cut off is asked to write; then it is connected to one of the others only, which perhaps restarts in that moment."""
    ids = names(seed, 3)
    a, b, c = (ids[place] for place in order)
    away = (a, 3_000, 5_000), (c, 5_000, 7_500), (b, 7_500, 10_000), (a, 10_000, 12_500)
    cuts = [Partition(((who,), others(ids, who)), *times) for who, *times in away]
    asks = [(2_000, a, Write, "first"), (4_500, b, Write, "w1"), (4_700, c, Write, "w2"), (5_150, a, Write, "again"), (5_400, a, Read)]
    asks += [(3_010 + 20 * number, a, Write, f"alone {number}") for number in range(alone)]
    asks += [(7_000, b, Read), (7_100, a, Read), (9_500, c, Read), (9_600, a, Read), (12_000, b, Read), (12_100, c, Read)]
    crash = [Crash(b, 4_995, 10)] if crashes else []
    verify(world(submission, seed, ids, "CP", [*cuts, *crash, *asked(*asks)], latency_ms=(5, 10)), ONE_MACHINE)


@scene("between_two_who_do_not_hear_each_other")
def between(submission, seed, latency_ms, apart_ms, effects):
    """Two do not hear each other, and the third one, whom both hear, restarts again and again while they begin."""
    a, b, c = ids = names(seed, 3)
    crashes = [Crash(c, at_ms, 3, effects[number % len(effects)]) for number, at_ms in enumerate(range(250, 1_500, apart_ms))]
    asks = [(4_000, a, Read), (4_100, b, Read)]
    for number in range(10):
        asks += [(700 + 150 * number, (a, b)[number % 2], Write, number), (770 + 150 * number, (b, a)[number % 2], Read)]
    run = world(submission, seed, ids, "CP", [*apart(a, b, 0), *crashes, *asked(*asks)], 2_500, latency_ms=latency_ms)
    verify(run, ONE_MACHINE)


@scene("all_crash_at_once")
def crash_at_once(submission, seed, at_ms, by):
    """All crash in the same moment, just when a write is done; its replica stays down for long."""
    a, b, c = ids = turned(names(seed, 3), by)
    asks = [(1_500, a, Write, "before"), (2_500, a, Write, "new"), (4_500, b, Read), (4_600, c, Read)]
    crashes = [Crash(a, at_ms, 2_500), Crash(b, at_ms, 20), Crash(c, at_ms, 20)]
    verify(world(submission, seed, ids, "CP", [*crashes, *asked(*asks)], 6_000, latency_ms=(1, 1)), ONE_MACHINE)


@scene("one_crashes_and_another_one_goes")
def two_in_turn(submission, seed, order, effects):
    """One crashes between two effects of a write that the third one misses; then the write's replica is away for long."""
    ids = names(seed, 3)
    a, b, c = (ids[place] for place in order)
    away = ((c, 2_480, 2_560), (a, 2_560, 4_700))
    cuts = [Partition(((who,), others(ids, who)), *times) for who, *times in away]
    asks = [(1_500, c, Write, "before"), (2_500, a, Write, "new"), (4_500, b, Read), (4_550, c, Read), (5_800, a, Read)]
    happenings = [*cuts, Crash(b, 2_500, 100, effects), *asked(*asks)]
    verify(world(submission, seed, ids, "CP", happenings, 6_000, latency_ms=(5, 5)), ONE_MACHINE)


@scene("copies_come_after_restarts")
def copies_and_restarts(submission, seed):
    """All crash, write again, and copies of what was said about the first writes arrive; four times."""
    ids = names(seed, 3)
    again = range(0, 6_000, 1_500)
    copies = Deliver(3, tuple(2_500 + later_ms for later_ms in again))
    late = tuple(Rule(copies, one, other, from_ms=1_500, until_ms=1_530) for one in ids for other in ids if one != other)
    crashes = [Crash(name, 3_050 + later_ms, 20) for later_ms in again for name in ids]
    asks = [(1_500 + 5 * place, name, Write, f"early {name}") for place, name in enumerate(ids)]
    for number, later_ms in enumerate(again):
        asks += [(3_920 + later_ms, ids[number % 3], Write, number), (4_220 + later_ms, ids[(number + 1) % 3], Read)]
    verify(world(submission, seed, ids, "CP", [*crashes, *asked(*asks)], 800, latency_ms=(3, 3), rules=late), ONE_MACHINE)


@scene("copies_come_after_a_crash")
def copies_and_half_a_step(submission, seed, by, effects):
    """One crashes between two effects while another one writes; copies of what was said about that arrive after the next write."""
    ids = names(seed, 3)
    a, b, c = turned(ids, by)
    late = tuple(Rule(Deliver(10, (900,)), one, other, from_ms=1_000, until_ms=1_030) for one in ids for other in ids if one != other)
    asks = [(1_000, b, Write, "early"), (1_250, c, Read), (1_500, c, Write, "later"), (1_800, b, Read), (2_100, c, Read), (2_400, b, Read)]
    verify(world(submission, seed, ids, "CP", [Crash(a, 1_000, 40, effects), *asked(*asks)], latency_ms=(10, 10), rules=late), ONE_MACHINE)


@scene("all_crashed")
def all_go_down(submission, seed):
    """Everybody crashes once a change is done that one of them has missed; and one after the other."""
    ids = names(seed, 3 + variant(seed) % 3)
    crashes = [Crash(name, 11_400 + 1_500 * place * (variant(seed) % 2), 100) for place, name in enumerate(ids)]
    end = 12_000 + 1_500 * len(ids) + ADAPT_MS
    missed = Partition((ids[-1:], ids[:-1]), ADAPT_MS + 500, ADAPT_MS + 1_100)
    asks = [(ADAPT_MS, ids[0], Write, "kept"), (ADAPT_MS + 600, ids[1], *((Write, 0) if variant(seed) % 2 else (Delete,)))]
    asks += [(end + 700 * place, name, Read) for place, name in enumerate(ids)]
    run = world(submission, seed, ids, "CP", [missed, *crashes, *asked(*asks)])
    verify(run, ONE_MACHINE, in_time(DEADLINE_MS, named(asks, end, end + 10_000)))


@scene("some_are_down")
def some_stay_down(submission, seed):
    """Replicas are down in turn, fewer than half at a time: the others serve, but for one machine that may be indispensable."""
    ids = names(seed, 3 + variant(seed) % 3)
    gone = [ids[:2], ids[2:4]] if len(ids) == 5 else [(name,) for name in ids]
    happenings, asks, probes, begin = [], [], {}, 1_000
    for number, few in enumerate(gone):
        happenings += [Crash(name, begin, ADAPT_MS + 3_000) for name in few]
        up, first = others(ids, *few), len(asks) + 1
        asks += [(begin + ADAPT_MS, up[0], Write, number), (begin + ADAPT_MS + 1_000, up[-1], Read)]
        probes[frozenset(few)] = [name_of(place) for place in range(first, len(asks) + 1)]
        begin += ADAPT_MS + 4_000
    run = world(submission, seed, ids, "CP", [*happenings, *asked(*asks)])
    verify(run, ONE_MACHINE, serves_without(DEADLINE_MS, probes))


def leaders_and_crashes(submission, seed, turn):
    """Play the scenes with crashes in which somebody may lead, those of one turn."""
    if turn < 2:
        for by, effects in itertools.product(range(3), (1, 2, 3, 4)):
            two_in_turn(submission, seed, (by, (by + 1 + turn) % 3, (by + 2 - turn) % 3), effects)
    else:
        for number, order in enumerate(itertools.permutations(range(3))):
            back_again(submission, seed, order)
            handed_over(submission, seed, order, alone=(1, 7)[number // 2 % 2], crashes=turn % 2 == 1)
    if turn > 2:
        copies_and_restarts(submission, seed)
        for effects in (1, 2, 3):
            copies_and_half_a_step(submission, seed, turn, effects)
    if turn > 4:
        for at_ms, by in itertools.product((2_503, 2_504, 2_505, 2_507), range(3)):
            crash_at_once(submission, seed, at_ms, by)


@scenarios(6)
def test_cp_survives(submission, seed):
    all_go_down(submission, seed)
    late_answers(submission, seed)
    old_copies_and_a_crash(submission, seed)
    at_once_and_crash(submission, seed, readers=0)
    at_once_and_crash(submission, seed, readers=3)
    seen_early(submission, seed, crashes=((1_060, 200),))
    two_in_one_place(submission, seed)
    helper_crashes(submission, seed)
    for order in itertools.permutations(range(3)) if variant(seed) % 6 < 2 else ():
        alone_and_asked(submission, seed, order)
    for victim in range(2):
        half_a_step(submission, seed, victim, 1)
        half_a_step(submission, seed, victim, 2)
        for effects in (0, 1, 2, 3, 4):
            crash_in_a_write(submission, seed, victim, effects, 1_000 + 10 * (variant(seed) % 6))
        for at_ms in (1_015, 1_025, 1_035, 1_045):
            crash_in_a_write(submission, seed, victim, None, at_ms)
    for effects in (1, 2, 3):
        for at_ms in (1_000, 1_011, 1_021):
            one_copy_left(submission, seed, at_ms, effects)
    for at_ms in (1_025, 1_035, 1_045):
        one_copy_left(submission, seed, at_ms, None)
    for change in ((Write, "last"), (Write, "twice")):
        one_copy(submission, seed, change, 1_021 + 10 * (variant(seed) % 3), crashes=True)
    between(submission, seed, (30, 60), 40, (None, 4, 3))
    between(submission, seed, (80, 120), 40, (None, 4, 3, 5))
    leaders_and_crashes(submission, seed, variant(seed) % 6)
    if variant(seed) % 6 < 3:
        some_stay_down(submission, seed)
    for number in range(3):
        crowd(submission, 3 * seed + number, crashes=4)


# --- CP: honest ---


@scenarios(6)
def test_cp_honest(submission, seed):
    in_parts(submission, seed)
    for at_ms in range(1_000, 1_080, 10):
        cut_at(submission, seed, at_ms)
    too_slow(submission, seed)
    cut_between(submission, seed)
    served(submission, seed)
    short_deadline(submission, seed)


def in_parts(submission, seed):
    """A write reaches some replicas and its own hears from none, or too few, and its clock is set back; later all are asked."""
    ids = names(seed, 5 - variant(seed) % 3)
    a, *rest = ids
    for heard in range(len(ids) - 1, 0, -1):
        unheard = OneWayCut(tuple(rest[heard - 1 :]), (a,), (1_025, 1_030, 1_035, 1_010, 1_015, 1_020)[variant(seed) % 6], 3_000)
        asks = [(500, a, Write, "before"), (1_000, a, Write, "under way"), (1_030, a, Delete)]
        asks += [(3_500 + 600 * place, name, Read) for place, name in enumerate(ids)]
        run = world(submission, seed, ids, "CP", [unheard, ClockStep(a, 1_100, -60_000), *asked(*asks)], latency_ms=(10, 10))
        with scene("some_confirm" if heard > 1 else "nobody_confirms"):
            verify(run, ONE_MACHINE, in_time(DEADLINE_MS))


@scene("cut_off_between_two_answers")
def cut_between(submission, seed):
    """A client asks one replica twice; when the first question has been answered and the second one has not, the replica is cut off."""
    a, b, c = ids = names(seed, 3)
    second = ((Read,), (Write, "second"))[variant(seed) % 2]
    cut = Partition(((a,), (b, c)), (1_055, 1_060, 1_065)[variant(seed) % 3], 2_000)
    asks = [(1_000, a, Write, "first"), (1_015, a, *second), (3_000, b, Read)]
    verify(world(submission, seed, ids, "CP", [cut, *asked(*asks)], latency_ms=(10, 10)), ONE_MACHINE, in_time(DEADLINE_MS))


@scene("slower_than_the_deadline")
def too_slow(submission, seed):
    """Some links of a replica are so slow that what it needs arrives after the deadline."""
    a, b, c = ids = names(seed, 3)
    slow_ms = (350, 550, 700)[variant(seed) % 3]
    for links in (((b, a), (c, a)), ((a, b), (a, c)), ((b, a), (a, c)), ((c, a),)):
        asks = [(500, b, Write, "before"), (1_000, a, Write, "under way"), (1_100, a, Delete), (1_800, b, Read)]
        asks += [(4_000, b, Read), (5_000, c, Read), (6_000, a, Read)]
        latencies = tuple((*link, slow_ms, slow_ms) for link in links)
        run = world(submission, seed, ids, "CP", asked(*asks), latency_ms=(10, 10), link_latency_ms=latencies)
        verify(run, ONE_MACHINE, in_time(DEADLINE_MS))


# --- AP ---


def ap(submission, seed, ids, happenings, asks, *judges, **faults):
    """Run a group in AP mode, a little longer than its questions: each answer has until then. Replicas never rest, so every ms costs.

    A question takes at most 5 ms, unless told: those that are asked 10 ms apart arrive in that order.
    """
    until_ms = max(item.at_ms for item in (*happenings, *asked(*asks))) + DEADLINE_MS + 150
    faults = {"latency_ms": (1, 5), "happenings": (*happenings, *asked(*asks)), **faults}
    run = World(replicas(submission, ids, "AP"), seed, Faults(**faults), until_ms=until_ms)
    verify(run, *judges)


def everybody_reads(ids, at_ms):
    return [(at_ms, name, Read) for name in ids]


def everywhere(ids, begin_ms, label):
    """A write, a read, two deletes and a read at every replica: the second one may find nothing to delete."""
    asks = []
    for place, name in enumerate(ids):
        at_ms = begin_ms + 20 * place
        asks += [(at_ms, name, Write, f"{label} {name}"), (at_ms + 60, name, Read), (at_ms + 200, name, Delete), (at_ms + 300, name, Read)]
        asks.append((at_ms + 310, name, Delete))
    return asks


@scenarios(3)
def test_ap_available(submission, seed):
    ids = names(seed, 3 + variant(seed) % 3)
    half = len(ids) // 2
    me, *rest = ids
    judges = in_time(DEADLINE_MS, (), True), LOSES_NOTHING, NOTHING_BACK
    cuts = [
        [Partition(tuple((name,) for name in ids), 0)],
        [Partition((ids[:half], ids[half:]), 100)],
        [OneWayCut((me,), tuple(rest), 100), OneWayCut((rest[0],), (me,), 150)],
        [OneWayCut(tuple(rest), (me,), 0)],
    ]
    for happenings in cuts:
        ap(submission, seed, ids, happenings, [*everywhere(ids, 200, "soon"), *everywhere(ids, 700, "late")], *judges)
    for lone in (me, rest[-1]):
        down = [Crash(name, 100, None) for name in ids if name != lone]
        asks = [*everywhere((lone,), 200, "soon"), (700, lone, Write, "kept"), (900, lone, Read), *everywhere((lone,), 1_000, "late")]
        ap(submission, seed, ids, [*down, Crash(lone, 800, 50)], asks, *judges)
    ap(submission, seed, ids, [Pause(name, 100, 3_000) for name in rest], everywhere((me,), 200, "soon"), *judges)


def away_during(submission, seed, size, kind, away):
    """One replica is away (cut off, down, paused, or deaf on one side) while another one replaces what all have, several times."""
    ids = names(seed, size)
    a, b = ids[0], ids[-1]
    gone = {
        "cut": Partition(((b,), others(ids, b)), 800, 1_700),
        "down": Crash(b, 800, 900),
        "deaf": OneWayCut(others(ids, b), (b,), 800, 1_700),
        "paused": Pause(b, 800, 900),
    }[away]
    end = 1_700 + SETTLE_MS
    asks = [(150, a, Write, "old"), *everybody_reads(ids, 700), *[(850 + 20 * number, a, Write, number) for number in range(7)]]
    asks += [
        (1_000, a, *((Delete,) if kind is Delete else (Write, "new"))),
        (1_300, a, Read),
        *everybody_reads(ids, end),
    ]
    crashes = [Crash(name, 1_350 + 10 * place, 50) for place, name in enumerate(ids[:-1])] if variant(seed) % 2 else []
    with scene(f"one_is_{away}"):
        ap(submission, seed, ids, [gone, *crashes], asks, NOTHING_BACK, LOSES_NOTHING, converges(ids, end))


@scene("one_is_cut_for_long")
def cut_off_for_long(submission, seed, deletes):
    """One replica is cut off for a hundred rounds and misses as many writes of another one.

    Perhaps it misses a delete as well, and the others crash meanwhile. Or it writes, and once more when it has heard of all that.
    """
    a, b, c = ids = names(seed, 3)
    end = 10_400 + SETTLE_MS + (0 if deletes else 1_050)
    asks = [(150, a, Write, "old"), *everybody_reads(ids, 700), *[(810 + number // 2, a, Write, number) for number in range(110)]]
    asks += [(1_300, a, Read), *everybody_reads(ids, end)]
    if deletes:
        asks.append((1_290, a, Delete))
    else:
        asks += [(805, b, Write, "alone"), (11_430, b, Read), (11_440, b, Write, "last"), (11_450, b, Read)]
    happenings = [Partition(((b,), (a, c)), 800, 10_400)]
    happenings += [Crash(a, 2_500, 50), Crash(c, 2_700, 50)] if deletes else []
    ap(submission, seed, ids, happenings, asks, NOTHING_BACK, LOSES_NOTHING, converges(ids, end))


def half_a_step_in_ap(submission, seed, victim, at_ms, effects, change):
    """A replica crashes between two effects of a write or of a merge; then it talks to one that still has what was replaced.

    If it was its own write, it is asked to write again, in another run, as soon as it is up.
    """
    a, b, c = ids = names(seed, 3)
    cuts = [OneWayCut((a, b), (c,), 420, 520), Partition(((a,), (b, c)), 515, 900)]
    end = 900 + SETTLE_MS
    asks = [(150, a, Write, "old"), (350, c, Read), (410, b, Read), (450, a, *change), (455, a, Read), *everybody_reads(ids, 850)]
    crash = Crash(ids[victim], at_ms, 30, effects)
    with scene(WHO[victim]):
        soon = [*asks, *everybody_reads(ids, 1_250)]
        ap(submission, seed, ids, [*cuts, crash], soon, NOTHING_BACK, LOSES_NOTHING, latency_ms=(10, 10))
        for again in ((), ((482, a, Write, "again"),)) if victim == 0 else ():
            late = [*asks, *again, *everybody_reads(ids, end)]
            ap(submission, seed, ids, [*cuts, crash], late, NOTHING_BACK, LOSES_NOTHING, converges(ids, end), latency_ms=(10, 10))


@scene("crashes_and_clocks_set_back")
def same_name_again(submission, seed):
    """Replicas write in the same moment, and one of them twice; it crashes, its clocks show the same times again, and it writes again."""
    a, b, c = ids = names(seed, 3)
    deaf = (b, c)[variant(seed) % 2]
    happenings = [OneWayCut((a,), (deaf,), 100, 900), Crash(a, 400, 30), ClockStep(a, 500, -430), Crash(a, 700, 30)]
    happenings.append(ClockStep(b, 550, -600_000))
    end = 900 + SETTLE_MS
    asks = [(150, a, Write, "one"), (150, a, Write, "two"), (150, b, Write, "same time"), (160, a, Read), *everybody_reads(ids, 380)]
    asks += [(580, a, Write, "three"), (590, b, Write, "later"), (650, a, Read), (740, a, Delete), (750, a, Write, "four")]
    asks += everybody_reads(ids, end)
    judges = NOTHING_BACK, LOSES_NOTHING, converges(ids, end)
    ap(submission, seed, ids, happenings, asks, *judges, latency_ms=(5, 5))


@scene("the_same_value_again")
def same_value_again(submission, seed, value):
    """A value is written once more while others, who cannot know that, delete the first one, or still have it when both are deleted."""
    a, b, *rest = ids = names(seed, 3)
    end = 900 + SETTLE_MS
    again, cut = [(150, a, Write, value), (810, a, Write, value)], [Partition(((a,), (b, *rest)), 800, 900)]
    asks = [*again, (820, b, Delete), (830, b, Write, "other"), *everybody_reads(ids, end)]
    ap(submission, seed, ids, cut, asks, shows(ids, end, value, "other"))
    ap(submission, seed, ids, cut, [*again, (850, a, Delete), *everybody_reads(ids, end)], shows(ids, end))


@scene("heard_and_not_shown")
def heard_and_not_shown(submission, seed):
    """Two write the same value, and nobody is asked what it holds until somebody deletes that. At last all crash, each alone."""
    a, b, c = ids = names(seed, 3)
    heard, end = 200 + SETTLE_MS, 200 + 2 * SETTLE_MS
    asks = [(150, a, Write, 1), (150, b, Write, 1), (heard, c, Delete), *everybody_reads(ids, end + 10), *everybody_reads(ids, end + 850)]
    alone = [Partition(((a,), (b,), (c,)), end + 740), *[Crash(name, end + 750, 50) for name in ids]]
    ap(submission, seed, ids, alone, asks, shows(ids, end))


@scene("who_never_had_it")
def never_had_it(submission, seed, change):
    """A value is replaced; one who never had it hears of that, beside a sibling, and then meets one who knows nothing of it and has it."""
    a, b, c = ids = names(seed, 3)
    stages = ((a, b), (c,)), ((a,), (b,), (c,)), ((a, c), (b,)), ((b, c), (a,))
    cuts = [Partition(groups, *times) for groups, times in zip(stages, itertools.pairwise((100, 450, 530, 900, 1_300)), strict=True)]
    asks = [(150, b, Write, "old"), (150, c, Write, "sibling"), (400, a, Read), (480, a, *change), (500, a, Read)]
    asks += [*everybody_reads((a, c), 850), *everybody_reads((b, c), 1_250), *everybody_reads(ids, 1_650)]
    ap(submission, seed, ids, cuts, asks, NOTHING_BACK, LOSES_NOTHING, latency_ms=(5, 5))


@scene("told_more_rarely")
def long_sync(submission, seed):
    """Replicas talk every two seconds; one is cut off for more than a minute while what it has is deleted. Then another one restarts."""
    a, b, c = ids = names(seed, 3)
    together = 80_000 + 20 * 2_000
    end = together + 60 + 20 * 2_000
    asks = [(150, a, Write, "old"), (5_000, c, Read), (7_000, a, Delete), (7_010, b, Write, "new"), *everybody_reads(ids, together)]
    later = [(together + 50, a, Write, "last"), *everybody_reads(ids, end)]
    cut, crash = Partition(((c,), (a, b)), 6_000, 80_000), Crash(a, together + 10, 30)
    for until_ms, happenings in ((together, (cut, *asked(*asks))), (end, (cut, crash, *asked(*asks, *later)))):
        faults = Faults(latency_ms=(1, 5), happenings=happenings)
        run = World(replicas(submission, ids, "AP", sync_ms=2_000), seed, faults, until_ms=until_ms + DEADLINE_MS + 150)
        verify(run, in_time(DEADLINE_MS, (), True), NOTHING_BACK, LOSES_NOTHING, converges(ids, until_ms))


@scene("two_write_the_same")
def two_of_one_value(submission, seed, first):
    """Two write the same value, and one of them, who has not heard of the other's, deletes its own."""
    a, b, c = ids = names(seed, 3)
    end = 1_000 + SETTLE_MS
    writes = [(150, a, Write, 1), (150, b, Write, 1)]
    asks = [*(writes if first else writes[::-1]), (700, c, Read), (710, a, Delete), *everybody_reads(ids, end)]
    for cut in (OneWayCut((b, c), (a,), 100, 1_000), Partition(((a,), (b, c)), 100, 1_000)):
        ap(submission, seed, ids, [cut], asks, shows(ids, end, 1))


@scene("writer_hears_nothing")
def deaf_writer(submission, seed, change):
    """Who hears nothing replaces only its own value; the others know of a sibling that stays, and have replaced more."""
    a, b, c = ids = names(seed, 3)
    end = 1_200 + SETTLE_MS
    asks = [(120, b, Write, "first"), (130, b, Write, "second"), (150, a, Write, "over"), (150, b, Write, "stays")]
    asks += [*everybody_reads(ids, 700), (720, a, *change)]
    asks += [*everybody_reads(ids, 1_150), *everybody_reads(ids, end)]
    ap(submission, seed, ids, [OneWayCut((b, c), (a,), 100, 1_200)], asks, NOTHING_BACK, LOSES_NOTHING, converges(ids, end))


@scene("news_and_answers_cross")
def answers_cross(submission, seed):
    """Messages take so long that what answers older news arrives when there is newer news, and that may have been lost."""
    a, *rest = ids = names(seed, 3)
    end = 400 + SETTLE_MS
    lost = tuple(Rule(Drop(), a, name, from_ms=201, until_ms=295) for name in rest)
    slow = tuple((one, other, 40, 40) for one in ids for other in ids if one != other)
    for at_ms, change, rules in ((190, (Delete,), ()), (150, (Write, "newer"), lost)):
        asks = [(at_ms, a, Write, "older"), (210, a, *change), *everybody_reads(ids, end)]
        ap(submission, seed, ids, [], asks, converges(ids, end), latency_ms=(5, 5), link_latency_ms=slow, rules=rules)


@scene("crashed_while_alone")
def shown_and_kept(submission, seed):
    """What a replica has heard from another and shown is still there after it crashed, all alone; and what that replaced is not.

    It crashes as soon as it has shown something.
    """
    a, b, *_ = ids = names(seed, 3)
    asks = [(150, a, Write, "heard"), (600, b, Read), (620, a, Write, "newer"), (1_100, b, Read), (1_180, a, Write, "newest")]
    asks += [(1_212, b, Read), (1_300, b, Read), (1_310, b, Write, "own"), (1_450, b, Read)]
    alone = [Partition(((b,), others(ids, b)), 1_225), Crash(b, 1_225, 50), Crash(b, 1_350, 50)]
    ap(submission, seed, ids, alone, asks, LOSES_NOTHING, NOTHING_BACK)


@scene("old_messages")
def old_copies(submission, seed):
    """Copies of old messages arrive long after everybody knows that what they tell was deleted, and that the others know."""
    a, b, _ = ids = names(seed, 3)
    late = tuple(Rule(Deliver(5, (2_600,)), one, other, from_ms=140, until_ms=600) for one in ids for other in ids if one != other)
    asks = [
        (150, a, Write, "old"),
        *everybody_reads(ids, 550),
        (600, b, Delete),
        *everybody_reads(ids, 2_800),
        *everybody_reads(ids, 2_850),
        *everybody_reads(ids, 3_350),
    ]
    ap(submission, seed, ids, [], asks, NOTHING_BACK, LOSES_NOTHING, rules=late)


@scene("joined_one_by_one")
def one_by_one(submission, seed, values):
    """Five machines write alone and are joined one by one: the last one learns all that the others have collected.

    At last all crash, each alone.
    """
    ids = names(seed, 5)
    steps_ms = (100, 200, 420, 640, 860)
    stages = [(ids[:size], *[(name,) for name in ids[size:]]) for size in range(1, 5)]
    cuts = [Partition(groups, *times) for groups, times in zip(stages, itertools.pairwise(steps_ms), strict=True)]
    slow = ((ids[0], ids[3], 80, 80),)
    end = 900 + SETTLE_MS
    asks = [(150, name, Write, value) for name, value in zip(ids, values, strict=True)]
    asks += [*everybody_reads(ids, end), *everybody_reads(ids, end + 850)]
    cuts += [Partition(tuple((name,) for name in ids), end + 740), *[Crash(name, end + 750, 50) for name in ids]]
    ap(submission, seed, ids, cuts, asks, LOSES_NOTHING, converges(ids, end), latency_ms=(5, 5), link_latency_ms=slow)


@scene("all_write_in_turn")
def all_in_turn(submission, seed):
    """Five machines write one after the other, twice, each with what the others have; one is cut off after its first write."""
    ids = alike(5)
    end = 1_700 + SETTLE_MS
    asks = [(150 + 150 * number, name, Write, number) for number, name in enumerate((*ids, *others(ids, ids[2])))]
    asks += [*everybody_reads(ids, 1_650), *everybody_reads(ids, end)]
    cut = Partition(((ids[2],), others(ids, ids[2])), 550, 1_700)
    ap(submission, seed, ids, [cut], asks, NOTHING_BACK, LOSES_NOTHING, converges(ids, end))


@scene("five_siblings_and_a_write")
def five_and_one(submission, seed):
    """Five machines write alone and are joined; then one of them, which may have all five values by then, writes and is asked."""
    ids = names(seed, 5)
    alone = Partition(tuple((name,) for name in ids), 100, 300)
    asks = [(150, name, Write, f"of {name}") for name in ids]
    asks += [(1_300, ids[2], Read), (1_310, ids[2], Write, "over"), (1_550, ids[2], Read)]
    ap(submission, seed, ids, [alone], asks, NOTHING_BACK, LOSES_NOTHING)


@scene("news_overtakes_news")
def overtaking(submission, seed):
    """What one tells takes now longer and now less long, while it writes again and again; the others are asked all the time."""
    a, *rest = ids = names(seed, 3)
    links = tuple((a, name, 1, 60) for name in rest)
    asks = [(150 + 35 * number, a, Write, number) for number in range(8)]
    asks += [(160 + 4 * number, rest[number % 2], Read) for number in range(90)]
    ap(submission, seed, ids, [], asks, NOTHING_BACK, LOSES_NOTHING, link_latency_ms=links)


@scene("told_more_often")
def short_sync(submission, seed):
    """Replicas are to tell one another much more often than elsewhere; those who hear of something crash inside a handler.

    Later one of them is cut off for six hundred and fifty rounds, while what it has is deleted.
    """
    a, *rest = ids = names(seed, 3)
    alone = [Partition(((a,), tuple(rest)), *times) for times in ((100, 203), (440, 3_050))]
    crashes = [Crash(name, 203, 5, 1) for name in rest]
    for end, later in ((290, ()), (3_135, ((450, a, Write, "later"), (450, rest[0], Delete)))):
        asks = asked((150, a, Write, "kept"), *later, *everybody_reads(ids, end))
        faults = Faults(happenings=(*alone, *crashes, *asks), latency_ms=(1, 1))
        nodes = replicas(submission, ids, "AP", deadline_ms=40, sync_ms=4)
        verify(World(nodes, seed, faults, until_ms=end + 60), converges(ids, end))


@scene("chaos")
def wild(submission, seed):
    """Writes, deletes and reads everywhere, while the network and the machines misbehave; then calm."""
    draw = random.Random(f"wild/{seed}")
    ids = names(seed, draw.choice((3, 3, 4)))
    asks = []
    for number in range(12):
        kind = draw.choice((Write, Write, Read, Read, Read, Delete))
        asks.append((draw.randint(150, 1_500), draw.choice(ids), kind, *([f"v{number}"] if kind is Write else [])))
    end = 1_900 + SETTLE_MS
    asks += everybody_reads(ids, end)
    happenings = chaos(seed, ids, 1_700, crashes=3, partitions=3, pauses=1, steps=2)
    rules = rough_links(draw, ids, 8, 600)
    skew = tuple((name, draw.randint(-50_000, 50_000)) for name in ids)
    judges = NOTHING_BACK, LOSES_NOTHING, converges(ids, end)
    ap(submission, seed, ids, happenings, asks, *judges, latency_ms=(1, 20), rules=rules, skew_ms=skew)


TORN = (
    *((0, 450, effects) for effects in range(4)),  # the write's own replica
    *((1, at_ms, effects) for at_ms in (165, 205, 465, 505) for effects in (1, 2)),  # one that hears of it, at once or at the next turn
)


@scenarios(8)
def test_ap_keeps(submission, seed):
    turn = variant(seed) % 8
    scenes = (
        lambda: [cut_off_for_long(submission, seed, deletes) for deletes in (False, True)],
        lambda: (same_name_again(submission, seed), same_name_again(submission, seed + 1)),
        lambda: (two_of_one_value(submission, seed, first=True), two_of_one_value(submission, seed, first=False)),
        lambda: (short_sync(submission, seed), same_value_again(submission, seed, ""), same_value_again(submission, seed, None)),
        lambda: [play(submission, seed, change) for change in ((Write, "new"), (Delete,)) for play in (deaf_writer, never_had_it)],
        lambda: (
            shown_and_kept(submission, seed),
            answers_cross(submission, seed),
            *[overtaking(submission, seed + more) for more in range(3)],
        ),
        lambda: (old_copies(submission, seed), heard_and_not_shown(submission, seed)),
        lambda: (
            *[one_by_one(submission, seed, values) for values in ((0, "", None, (), False), (0, "0", None, "None", False))],
            all_in_turn(submission, seed),
            long_sync(submission, seed),
            five_and_one(submission, seed),
        ),
    )
    scenes[turn]()
    away_during(submission, seed, (3, 3, 4, 3, 3, 5, 3, 3)[turn], (Delete, Write)[turn // 4], ("cut", "down", "deaf", "paused")[turn % 4])
    for number, torn in enumerate(TORN):
        if number % 4 == turn % 4:
            half_a_step_in_ap(submission, seed, *torn, ((Write, "new"), (Delete,))[turn // 4])
    if turn % 2:
        wild(submission, seed)
