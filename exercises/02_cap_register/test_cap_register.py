"""Public checks. Reading them is part of the exercise: they say what must hold, and how it is tried."""

from cap_register_protocol import Delete, Read, Write

from harness.checks.availability import in_time, refused, serves_without
from harness.checks.convergence import converges, nothing_comes_back, nothing_lost
from harness.checks.register import as_one_machine
from harness.testing import Call, Faults, Holds, Partition, Spec, World, names, scenarios, verify

DEADLINE_MS = 500
SYNC_MS = 100
SETTLE_MS = 20 * SYNC_MS  # by then AP replicas that can talk are alike
ADAPT_MS = 20 * DEADLINE_MS  # by then CP replicas have noticed who can be reached
FALSY = (0, "", None, False, ())


def group(seed):
    """Names of a group; with three seeds in a row it has three, four and five replicas."""
    return names(seed, 3 + seed % 3)


def replicas(submission, ids, mode):
    """A group of replicas, who all know each other."""
    given = {"mode": mode, "deadline_ms": DEADLINE_MS, "sync_ms": SYNC_MS}
    return tuple(Spec(name, submission.Replica, given, tuple(peer for peer in ids if peer != name)) for name in ids)


def world(submission, seed, ids, mode, happenings, **faults):
    """A run that ends a while after the last of its happenings."""
    until_ms = max(item.at_ms for item in happenings) + 3 * DEADLINE_MS
    return World(replicas(submission, ids, mode), seed, Faults(happenings=tuple(happenings), **faults), until_ms=until_ms)


def asked(*asks):
    """Questions, each (at_ms, to, kind, *value), each of another client."""
    return [Call(f"c{number}", at_ms, to, kind(number, *value)) for number, (at_ms, to, kind, *value) in enumerate(asks, 1)]


def everybody_reads(ids, at_ms):
    return [(at_ms, name, Read) for name in ids]


def alone(ids):
    """The network is cut into single machines."""
    return tuple((name,) for name in ids)


# --- AP: always answers ---


@scenarios(3)
def test_ap_answers(submission, seed):
    ids = group(seed)
    asks = [(1_000 + 10 * place, name, Write, value) for place, (name, value) in enumerate(zip(ids, FALSY, strict=False))]
    asks += everybody_reads(ids, 2_000)
    happenings = [Partition(alone(ids), 0), *asked(*everybody_reads(ids, 500), *asks)]
    judges = in_time(DEADLINE_MS, everyone=True), Holds("what is written is there", nothing_lost)
    verify(world(submission, seed, ids, "AP", happenings), *judges)
    calm = asked((1_000, ids[0], Write, "blue"), (2_000, ids[0], Read), (2_000, ids[1], Read))
    verify(world(submission, seed, ids, "AP", calm), *judges)


@scenarios(3)
def test_ap_converges(submission, seed):
    ids = group(seed)
    writer = ids[seed % len(ids)]
    for cut in (((writer,), tuple(name for name in ids if name != writer)), alone(ids)):
        asks = [(1_000, writer, Write, "blue"), *everybody_reads(ids, 2_000), *everybody_reads(ids, 3_000 + SETTLE_MS)]
        happenings = [Partition(cut, 500, 3_000), *asked(*asks)]
        verify(world(submission, seed, ids, "AP", happenings), converges(ids, 3_000 + SETTLE_MS), in_time(DEADLINE_MS, everyone=True))


@scenarios(4)
def test_ap_siblings(submission, seed):
    ids = group(seed)
    cut = alone(ids) if seed % 2 else (ids[:2], ids[2:])
    writers = ids if seed % 2 else (ids[0], ids[2])
    values = ["blue", "red", "green", "white", "black"]
    asks = [(1_000 + 10 * place, name, Write, values[place]) for place, name in enumerate(writers)]
    healed = 2_000 + SETTLE_MS
    asks += [*everybody_reads(ids, healed), (healed + 500, ids[-1], Write, "gold"), (healed + 600, ids[-1], Read)]
    ends = healed + 600 + SETTLE_MS
    asks += [*everybody_reads(ids, ends), (ends + 500, ids[0], Delete), *everybody_reads(ids, ends + 500 + SETTLE_MS)]
    judges = Holds("siblings stay", nothing_lost), Holds("what was replaced is over", nothing_comes_back)
    for until in (healed, ends, ends + 500 + SETTLE_MS):  # first the siblings alone, then the write, then the delete
        kept = [ask for ask in asks if ask[0] <= until]
        run = world(submission, seed, ids, "AP", [Partition(cut, 500, 2_000), *asked(*kept)])
        verify(run, *judges, converges(ids, until))


# --- CP: as one machine, or not at all ---


@scenarios(6)
def test_cp_reads_writes(submission, seed):
    ids = group(seed)
    values = [9, "blue", 1, *FALSY, 5]
    asks = [(ADAPT_MS, ids[0], Read)]
    for place, value in enumerate(values):
        at_ms = ADAPT_MS + 2_000 * (place + 1)
        asks += [(at_ms, ids[place % len(ids)], Write, value), (at_ms + 1_000, ids[(place + 1 + seed) % len(ids)], Read)]
    asks += [(at_ms + 2_000, ids[-1], Delete), *everybody_reads(ids, at_ms + 3_000)]
    happenings = asked(*asks)
    verify(world(submission, seed, ids, "CP", happenings), in_time(DEADLINE_MS, everyone=True), Holds("as one machine", as_one_machine))


@scenarios(3)
def test_cp_minority(submission, seed):
    """One minority after the other is cut off; both sides are asked, soon and late. At the end all are together again."""
    ids = group(seed)
    cuts = [ids[:2], ids[2:4], ids[4:]] if len(ids) == 5 else [(name,) for name in ids]
    happenings, asks, probes, cut_off, begin = [], [(ADAPT_MS, ids[0], Write, "first")], {}, [], ADAPT_MS + 1_000
    for number, few in enumerate(cuts):
        many = tuple(name for name in ids if name not in few)
        happenings.append(Partition((few, many), begin, begin + ADAPT_MS + 6_000))
        late = begin + ADAPT_MS
        asks += [(begin + 100, few[0], Write, f"soon {number}"), (begin + 900, many[0], Read), (begin + 1_600, few[0], Read)]
        first = len(asks) + 1
        asks += [(late, many[0], Write, f"late {number}"), (late + 1_000, many[-1], Read)]
        probes[frozenset(few)] = [(f"c{place}", place) for place in range(first, len(asks) + 1)]
        cut_off += [(f"c{place}", place) for place in (len(asks) + 1, len(asks) + 2)]
        asks += [(late + 2_000, few[0], Read), (late + 2_800, few[-1], Write, f"few {number}"), (late + 4_000, many[0], Read)]
        begin += ADAPT_MS + 7_000
    last = len(asks) + 1
    asks += [(begin + ADAPT_MS + 1_000 * place, name, Read) for place, name in enumerate(ids)]
    happenings += asked(*asks)
    together = [(f"c{place}", place) for place in range(last, len(asks) + 1)]
    run = world(submission, seed, ids, "CP", happenings)
    judges = in_time(DEADLINE_MS, together), serves_without(DEADLINE_MS, probes), refused(cut_off)
    verify(run, Holds("as one machine", as_one_machine), *judges)
