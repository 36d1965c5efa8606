"""Hidden checks of the bank.

Most runs here have three replicas a, b, c, of which a leads first, and a network in which every message takes 5 ms: a is elected at
310 ms, sends its heartbeats at 1,410, 1,510, …, and gets ann's first request at 1,455 ms. Programs with other habits are tried by the
same schedules, only less sharply.
"""

import random

from bank_protocol import Audit, BalanceOf, Customer, Deposit, Transfer

from harness.checks.bank import CountedOnce, OneAnswer, said, word_of
from harness.checks.bank_answers import answered, books_agree, conserved, decided, everybody_is_told, undecided
from harness.checks.bank_model import like_one_machine
from harness.testing import (
    Bounds,
    Broken,
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
    PromiseBroken,
    Rule,
    Spec,
    World,
    chaos,
    names,
    play_one,
    replace,
    scenarios,
    variant,
    verify,
    verify_every_order,
)

HEARTBEAT_MS = 100
ELECTION_MS = (300, 600)
RETRY_MS = 400
MOST_EVENTS = 160_000
BEGIN_MS = 1_450
EXACT = Faults(latency_ms=(5, 5))


def world(nodes, seed, faults=Faults(), until_ms=30_000):
    """A world whose nodes come to rest, or are stopped: ten times as many events as a run here should need."""
    return World(nodes, seed, faults, until_ms, max_events=MOST_EVENTS)


def verify_soon(run, soon_ms, *properties):
    """Verify a run, and end it at `soon_ms` if everybody has been told by then: only slower programs than ours need the rest."""
    try:
        verify(replace(run, until_ms=soon_ms), *properties)
    except PromiseBroken as broken:
        if broken.broken.code not in ("never_told", "not_told", "told_otherwise"):
            raise
        verify(run, *properties)


def replicas(submission, ids, patience=None, heartbeat_ms=HEARTBEAT_MS):
    """A bank. The first replica is less patient than the others, so that it is likely to lead first."""
    patience = patience or [300, *range(450, 450 + 50 * len(ids), 50)]
    given = {name: {"election_ms": _range(patience[place]), "heartbeat_ms": heartbeat_ms} for place, name in enumerate(ids)}
    return tuple(Spec(name, submission.Bank, given[name], tuple(peer for peer in ids if peer != name)) for name in ids)


def _range(patience):
    return patience if isinstance(patience, tuple) else (patience, patience)


def customer(name, ids, start_ms, *requests, retry_ms=RETRY_MS):
    """Somebody who asks for one thing after the other, beginning at the first of these replicas."""
    return Spec(name, Customer, {"requests": requests, "replicas": ids, "start_ms": start_ms, "retry_ms": retry_ms}, ())


def told(name, **words):
    """What a customer is told: `told("ann", a1="Done", a2="funds")`."""
    return [decided(name, key, word) for key, word in words.items()]


def ask_all(name, ids, at_ms, *requests):
    """Somebody asks every replica for the same things, whatever it hears; and again and again, for those that were busy electing."""
    return asked_again([at_ms + again_ms for again_ms in (0, 700, 3_000, 8_000)], ids, [(name, request) for request in requests])


def asked_again(rounds_ms, ids, asks):
    """Customers ask every replica, all at the same moment in the first round; in the others apart, so that nobody always comes second."""
    apart_ms = dict.fromkeys(rounds_ms[1:], 40)
    return [
        Call(who, at_ms + nth * apart_ms.get(at_ms, 0), node, ask)
        for at_ms in rounds_ms
        for node in ids
        for nth, (who, ask) in enumerate(asks)
    ]


def ranked(seed, size):
    """Names in ascending order, or the second of them first: a program that elects by name, or in turn, then elects as ours does."""
    ids, first = sorted(names(seed, size)), random.Random(f"ranked/{seed}").randrange(2)
    return (*ids[first:], *ids[:first])


def in_turn(seed, size, first):
    """Names in ascending order, from the one in place `first` on: for programs in which everybody leads in turn, by name."""
    ids = sorted(names(seed, size))
    return (*ids[first:], *ids[:first])


def without(ids, *away):
    return tuple(name for name in ids if name not in away)


# --- crashes between two effects ---


def anns(keys, tia, ben, zoe):
    """What ann asks for, under these six keys, with these three accounts."""
    return (
        Deposit(keys[0], tia, 10**6),
        Transfer(keys[1], tia, ben, 10**3),
        Transfer(keys[2], ben, zoe, 10**4),  # too much: refused, for good
        Deposit(keys[3], ben, 10**5),
        Transfer(keys[4], tia, tia, 10**2),
        Transfer(keys[5], tia, zoe, 10),
    )


ANNS = anns(("a1", "a2", "a3", "a4", "a5", "a6"), "tia", "ben", "zoe")
TAKEN = anns(("vote", "log", "term", "state", "books", ""), "vote", "log", "books")  # names that a disk may hold other things under
ODD = [anns("123456", *accounts) for accounts in (("_x", "", "total"), ("0", "bank", "None"), ("all", "kai ", "_x"))]  # as good as any


def with_crashes(submission, seed, size, *happenings, asks=ANNS):
    """ann moves money while things happen; later she asks for all of it again, and others look at the books."""
    ids = ranked(seed, size)
    ann = customer("ann", ids, BEGIN_MS, *asks)
    ina = customer("ina", (*ids[1:], *ids[:1]), 3_500, Audit("i1"), BalanceOf("i2", asks[1].target))
    again = [Call("ann", 5_600, node, ask) for node in ids for ask in asks]
    ron = customer("ron", ids, 5_700, Audit("r1"), Deposit("r2", "tia", 10**8), Audit("r3"))
    run = world((*replicas(submission, ids), ann, ina, ron), seed, EXACT.plus(*happenings, *again), 17_500)
    right = [decided("ann", ask.key, "funds" if ask is asks[2] else "Done") for ask in asks]
    verify_soon(run, 6_400, CountedOnce(ids), *right, everybody_is_told(ids, unless=("eva", "uwe")))


def leader_crashes(submission, seed, at_ms, effects, down_ms):
    a = ranked(seed, 3)[0]
    with_crashes(submission, seed, 3, Crash(a, at_ms, down_ms, effects))


def follower_crashes(submission, seed, effects):
    """c is cut off, b says that it has a request, and crashes; a answers, and dies. What was answered is on b's disk, or nowhere."""
    a, b, c = ranked(seed, 3)
    cut = Partition(((c,), (a, b)), 1_452, 2_500)
    with_crashes(submission, seed, 3, cut, Crash(b, 1_459, 300, effects), Crash(a, 1_700, 3_000))


def follower_is_behind(submission, seed):
    """Several requests are under way. b has the last one in its log, does not know yet that it counts, and crashes; then a dies."""
    a, b, c = ranked(seed, 3)
    crowd = [Call("eva", at_ms, a, Deposit(f"{at_ms}", "kai", 10**nth)) for nth, at_ms in ((9, 1_456), (11, 1_466))]
    cut = Partition(((c,), (a, b)), 1_452, 2_500)
    with_crashes(submission, seed, 3, cut, *crowd, Crash(b, 1_478, 300), Crash(a, 1_700, 3_000))


def heir_crashes(submission, seed, effects):
    """a dies; b is elected, and crashes while it takes over."""
    a, b, _ = ranked(seed, 3)
    with_crashes(submission, seed, 3, Crash(a, 1_487, 2_000), Crash(b, 1_960, 60, effects))


def all_crash(submission, seed, at_ms, size=3):
    """The power fails for everybody at once, and again."""
    ids = ranked(seed, size)
    with_crashes(submission, seed, size, *[Crash(name, ms, 200) for name in ids for ms in (at_ms, 2_600)])


def returns_and_crashes(submission, seed, effects):
    """a comes back with what it wrote down while it was cut off, and crashes while it takes over the log of the others."""
    a, b, c = ranked(seed, 3)
    lonely = [Call("eva", 2_100 + 50 * nth, a, Deposit(f"{nth}", "kai", 10**nth)) for nth in range(5)]
    cut = Partition(((a,), (b, c)), 2_000, 2_900)
    lonely += [Call("uwe", 2_600, node, Deposit("u1", "zoe", 10**7)) for node in (b, c)]  # a does not hear of it
    with_crashes(submission, seed, 3, cut, *lonely, Crash(a, 2_902, 100, effects), Crash(b, 3_100, 1_900))


def heir_tells_a_part(submission, seed):
    """b has just been elected by c, who slept, and dies while it brings c up to date; a comes back, and has all that was answered."""
    a, b, c = ids = ranked(seed, 3)
    ann = customer("ann", ids, BEGIN_MS, *[Deposit(f"{power}", "tia", 10**power) for power in range(9)])
    away = [Crash(c, 1_440, 460), Partition(((a,), (b, c)), 1_646, 2_300), Crash(b, 2_130, None)]
    eva = customer("eva", (c, a), 5_000, Audit("e1"))
    run = world((*replicas(submission, ids), ann, eva), seed, EXACT.plus(*away), 18_000)
    verify_soon(run, 6_500, CountedOnce(ids), everybody_is_told(ids))


def sleeper_confirms_and_restarts(submission, seed):
    """b is down, and c, which slept, is brought up to date and confirms one request more. Then a dies, and c restarts: b comes back."""
    a, b, c = ids = ranked(seed, 3)
    ann = customer("ann", ids, BEGIN_MS, *[Deposit(f"{power}", "tia", 10**power) for power in range(9)])
    away = [Crash(c, 1_440, 560), Crash(b, 1_900, 600), Crash(c, 2_040, 100), Crash(a, 2_040, None)]
    ron = Call("ron", 2_003, a, Deposit("r1", "ben", 1))
    eva = customer("eva", (c, b), 5_000, Audit("e1"))
    run = world((*replicas(submission, ids), ann, eva), seed, EXACT.plus(*away, ron), 18_000)
    verify_soon(run, 6_500, CountedOnce(ids), everybody_is_told(ids, unless=("ron",)))


def one_is_missing(submission, seed):
    """What a says about one request is lost, what it says about the next is not; then a dies. The bank goes on without the one."""
    a, b, c = ids = ranked(seed, 3)
    ann = customer("ann", ids, BEGIN_MS, Deposit("a1", "tia", 1_000))
    asks = [Call("uwe", at_ms, a, Deposit(f"{nth}", "kai", 10**nth)) for nth, at_ms in enumerate((1_806, 1_812))]
    lost = tuple(Rule(Drop(), sender=a, to=to, from_ms=1_810, until_ms=1_814) for to in (b, c))
    ron = customer("ron", (b, c), 3_500, Deposit("r1", "ben", 10), Audit("r2"))
    faults = Faults((5, 5), happenings=(*asks, Crash(a, 1_826, None)), rules=lost)
    run = world((*replicas(submission, ids), ann, ron), seed, faults, 17_000)
    verify_soon(run, 5_500, CountedOnce(ids), everybody_is_told(ids, unless=("uwe",)))


def hears_of_it_from_others(submission, seed):
    """c does not hear a, and of what b may pass on to it some is lost. Then c hears a again, a dies, and b restarts: c has to lead."""
    a, b, c = ids = ranked(seed, 3)
    ann = customer("ann", ids, BEGIN_MS, *[Deposit(f"{power}", "tia", 10**power) for power in range(9)])
    away = [OneWayCut((a,), (c,), 1_440, 1_800), Crash(a, 2_150, None), Crash(b, 2_300, 200)]
    lost = Rule(Drop(), sender=b, to=c, from_ms=1_500, until_ms=1_560)
    eva = customer("eva", (c, b), 4_500, Audit("e1"))
    run = world((*replicas(submission, ids), ann, eva), seed, Faults((5, 5), happenings=tuple(away), rules=(lost,)), 17_000)
    verify_soon(run, 6_000, CountedOnce(ids), everybody_is_told(ids))


def past_after_a_restart(submission, seed, first):
    """What was told c while it was down arrives after its next restart, while nobody else speaks; c alone knows what ron was answered."""
    a, b, c = ids = in_turn(seed, 3, first)
    ann = customer("ann", ids, BEGIN_MS, *[Deposit(f"{power}", "tia", 10**power) for power in range(4)])
    ron = [Call("ron", 3_350 + 10 * nth, b, Deposit(f"r{nth}", "ben", 10**nth)) for nth in range(4)]
    late = tuple(Rule(Deliver(late_ms), sender=who, to=c, from_ms=1_440, until_ms=1_530) for who, late_ms in ((a, 2_230), (b, 2_070)))
    away = [
        Crash(c, 700, 2_300),
        Partition(((a,), (b,)), 2_000, 2_700),
        Partition(((a,), (b, c)), 3_300, 3_700),
        Crash(b, 3_450, None),
        Crash(c, 3_455, 50),
    ]
    eva = customer("eva", (c, a), 6_000, Audit("e1"))
    faults = Faults((5, 5), happenings=(*away, *ron), rules=late)
    run = world((*replicas(submission, ids), ann, eva), seed, faults, 20_000)
    verify_soon(run, 8_000, CountedOnce(ids), everybody_is_told(ids, unless=("ron",)))


def accepted_and_overwritten(submission, seed):
    """For registers without a leader: a heard of b's change, not of the round before it, and restarts. Then c's older change arrives."""
    a, b, c = ids = sorted(names(seed, 3))
    asks = [Call("ann", 1_450, c, Deposit("a1", "tia", 10)), Call("ron", 1_500, b, Deposit("r1", "ben", 100))]
    rules = [Rule(Deliver(565), sender=c, to=a, from_ms=1_463, until_ms=1_468), Rule(Drop(), sender=c, to=b, from_ms=1_463, until_ms=1_468)]
    rules += [Rule(Drop(), sender=b, to=a, from_ms=1_950, until_ms=1_959), Rule(Drop(), sender=b, to=c, from_ms=1_963, until_ms=2_100)]
    eva = customer("eva", (c, a), 4_000, Audit("e1"))
    happenings = (Crash(a, 2_000, 20), Crash(b, 2_040, None), *asks)
    run = world((*replicas(submission, ids), eva), seed, Faults((5, 5), happenings=happenings, rules=tuple(rules)), 17_000)
    verify_soon(run, 5_500, CountedOnce(ids), everybody_is_told(ids, unless=("ann", "ron")))


def accepted_by_two_of_five(submission, seed):
    """For registers without a leader: a's change gets the word of all five to begin with, and then reaches b alone. Both die."""
    a, b, *others = ids = names(seed, 5)
    rules = [Rule(Drop(), sender=a, to=name, from_ms=1_463, until_ms=1_600) for name in others]
    happenings = (Call("ann", 1_450, a, Deposit("a1", "tia", 10)), Crash(a, 1_490, None), Crash(b, 1_490, None))
    eva = customer("eva", others, 4_000, Audit("e1"))
    run = world((*replicas(submission, ids), eva), seed, Faults((5, 5), happenings=happenings, rules=tuple(rules)), 17_000)
    verify_soon(run, 5_500, CountedOnce(ids), everybody_is_told(ids, unless=("ann",)))


def votes_and_crashes(submission, seed, at_ms, effects):
    """b votes for a and crashes; c, which cannot hear a, asks b for its vote in the same term."""
    a, b, c = ids = ranked(seed, 3)
    late = (Rule(Deliver(45), sender=c, to=b, nth=1),)
    asks = [customer("ann", ids, 500, *ANNS), customer("ron", (c, b, a), 500, Deposit("r1", "kai", 10), Deposit("r2", "kai", 100))]
    asks += [customer("ina", (c, a, b), 3_500, Audit("i1")), customer("eva", ids, 3_500, Audit("e1"))]
    faults = Faults((5, 5), happenings=(Partition(((a,), (c,)), 0, 2_000), Crash(b, at_ms, 20, effects)), rules=late)
    run = world((*replicas(submission, ids, (300, 2_000, 302)), *asks), seed, faults, 16_000)
    verify_soon(run, 8_000, CountedOnce(ids), everybody_is_told(ids))


def votes_and_forgets(submission, seed, asked_ms, first, patience, effects):
    """c helps b to be elected, crashes, and is back at once. Then a, which nobody has told, asks c to store something. Later all restart.

    Args:
        asked_ms: when c hears that b wants to lead.
        first: see `in_turn`.
        patience: that of b.
    """
    a, b, c = ids = in_turn(seed, 3, first)
    ann = customer("ann", ids, BEGIN_MS, Deposit("a1", "tia", 10**6))
    uwe = [Call("uwe", 2_390 + 20 * nth, a, Deposit(f"u{nth}", "ben", 10**nth)) for nth in range(3)]
    away = [
        Partition(((a,), (b,)), 1_950, 4_000),
        Crash(c, asked_ms + 1 if effects is None else asked_ms - 15, 1, effects),
        OneWayCut((b,), (c,), asked_ms + 2, 2_480),  # b leads by now, and c does not hear of it
        *[Crash(name, 4_300, 100) for name in ids],
    ]
    books = [customer("ina", (b, c, a), 3_500, Audit("1")), customer("eva", (c, b, a), 5_000, Audit("1"))]
    run = world((*replicas(submission, ids, (300, patience, 500)), ann, *books), seed, EXACT.plus(*away, *uwe), 17_000)
    verify_soon(run, 6_000, CountedOnce(ids), everybody_is_told(ids, unless=("uwe",)))


def promises_and_forgets(submission, seed, at_ms, effects):
    """For registers without a leader: c is in the middle of a's change when it promises b a later one, and restarts."""
    a, b, c = ids = in_turn(seed, 3, 0)
    asks = [Call("ann", 1_450, a, Deposit("a1", "tia", 10)), Call("ron", 1_456, b, Deposit("r1", "tia", 100))]
    eva = customer("eva", (c, b, a), 4_000, Audit("e1"))
    faults = EXACT.plus(Partition(((a,), (b,)), 1_000, 3_000), Crash(c, at_ms, 1, effects), *asks)
    verify_soon(
        world((*replicas(submission, ids), eva), seed, faults, 17_000),
        5_500,
        CountedOnce(ids),
        everybody_is_told(ids, unless=("ann", "ron")),
    )


def one_alone_crashes(submission, seed, at_ms, effects):
    (a,) = names(seed, 1)
    with_crashes(submission, seed, 1, Crash(a, at_ms, 60, effects), Crash(a, 3_400, 60), asks=TAKEN if effects % 2 else ODD[effects // 2])


def every_order_alone(submission, seed):
    """A single replica: every order of a deposit, its copy, and an audit, a crash after any effect."""
    (a,) = ids = names(seed, 1)
    asks = (*[Deposit("1", "tia", 1_000)] * 2, Audit("2"))
    calls = [Call("ann", 0, a, request) for request in asks]
    run = world(replicas(submission, ids), seed, Faults(happenings=tuple(calls)))
    bounds = Bounds(crashes=1, timers=2, states=8_000)
    # that the audit is answered is not asked for: who waits by many short timers does not come to lead within these bounds
    verify_every_order(run, CountedOnce(ids), bounds=bounds)


CRASHES = [
    *[(leader_crashes, 1_454, effects, None) for effects in (1, 3)],  # a deposit arrives
    *[(leader_crashes, 1_474, effects, None) for effects in range(1, 5)],  # a transfer arrives
    *[(leader_crashes, 1_464, effects, 100) for effects in range(2)],  # the word of a follower arrives
    *[(leader_crashes, 305, effects, 3_000) for effects in range(1, 4)],
    *[(leader_crashes, at_ms, None, None) for at_ms in (1_457, 1_462, 1_467, 1_482, 1_517)],
    *[(leader_crashes, at_ms, None, 1) for at_ms in (1_460, 1_480)],  # back before the words of the followers arrive
    *[(follower_crashes, effects) for effects in range(1, 6)],
    (follower_is_behind,),
    *[(heir_crashes, effects) for effects in range(1, 7)],
    *[(returns_and_crashes, effects) for effects in range(1, 7)],
    (heir_tells_a_part,),
    (sleeper_confirms_and_restarts,),
    (one_is_missing,),
    (hears_of_it_from_others,),
    (past_after_a_restart, 0),
    (past_after_a_restart, 1),
    (accepted_and_overwritten,),
    (accepted_by_two_of_five,),
    (votes_and_crashes, 312, None),
    *[(votes_and_crashes, 300, effects) for effects in (1, 2)],
    *[(votes_and_forgets, *when, effects) for when in ((2_370, 0, 450), (2_345, 1, 360)) for effects in (3, None)],
    (promises_and_forgets, 1_462, 1),
    (promises_and_forgets, 1_467, None),
    *[(all_crash, at_ms) for at_ms in (1_467, 1_487, 1_506, 1_575)],
    *[(one_alone_crashes, at_ms, effects) for at_ms in (1_454, 1_464) for effects in range(5)],
    (every_order_alone,),
]


@scenarios(len(CRASHES))
def test_crash_anywhere(submission, seed):
    play_one(submission, seed, CRASHES)


# --- yesterday's leader ---


def still_asked(submission, seed, *more, both=True):
    """a is cut off and does not know that b leads by now; customers ask it all the same."""
    a, b, c = ids = ranked(seed, 3)
    away = [Partition(((a,), (b, c)), 2_000, 7_000)] if both else [OneWayCut((b, c), (a,), 2_000, 7_000)]
    ann = customer("ann", ids, BEGIN_MS, Deposit("a1", "tia", 10**6), Transfer("a2", "tia", "ben", 10))
    ron = customer("ron", (b, c, a), 4_000, Transfer("r1", "tia", "ben", 10**3), Deposit("r2", "zoe", 10**5))
    reads = [Call(f"reader {at_ms}", at_ms, a, ask) for at_ms in (2_100, 5_000, 6_500) for ask in (BalanceOf("b", "tia"), Audit("a"))]
    writes = [Call("ina", at_ms, a, Deposit("i1", "zoe", 10**7)) for at_ms in (5_200, 5_900)]
    writes += [Call("ina", 5_600, a, Transfer("i2", "tia", "zoe", 10**4))]
    late = ask_all("ina", ids, 9_000, Deposit("i1", "zoe", 10**7), Transfer("i2", "tia", "zoe", 10**4))
    last = [customer("uwe", (b, c, a), 7_500, Audit("u1")), customer("eva", ids, 10_000, Audit("e1"))]
    faults = EXACT.plus(*away, *reads, *writes, *late, *more)
    run = world((*replicas(submission, ids), ann, ron, *last), seed, faults, 21_000)
    readers = {call.client for call in reads} | {"ina"}
    heard = [answered("ina", key, 21_000, 9_000, "Done") for key in ("i1", "i2")]
    right = [*told("ann", a1="Done", a2="Done"), *told("ron", r1="Done", r2="Done")]
    # with one direction cut, a may go on leading, and then nobody can be answered before the cut heals
    verify_soon(run, 10_600, CountedOnce(ids), *right, everybody_is_told(ids, unless=readers), *heard, like_one_machine(ids))


def clock_set_back(submission, seed):
    """As before, and the clock of the old leader is set back: what it thinks is fresh is not."""
    a = ranked(seed, 3)[0]
    still_asked(submission, seed, ClockStep(a, 2_500, -60_000), ClockStep(a, 4_900, -60_000))


def one_way(submission, seed):
    still_asked(submission, seed, both=False)


def at_the_change(submission, seed, again_ms=(), held_ms=None, restarts=False):
    """a is cut off, and asked again and again while b comes to lead and others move money.

    Args:
        again_ms: so much later, what the others told a last comes again.
        held_ms: the very last thing that they told a arrives only so much later.
        restarts: a second before it is cut off, a is switched off and on, and comes to lead once more.
    """
    a, b, c = ids = ranked(seed, 3)
    shift_ms = 1_000 if restarts else 0
    ann = customer("ann", ids, BEGIN_MS, Deposit("a1", "tia", 10**6))
    ron = customer("ron", (b, c), 2_350 + shift_ms, *[Transfer(f"r{nth}", "tia", "ben", 10**nth) for nth in range(5)], retry_ms=100)
    reads = [*(range(1_850, 1_950, 5) if restarts else (1_908, 1_978)), *range(2_300 + shift_ms, 3_300 + shift_ms, 40)]
    asks = [Call("ina", at_ms, a, BalanceOf(f"{at_ms}", "tia")) for at_ms in reads]
    asks += [Call("ina", at_ms + shift_ms, a, Deposit("i1", "kai", amount)) for at_ms, amount in ((2_710, 10**8), (2_750, 10**9))]
    last_words = [Rule(Deliver(held_ms), sender=who, to=a, from_ms=1_986, until_ms=1_990) for who in (b, c) if held_ms]
    last_words += [Rule(Deliver(5, again_ms), sender=who, to=a, from_ms=1_850, until_ms=1_990) for who in (b, c)]
    silence = [
        Rule(Drop(), sender=who, to=to, from_ms=1_990 + shift_ms, until_ms=4_000 + shift_ms) for who, to in ((a, b), (a, c), (b, a), (c, a))
    ]
    eva = customer("eva", ids, 5_000 + shift_ms, Audit("e1"))
    crash = [Crash(a, 2_000, 10)] if restarts else []
    faults = Faults((5, 5), happenings=(*crash, *asks), rules=(*last_words, *silence))
    run = world((*replicas(submission, ids), ann, ron, eva), seed, faults, 18_000)
    unsure = undecided("ina", "i1", 4_000 + shift_ms)  # a cannot know which of the two stands under i1, if any
    verify_soon(run, 6_000 + shift_ms, CountedOnce(ids), unsure, everybody_is_told(ids, unless=("ina",)))


def promise_is_over(submission, seed, restarts):
    """b has not heard a for a while, c has. With c's vote b leads as soon as c may give it, and a is asked what it knows.

    Args:
        restarts: c is switched off and on in between; otherwise it has not heard a for a while, either.
    """
    a, b, c = ids = ranked(seed, 3)
    ann = customer("ann", ids, BEGIN_MS, Deposit("a1", "tia", 10**6))
    ron = customer("ron", (b,), 2_371, *[Transfer(f"r{nth}", "tia", "ben", 10**nth) for nth in range(3)], retry_ms=80)
    asks = [Call("ina", at_ms, a, BalanceOf(f"{at_ms}", "tia")) for at_ms in range(2_386, 2_516, 10)]
    cut_ms = 2_322 if restarts else 2_050
    happenings = [OneWayCut((a,), (b,), 1_950, cut_ms), Partition(((a,), (b, c)), cut_ms, 4_000)]
    happenings += [Crash(c, 2_325, 10)] if restarts else []
    eva = customer("eva", ids, 5_000, Audit("e1"))
    run = world((*replicas(submission, ids), ann, ron, eva), seed, EXACT.plus(*happenings, *asks), 17_000)
    verify_soon(run, 6_000, CountedOnce(ids), everybody_is_told(ids, unless=("ina", "ron")))


def as_soon_as_may_be(submission, seed):
    """In a fast network four replicas do not hear a any more; one after the other tries to lead, and is elected as soon as it may be.

    a, which was elected when all began to hear one another, is asked what it knows, before and after. Nothing is owed to anybody:
    they are too hasty for that.
    """
    a, *others = ids = ranked(seed, 5)
    ann = customer("ann", ids, 1_000, Deposit("a1", "tia", 10**90))
    hours = enumerate(range(1_530, 1_850, 4))
    asks = [Call("ron", at_ms, name, Transfer(f"{at_ms}", "tia", "ben", 10**nth)) for nth, at_ms in hours for name in others]
    asks += [Call("ina", at_ms, a, BalanceOf(f"{at_ms}", "tia")) for at_ms in range(1_530, 1_880, 3)]
    away = (Partition(tuple((name,) for name in ids), 0, 900), Partition(((a,), others), 1_400, 2_000))
    faults = Faults((1, 1), happenings=(*away, *asks))
    nodes = replicas(submission, ids, (25, 31, 33, 35, 37), heartbeat_ms=20)
    verify(world((*nodes, ann), seed, faults, 1_900), CountedOnce(ids))


def asked_at_once(submission, seed):
    """ann asks for one thing after the other, and others ask the followers all the while what is on her account."""
    ids = ranked(seed, 3)
    ann = customer("ann", ids, BEGIN_MS, *[Deposit(f"{power}", "tia", 10**power) for power in range(9)])
    asks = [Call("ina", at_ms, name, BalanceOf(f"{at_ms} {name}", "tia")) for at_ms in range(1_460, 1_700, 12) for name in ids[1:]]
    eva = customer("eva", ids, 3_000, Audit("e1"))
    run = world((*replicas(submission, ids), ann, eva), seed, EXACT.plus(*asks), 15_000)
    verify_soon(run, 4_000, CountedOnce(ids), everybody_is_told(ids, unless=("ina",)))


def long_night(submission, seed):
    """For more than a minute nobody hears anybody; then all do."""
    a, b, c = ids = ranked(seed, 3)
    ann = customer("ann", ids, BEGIN_MS, Deposit("a1", "tia", 10))
    ron = customer("ron", (b, c, a), 81_500, Deposit("r1", "tia", 100), Audit("r2"))
    run = world((*replicas(submission, ids), ann, ron), seed, EXACT.plus(Partition(((a,), (b,), (c,)), 2_000, 81_000)), 94_000)
    verify_soon(run, 84_000, CountedOnce(ids), everybody_is_told(ids))


def elected_and_unheard(submission, seed):
    """a has just been elected, and nobody hears it. c, which was cut off, is elected by b; a is asked what it knows."""
    a, b, c = ids = ranked(seed, 3)
    cuts = [Partition(((c,), (a, b)), 0, 440), OneWayCut((a,), (b, c), 307, 2_000), OneWayCut((c,), (a,), 440, 2_000)]
    ron = customer("ron", (c,), 462, *[Deposit(f"r{nth}", "tia", 10**nth) for nth in range(3)], retry_ms=80)
    asks = [Call("ina", at_ms, a, BalanceOf(f"{at_ms}", "tia")) for at_ms in range(480, 600, 4)]
    eva = customer("eva", ids, 4_000, Audit("e1"))
    run = world((*replicas(submission, ids, (300, 1_000, 150)), ron, eva), seed, EXACT.plus(*cuts, *asks), 23_000)
    verify_soon(run, 5_000, CountedOnce(ids), everybody_is_told(ids, unless=("ina", "ron")))


def seen_and_gone(submission, seed):
    """What a wrote down reached b only. b is asked, before and after it comes to lead, and dies: was what it said on enough disks?

    While they wait for a, the clocks of the others are set back by an hour; it is no hour until they elect somebody.
    """
    a, b, *others = ids = ranked(seed, 5)
    ann = customer("ann", ids, BEGIN_MS, Deposit("a1", "tia", 10**6))
    happenings = [
        *[Call("uwe", at_ms, a, Deposit(f"u{power}", "tia", 10**power)) for power, at_ms in ((1, 1_986), (2, 2_010))],
        Partition(((a,), others), 2_002, 9_000),
        Crash(a, 2_100, None),
        *[ClockStep(name, 2_110, -3_600_000) for name in ids[1:]],
        OneWayCut((b,), others, 2_422, 2_470),  # b is elected with their votes, and cannot tell them at once
        Crash(b, 2_600, None),
    ]
    asks = [Call("ina", at_ms, b, BalanceOf(f"{at_ms}", "tia")) for at_ms in (2_120, 2_220, *range(2_426, 2_596, 20))]
    eva = customer("eva", others, 4_000, Audit("e1"))
    patience = (300, 400, 1_000, 1_050, 1_100)
    run = world((*replicas(submission, ids, patience), ann, eva), seed, EXACT.plus(*happenings, *asks), 26_000)
    verify_soon(run, 5_500, CountedOnce(ids), everybody_is_told(ids, unless=("ina", "uwe")))


def tail_returns(submission, seed):
    """a gives up a long log of its own for a shorter one, and is switched off and on. What does it think it has?"""
    a, b, c = ids = ranked(seed, 3)
    ann = customer("ann", ids, BEGIN_MS, Deposit("a1", "tia", 10**6))
    lonely = [Call("ina", 2_100 + 50 * nth, a, Deposit(f"i{nth}", "zoe", 10 ** (7 + nth))) for nth in range(4)]
    ron = customer("ron", (b, c, a), 2_700, Transfer("r1", "tia", "ben", 10))
    uwe = customer("uwe", (b, a), 3_750, Transfer("u1", "tia", "ben", 100))
    happenings = [Partition(((a,), (b, c)), 2_000, 3_000), *lonely, Crash(a, 3_500, 100), OneWayCut((b,), (c,), 3_720, 4_000)]
    happenings += [Crash(b, 4_000, None)]
    eva = customer("eva", (a, c), 6_000, Audit("e1"))
    run = world((*replicas(submission, ids, (300, 450, 500)), ann, ron, uwe, eva), seed, EXACT.plus(*happenings), 18_000)
    verify_soon(run, 7_000, CountedOnce(ids), everybody_is_told(ids, unless=("ina", "uwe")))


def tail_is_replaced(submission, seed):
    """a gives up a long log of its own for a shorter one, while c hears nothing; then a is switched off and on, and b dies."""
    a, b, c = ids = ranked(seed, 3)
    ann = customer("ann", ids, BEGIN_MS, Deposit("a1", "tia", 10**6))
    lonely = [Call("ina", 2_100 + 50 * nth, a, Deposit(f"i{nth}", "zoe", 10 ** (7 + nth))) for nth in range(4)]
    ron = customer("ron", (b, c), 2_700, Transfer("r1", "tia", "ben", 10))
    uwe = customer("uwe", (b, a), 3_300, Transfer("u1", "tia", "ben", 100))
    cuts = [Partition(((a,), (b, c)), 2_000, 3_000), Partition(((c,), (a, b)), 3_000, 4_500)]
    eva = customer("eva", (a, c), 6_000, Audit("e1"))
    faults = EXACT.plus(*cuts, *lonely, Crash(a, 4_000, 100), Crash(b, 4_000, None))
    run = world((*replicas(submission, ids, (300, 450, 500)), ann, ron, uwe, eva), seed, faults, 18_000)
    verify_soon(run, 7_000, CountedOnce(ids), everybody_is_told(ids, unless=("ina", "ron", "uwe")))


def asleep(submission, seed):
    """The leader sleeps through an election, and finds questions when it wakes up."""
    a, b, c = ids = ranked(seed, 3)
    ann = customer("ann", ids, BEGIN_MS, Deposit("a1", "tia", 10**6), Transfer("a2", "tia", "ben", 10))
    ron = customer("ron", (b, c, a), 4_000, Transfer("r1", "tia", "ben", 10**3), Deposit("r2", "zoe", 10**5))
    asks = [
        Call("ina", 5_000, a, BalanceOf("i1", "tia")),
        Call("ina", 5_100, a, Audit("i2")),
        Call("ina", 5_200, a, Deposit("i3", "zoe", 10**7)),
    ]
    asks += ask_all("ina", ids, 9_000, BalanceOf("i1", "tia"), Audit("i2"), Deposit("i3", "zoe", 10**7))
    cut = OneWayCut((b, c), (a,), 1_999, 6_100)  # it hears nothing of the election when it wakes up
    faults = EXACT.plus(Pause(a, 2_000, 4_000), cut, *asks)
    run = world((*replicas(submission, ids), ann, ron), seed, faults, 20_000)
    heard = [answered("ina", key, 20_000, 9_000) for key in ("i1", "i2", "i3")]
    verify_soon(run, 10_200, CountedOnce(ids), everybody_is_told(ids, unless=("ina",)), *heard, like_one_machine(ids))


def left_over(submission, seed, deaf, alive, count):
    """a, cut off, writes down what nobody else has; the others go on; then a is back, and one of the others dies.

    Args:
        deaf: how many requests a gets while it is cut off.
        alive: who of b and c goes on with a afterwards.
        count: how many requests the others carry out meanwhile.
    """
    a, b, c = ids = ranked(seed, 3)
    ann = customer("ann", ids, BEGIN_MS, Deposit("a1", "tia", 10**12))
    lonely = [Call("ina", 2_100 + 50 * nth, a, Deposit(f"i{nth}", "zoe", 10**nth)) for nth in range(deaf)]
    ron = customer("ron", (b, c, a), 3_500, *[Transfer(f"r{nth}", "tia", "ben", 10**nth) for nth in range(count)])
    dead = b if alive == 2 else c
    happenings = [Partition(((a,), (b, c)), 2_000, 5_000), *lonely, Crash(dead, 5_002, 5_000)]
    ina = customer("eva", (*without(ids, dead), dead), 7_500, Audit("e1"), Deposit("e2", "ben", 10**6), Audit("e3"))
    late = ask_all("ina", ids, 11_500, *[Deposit(f"i{nth}", "zoe", 10**nth) for nth in range(deaf)])
    late += [Crash(without(ids, a, dead)[0], 10_500, 100), Crash(a, 10_600, None)]
    last = customer("uwe", (b, c), 12_000, Audit("u1"))
    run = world((*replicas(submission, ids), ann, ron, ina, last), seed, EXACT.plus(*happenings, *late), 23_500)
    owed = [answered("ina", f"i{nth}", 23_500, 11_500, "Done") for nth in range(deaf)]
    verify_soon(run, 12_800, CountedOnce(ids), everybody_is_told(ids, unless=("ina",)), *owed)


def leads_again(submission, seed, more=0):
    """a is cut off, writes down what nobody else has, follows b for a while, and leads again with what it remembers.

    Args:
        more: so many more requests a gets while it is cut off; then it is not switched off before it leads again, and b is gone for good.
    """
    a, b, c = ids = ranked(seed, 3)
    ann = customer("ann", ids, BEGIN_MS, Deposit("a1", "tia", 10**6))
    lonely = [
        Call("ina", 2_100 + 50 * nth, a, ask) for nth, ask in enumerate((Deposit("i1", "zoe", 10**4), Transfer("i2", "tia", "ben", 10)))
    ]
    ron = customer("ron", (b, c, a), 3_500, Transfer("r1", "tia", "ben", 10**3), Deposit("r2", "zoe", 10**5))
    lonely += [Call(f"uwe {nth}", 2_200 + 20 * nth, a, Transfer("1", "kai", "ben", 10 ** (9 + nth))) for nth in range(more)]
    happenings = [Partition(((a,), (b, c)), 2_000, 5_000), *lonely]
    happenings += [Crash(b, 6_000, None)] if more else [Crash(b, 6_000, 3_000), Crash(a, 7_500, 500)]
    books = [customer("eva", (a, c, b), 6_500, Audit("e1"), Transfer("e2", "tia", "zoe", 10**2), Audit("e3"))]
    late = ask_all("ina", ids, 10_000, Deposit("i1", "zoe", 10**4), Transfer("i2", "tia", "ben", 10))
    books += [customer("kai", (c, a, b), 8_200, Audit("k1")), customer("uwe", (c, b, a), 12_000, Audit("u1"))]
    run = world((*replicas(submission, ids), ann, ron, *books), seed, EXACT.plus(*happenings, *late), 23_500)
    owed = [answered("ina", key, 23_500, 10_000, "Done") for key in ("i1", "i2")]
    everybody = everybody_is_told(ids, unless=["ina", *[f"uwe {nth}" for nth in range(more)]])
    verify_soon(run, 12_500, CountedOnce(ids), conserved(ids), *owed, everybody, like_one_machine(ids))


def old_entries(submission, seed, survivor):
    """An entry of a's first term gets to c only when a leads again, while b has led in between and written down something else.

    Ongaro & Ousterhout 2014, figure 8, with three replicas: that a majority holds an entry of an old term does not keep it.

    Args:
        survivor: who goes on with b afterwards: "c" if a dies for good, or "a" if c does and a is switched off and on.
    """
    a, b, c = ids = ranked(seed, 3)
    alive = (b, c if survivor == "c" else a)
    happenings = [
        Partition(((a,), (b, c)), 2_000, 2_500),
        Call("ann", 2_100, a, Deposit("x", "tia", 10)),  # only a has it
        OneWayCut((b,), (c,), 2_372, 2_500),  # b has been elected with c's vote, but nobody hears of it
        Call("ron", 2_400, b, Deposit("y", "ben", 100)),  # only b has it
        Partition(((b,), (a, c)), 2_490, 5_500),
        *([Crash(a, 5_495, None)] if survivor == "c" else [Crash(a, 5_495, 100), Crash(c, 5_495, None)]),
    ]
    books = [customer("ina", alive, 6_800, Audit("i1")), customer("eva", alive, 10_000, Audit("e1"))]
    late = asked_again((8_500, 9_200, 11_500, 16_500), alive, [("ann", Deposit("x", "tia", 10)), ("ron", Deposit("y", "ben", 100))])
    run = world((*replicas(submission, ids, (300, 450, 1_500)), *books), seed, EXACT.plus(*happenings, *late), 21_500)
    owed = [answered("ann", "x", 21_500, 8_500, "Done"), answered("ron", "y", 21_500, 8_500, "Done")]
    verify_soon(run, 10_800, CountedOnce(ids), *owed, everybody_is_told(ids, unless=("ann", "ron")))


def other_entries_below(submission, seed):
    """a and b have both led alone, and have other entries in the same places; then b leads again, and says only what comes after them."""
    a, b, c = ids = ranked(seed, 3)
    happenings = [
        Partition(((a,), (b, c)), 2_000, 3_300),
        *[Call("ann", 2_100 + 50 * nth, a, Deposit(f"x{nth}", "tia", 10**nth)) for nth in range(2)],  # only a has them
        OneWayCut((b,), (c,), 2_372, 3_300),  # b has been elected with c's vote, but nobody hears of it
        Call("ron", 2_400, b, Deposit("y", "ben", 100)),  # only b has it
        Crash(b, 2_900, 100),
        Crash(b, 4_500, None),
    ]
    books = [customer("ina", (a, c), 6_500, Audit("i1")), customer("eva", (c, a), 10_000, Audit("e1"))]
    late = ask_all("ann", (a, c), 8_500, *[Deposit(f"x{nth}", "tia", 10**nth) for nth in range(2)])
    run = world((*replicas(submission, ids, (300, 450, 1_500)), *books), seed, EXACT.plus(*happenings, *late), 21_500)
    owed = [answered("ann", f"x{nth}", 21_500, 8_500, "Done") for nth in range(2)]
    verify_soon(run, 10_800, CountedOnce(ids), *owed, everybody_is_told(ids, unless=("ann", "ron")))


def two_of_five(submission, seed, size):
    """a and its only friend are fewer than half. What a tells its friend, often enough, is still no majority; later the friend leads."""
    a, b, *others = ids = ranked(seed, size)
    patience = (300, 350, *range(900, 900 + 50 * len(others), 50))
    ann = customer("ann", ids, BEGIN_MS, Deposit("a1", "tia", 10**6))
    lonely = [
        Call("ina", 2_100 + 50 * nth, a, ask) for nth, ask in enumerate((Deposit("i1", "zoe", 10**7), Transfer("i2", "tia", "ben", 10)))
    ]
    ron = customer("ron", (*others, a, b), 4_500, Transfer("r1", "tia", "ben", 10**3), Deposit("r2", "zoe", 10**5))
    away = Partition(((a, b), tuple(others)), 2_000, 7_000 if size > 4 else 4_400)
    lonely += [Call("reader", at_ms, name, BalanceOf(f"{at_ms} {name}", "tia")) for at_ms in (5_500, 6_500) for name in (a, b)]
    late = ask_all("ina", ids, 12_000, Deposit("i1", "zoe", 10**7))
    books = [customer("eva", (*others, a, b), 6_000, Audit("e1")), customer("uwe", ids[1:], 10_000, Audit("u1"))]
    faults = EXACT.plus(away, *lonely, *late, Crash(a, 7_200, 4_000), Crash(others[0], 8_000, 1_000))
    run = world((*replicas(submission, ids, patience), ann, ron, *books), seed, faults, 23_500)
    owed = answered("ina", "i1", 23_500, 12_000, "Done")
    verify_soon(
        run,
        12_800,
        CountedOnce(ids),
        *told("ann", a1="Done"),
        owed,
        everybody_is_told(ids, unless=("ina", "reader")),
        like_one_machine(ids),
    )


def group_of_two(submission, seed):
    """Two replicas cannot hear each other, and each is asked for the same money. Later each is switched off and on."""
    a, b = ids = ranked(seed, 2)
    ann = customer("ann", ids, BEGIN_MS, Deposit("a1", "tia", 100))
    asks = [
        Call(name, 3_000 + 300 * place, node, ask)
        for name, node in (("ron", a), ("ina", b))
        for place, ask in enumerate((Transfer("1", "tia", name, 100), Audit("2"), Audit("3")))
    ]
    books = [customer(name, order, at_ms, Audit("1")) for name, order, at_ms in (("eva", ids, 5_500), ("uwe", (b, a), 6_500))]
    away = [Partition(((a,), (b,)), 2_000, 4_500), Crash(a, 5_700, 500), Crash(b, 6_400, 500)]
    run = world((*replicas(submission, ids), ann, *books), seed, EXACT.plus(*away, *asks), 19_000)
    told_all = everybody_is_told(ids, unless=("ron", "ina"))
    verify_soon(run, 8_500, OneAnswer(ids), conserved(ids), told_all, like_one_machine(ids))


def fresh_leader(submission, seed, lost=None):
    """b has just been elected, and is asked at once: it has all that was answered in its log, but does not know yet that it has.

    Both b and c have named a as the leader before; whom do they name now?

    Args:
        lost: the messages of this name that it sends at first are lost, and others are not.
    """
    a, b, c = ids = ranked(seed, 3)
    ann = customer("ann", ids, BEGIN_MS, Deposit("a1", "tia", 10**6), Transfer("a2", "tia", "ben", 10))
    asks = [Call(f"reader {at_ms}", at_ms, b, BalanceOf("b", "ben")) for at_ms in range(1_942, 2_042, 10)]
    asks += [Call("reader", 1_430, name, BalanceOf(name, "ben")) for name in (b, c)]
    rules = (Rule(Drop(), sender=b, to=c, kind=lost, from_ms=1_900, until_ms=2_040),) if lost else ()
    faults = EXACT.plus(Crash(a, 1_487, None), OneWayCut((b,), (c,), 1_938, 1_944), *asks, rules=rules)
    books = [customer("ina", (a, b, c), 4_000, Audit("1")), customer("eva", (a, c, b), 4_000, Audit("1"))]
    run = world((*replicas(submission, ids), ann, *books), seed, faults, 16_000)
    verify_soon(run, 6_000, CountedOnce(ids), everybody_is_told(ids, unless=[call.client for call in asks]))


def stands_alone(submission, seed, first):
    """a is switched off and on while nobody hears it, and tries to lead again and again. What it is told are copies from the morning."""
    a, b, c = ids = in_turn(seed, 3, first)
    ann = customer("ann", ids, BEGIN_MS, *[Deposit(f"{power}", "tia", 10**power) for power in range(4)])
    ron = customer("ron", (b, c, a), 2_900, *[Deposit(f"{power}", "ben", 10**power) for power in range(4)], retry_ms=1_200)
    uwe = [Call("uwe", at_ms, a, Deposit("1", "zoe", 10**4)) for at_ms in range(2_100, 3_700, 100)]
    eva = customer("eva", (b, c, a), 5_500, Audit("1"))
    mornings = ((0, 420, tuple(range(2_100, 3_200, 50))), (1_460, 1_510, tuple(range(2_150, 2_250, 10))))
    rules = [Rule(Deliver(5, again), sender=who, to=a, from_ms=begin, until_ms=end) for who in (b, c) for begin, end, again in mornings]
    rules += [Rule(Drop(), sender=who, to=to, from_ms=2_000, until_ms=3_600) for who, to in ((a, b), (a, c), (b, a), (c, a))]
    run = world(
        (*replicas(submission, ids), ann, ron, eva),
        seed,
        Faults((5, 5), happenings=(Crash(a, 2_050, 10), *uwe), rules=tuple(rules)),
        18_000,
    )
    verify_soon(run, 7_000, CountedOnce(ids), undecided("uwe", "1", 3_600), everybody_is_told(ids, unless=("uwe",)))


def candidate_restarts(submission, seed, first):
    """b is cut off, and wants to lead; then it is switched off and on. It was not elected, and the others went on without it."""
    a, b, c = ids = in_turn(seed, 3, first)
    ann = customer("ann", ids, BEGIN_MS, *[Deposit(f"{power}", "tia", 10**power) for power in range(4)])
    ron = customer("ron", (a, c, b), 2_900, *[Deposit(f"{power}", "ben", 10**power) for power in range(4)])
    uwe = [Call("uwe", at_ms, b, Deposit("1", "zoe", 10**4)) for at_ms in range(2_100, 3_600, 100)]
    eva = customer("eva", (a, c, b), 5_500, Audit("1"))
    away = (Partition(((b,), (a, c)), 2_000, 3_600), Crash(b, 2_700, 10))
    run = world((*replicas(submission, ids), ann, ron, eva), seed, EXACT.plus(*away, *uwe), 18_000)
    verify_soon(run, 7_000, CountedOnce(ids), undecided("uwe", "1", 3_600), everybody_is_told(ids, unless=("uwe",)))


def two_sides(submission, seed):
    """a and c cannot hear each other, and b hears both. c is elected with b's vote; a is asked before it can know."""
    a, b, c = ids = ranked(seed, 3)
    ann = customer("ann", ids, BEGIN_MS, Deposit("a1", "tia", 10**6))
    ron = customer("ron", (c, a, b), 2_505, Transfer("r1", "tia", "ben", 10), Transfer("r2", "tia", "zoe", 100))
    asks = [Call(f"reader {at_ms}", at_ms, a, BalanceOf("b", "tia")) for at_ms in range(2_520, 2_760, 20)]
    faults = EXACT.plus(Partition(((a,), (c,)), 2_000, 5_000), *asks)
    ina = customer("ina", ids, 6_000, Audit("1"))
    run = world((*replicas(submission, ids), ann, ron, ina), seed, faults, 18_000)
    verify_soon(run, 8_500, CountedOnce(ids), everybody_is_told(ids, unless=[call.client for call in asks]))


def sleeper_hears_the_dead(submission, seed):
    """a brings c up to date and dies, and its words are late: they arrive when b leads and has answered with c's help. Then b dies."""
    a, b, c = ids = ranked(seed, 3)
    ann = customer("ann", ids, BEGIN_MS, *[Deposit(f"{power}", "tia", 10**power) for power in range(9)])
    asks = [Call("ron", 2_115, b, Deposit("r1", "ben", 1))]
    late = Rule(Deliver(440), sender=a, to=c, from_ms=1_660, until_ms=1_730)
    away = [Crash(c, 1_440, 260), Partition(((a,), (b,)), 1_646, 1_730), Crash(a, 1_732, 600), Crash(b, 2_182, None)]
    eva = customer("eva", (c, a), 5_000, Audit("e1"))
    run = world((*replicas(submission, ids), ann, eva), seed, Faults((5, 5), happenings=(*away, *asks), rules=(late,)), 18_000)
    verify_soon(run, 6_500, CountedOnce(ids), everybody_is_told(ids, unless=("ron",)))


def old_words_in_five(submission, seed):
    """a is cut off with b, who writes down what is lost later; b's words about that reach a when a leads again and only d hears it."""
    a, b, c, d, e = ids = ranked(seed, 5)
    ann = customer("ann", ids, BEGIN_MS, Deposit("a1", "tia", 10**6))
    lost = [Call("ron", 2_010 + 8 * nth, a, Deposit(f"{nth}", "kai", 10**nth)) for nth in range(9)]
    asks = [
        *lost,
        *[Call("ina", at_ms, c, Deposit("i1", "ben", 10)) for at_ms in (2_620, 2_700)],
        Call("uwe", 4_000, a, Deposit("u1", "zoe", 10**3)),
    ]
    late = Rule(Deliver(2_010), sender=b, to=a, from_ms=2_005, until_ms=2_100)
    cuts = [
        Partition(((a, b), (c, d, e)), 2_000, 2_900),
        Partition(((c,), (a, b, d, e)), 3_300, 4_300),
        OneWayCut((a,), (b, c, e), 3_980, 5_000),
    ]
    dead = [Crash(a, 4_130, None), Crash(d, 4_130, None)]
    eva = customer("eva", (b, c, e), 6_000, Audit("e1"))
    faults = Faults((5, 5), happenings=(*cuts, *asks, *dead), rules=(late,))
    run = world((*replicas(submission, ids), ann, eva), seed, faults, 20_000)
    verify_soon(run, 7_500, CountedOnce(ids), everybody_is_told(ids, unless=("ron", "ina", "uwe")))


OLD_LEADERS = [
    (fresh_leader,),
    (fresh_leader, "Append"),
    (two_sides,),
    (still_asked,),
    (clock_set_back,),
    (one_way,),
    (asleep,),
    (at_the_change,),
    (at_the_change, tuple(range(700, 1_300, 100))),
    (at_the_change, (), 800),
    (at_the_change, tuple(range(1_350, 2_000, 50)), None, True),
    (promise_is_over, True),
    (promise_is_over, False),
    (elected_and_unheard,),
    (seen_and_gone,),
    (tail_returns,),
    *[(left_over, deaf, alive, count) for alive in (1, 2) for deaf, count in ((1, 1), (3, 1), (1, 4), (4, 0))],
    (leads_again,),
    (old_entries, "c"),
    (old_entries, "a"),
    (other_entries_below,),
    (two_of_five, 5),
    (two_of_five, 4),
    (sleeper_hears_the_dead,),
    (old_words_in_five,),
    *[(play, first) for play in (stands_alone, candidate_restarts) for first in (0, 1)],
    (leads_again, 25),
    (group_of_two,),
    (as_soon_as_may_be,),
    (asked_at_once,),
    (long_night,),
    (tail_is_replaced,),
]


@scenarios(len(OLD_LEADERS))
def test_old_leader(submission, seed):
    play_one(submission, seed, OLD_LEADERS)


# --- copies, late ones ---


def busy_day(submission, seed, size, faults, *happenings, count=5):
    """Several customers move money, and everything they asked for is asked for again; the books are read now and then."""
    ids = names(seed, size)
    asks = [customer("ann", ids, BEGIN_MS, *[Deposit(f"{power}", "tia", 10**power) for power in (12, 0, 1)])]
    asks += [
        customer(f"customer {nth}", (*ids[nth % size :], *ids[: nth % size]), 2_000 + 300 * nth, *_moves(nth, count), retry_ms=250)
        for nth in range(2)
    ]
    asks.append(customer("ina", ids[::-1], 2_500, *[Audit(f"{nth}") for nth in range(8)]))
    again = [Call(spec.id, 7_000, node, ask) for spec in asks[:3] for ask in spec.given["requests"] for node in ids[:2]]
    last = customer("eva", ids, 9_000, Audit("1"), Audit("2"))
    calm = Rule(Deliver(10), from_ms=7_500)
    run = world((*replicas(submission, ids), *asks, last), seed, faults.plus(*happenings, *again, rules=(calm,)), 20_500)
    verify_soon(run, 9_800, CountedOnce(ids), conserved(ids), everybody_is_told(ids), like_one_machine(ids))


def _moves(nth, count):
    """Transfers from tia, under the same keys for every customer."""
    return [Transfer(f"{place}", "tia", ("ben", "zoe")[place % 2], 10 ** (2 + count * nth + place)) for place in range(count)]


def everything_twice(submission, seed):
    """Each message comes a second time, up to three seconds later, and some are held back themselves."""
    rough = Faults((1, 20), duplicate_ratio=0.4, reorder_ratio=0.3, reorder_ms=1_500, loss_ratio=0.05)
    ids = names(seed, 3)
    crash = [Crash(ids[variant(seed) // 2 % 3], 5_000, 1_500)] if variant(seed) % 2 else []
    busy_day(submission, seed, 3, rough, *crash)


def copies_of_the_leaders(submission, seed, old_ms):
    """What a sent b and c in the morning comes again later, when they know more; then a dies, and with it what only a knew."""
    a, b, c = ids = ranked(seed, 3)
    from_ms, until_ms = old_ms
    again = tuple(
        Rule(Deliver(5, (3_000 - 10 * place, 3_010)), sender=a, to=to, from_ms=from_ms, until_ms=until_ms)
        for place, to in enumerate((b, c))
    )
    asks = [customer("ann", ids, BEGIN_MS, *[Deposit(f"{power}", "tia", 10**power) for power in range(4)])]
    asks += [customer("ron", ids, 3_000, *[Deposit(f"{power}", "ben", 10**power) for power in range(4)])]
    asks += [customer("ina", (b, c), 5_500, Audit("1")), customer("eva", (c, b), 7_000, Audit("1"))]
    death_ms = from_ms + 3_000 + 30
    faults = Faults((5, 5), happenings=(Crash(a, death_ms, None),), rules=again)
    run = world((*replicas(submission, ids), *asks), seed, faults, 18_500)
    verify_soon(run, 7_800, CountedOnce(ids), everybody_is_told(ids))


def acks_from_the_past(submission, seed):
    """What b told a when a first led comes again when a leads anew, before b has had a word of a's. Only these two are up by then."""
    a, b, c = ids = ranked(seed, 3)
    again = (Rule(Deliver(5, tuple(range(2_750, 2_900, 5))), sender=b, to=a, from_ms=1_455, until_ms=1_490),)
    ann = customer("ann", ids, BEGIN_MS, *[Deposit(f"{power}", "tia", 10**power) for power in range(6)])
    ron = customer("ron", (b, c, a), 3_200, Deposit("1", "ben", 10**6))
    ina = customer("ina", (a, b), 5_000, Deposit("1", "zoe", 10**7), Audit("2"))
    away = [Crash(a, 2_000, 600), Crash(b, 4_000, 100), Crash(c, 4_237, None), OneWayCut((a,), (b,), 4_237, 4_330)]
    faults = Faults((5, 5), happenings=tuple(away), rules=again)
    run = world((*replicas(submission, ids, (300, 900, 1_000)), ann, ron, ina), seed, faults, 17_000)
    verify_soon(run, 6_500, CountedOnce(ids), everybody_is_told(ids))


def election_again(submission, seed, first):
    """What brought a to lead comes again while a request is under way; others follow, and a dies."""
    a, b, c = ids = in_turn(seed, 3, first)
    again = tuple(Rule(Deliver(5, tuple(range(1_085, 1_165, 5))), sender=who, to=a, until_ms=420) for who in (b, c))
    ann = customer("ann", ids, BEGIN_MS, *[Deposit(f"{power}", "tia", 10**power) for power in range(4)])
    ron = [Call("ron", 1_600 + 5 * nth, a, Deposit(f"{nth}", "ben", 10**nth)) for nth in range(9)]
    eva = customer("eva", (b, c), 5_000, Audit("1"))
    faults = Faults((5, 5), happenings=(*ron, Crash(a, 2_300, None)), rules=again)
    run = world((*replicas(submission, ids), ann, eva), seed, faults, 17_000)
    verify_soon(run, 6_500, CountedOnce(ids), everybody_is_told(ids, unless=("ron",)))


def acks_of_an_earlier_round(submission, seed):
    """c does not hear a's last words any more, and what c told a in the morning comes again. Then a dies."""
    a, b, c = ids = ranked(seed, 3)
    again = Rule(Deliver(5, tuple(range(990, 1_090, 5))), sender=c, to=a, from_ms=1_455, until_ms=1_500)
    silence = Rule(Drop(), sender=a, to=c, from_ms=2_453)
    ann = customer("ann", ids, BEGIN_MS, *[Deposit(f"{power}", "tia", 10**power) for power in range(4)])
    asks = [Call("ron", at_ms, a, Deposit(f"{at_ms}", "ben", amount)) for at_ms, amount in ((2_440, 1), (2_470, 10))]
    away = [Crash(b, 1_900, 900), Crash(a, 2_650, None)]
    eva = customer("eva", (c, b), 5_000, Audit("1"))
    run = world((*replicas(submission, ids), ann, eva), seed, Faults((5, 5), happenings=(*away, *asks), rules=(again, silence)), 17_000)
    verify_soon(run, 6_500, CountedOnce(ids), everybody_is_told(ids, unless=("ron",)))


def sleeper_is_told_twice(submission, seed, start_ms, count):
    """c slept, and a brings it up to date. While b is down, c is needed for more; then what a told it comes again, and a dies.

    Args:
        start_ms: when ron asks.
        count: how many requests a and c carry out before the copies arrive.
    """
    a, b, c = ids = ranked(seed, 3)
    again = (Rule(Deliver(5, (1_116, 1_122)), sender=a, to=c, from_ms=3_000, until_ms=3_070),)
    ann = customer("ann", ids, BEGIN_MS, *[Deposit(f"{power}", "tia", 10**power) for power in range(9)])
    ron = customer("ron", (a, c), start_ms, *[Deposit(f"{power}", "ben", 10**power) for power in range(9, 9 + count)])
    away = [Crash(c, 1_440, 1_560), Crash(b, 3_500, 1_200), Crash(a, 4_200, None)]
    eva = customer("eva", (c, b), 6_500, Audit("1"))
    faults = Faults((5, 5), happenings=tuple(away), rules=again)
    run = world((*replicas(submission, ids), ann, ron, eva), seed, faults, 18_500)
    verify_soon(run, 7_500, CountedOnce(ids), everybody_is_told(ids))


def customers_copies(submission, seed):
    """What customers ask comes again seconds later, at the replica that leads and at those that lead next."""
    ids = names(seed, 3)
    copies = tuple(Rule(Deliver(5, (40, 2_500, 4_000)), sender=who) for who in ("ann", "customer 0", "customer 1"))
    busy_day(submission, seed, 3, Faults((5, 5), rules=copies), Crash(ids[0], 4_000, 2_000))


def after_many(submission, seed):
    """c sleeps through a hundred and twenty requests; then it has to lead, the power fails, and the first requests come again."""
    a, b, c = ids = ranked(seed, 3)
    ann = customer("ann", ids, BEGIN_MS, Deposit("big", "tia", 10**6), Transfer("poor", "ben", "zoe", 10**8))
    many = [customer(f"ron {who}", ids, 2_000, *[Deposit(f"{nth}", f"account {who} {nth}", 1) for nth in range(12)]) for who in range(10)]
    happenings = [Crash(c, 1_800, 5_000), Crash(b, 7_400, 1_000), Crash(a, 7_500, 3_000), *[Crash(name, 11_500, 100) for name in ids]]
    asks = [*[("ann", ask) for ask in ann.given["requests"]], ("ron 1", Deposit("7", "account 1 7", 1))]
    again = asked_again((9_500, 13_000, 16_000, 21_000), ids, asks)
    books = [customer("ina", (b, c, a), 10_000, Audit("1")), customer("eva", ids, 13_500, Audit("1"))]
    run = world((*replicas(submission, ids), ann, *many, *books), seed, EXACT.plus(*happenings, *again), 25_000)
    heard = [answered(name, key, 25_000, 13_000) for name, key in (("ann", "big"), ("ann", "poor"), ("ron 1", "7"))]
    verify_soon(run, 14_300, CountedOnce(ids), *told("ann", big="Done", poor="funds"), everybody_is_told(ids), *heard)


def after_a_thousand(submission, seed):
    """A replica alone carries out more than a thousand requests; then, by its clock a month later, the first ones come again."""
    (a,) = ids = names(seed, 1)
    many = [Call("ann", 2_000 + 2 * nth, a, Deposit(f"{nth}", "till", 1)) for nth in range(1_030)]
    again = [Call("ann", 6_000 + at_ms, a, many[nth].message) for at_ms in (0, 600) for nth in range(0, 90, 30)]
    books = [Call("ina", 9_000 + at_ms, a, Audit("1")) for at_ms in (0, 600)]
    later = ClockStep(a, 5_000, 30 * 86_400_000)
    run = world(replicas(submission, ids), seed, EXACT.plus(*many, later, *again, *books), 11_000)
    verify(run, conserved(ids), answered("ann", "0", 9_000, 6_000, "Done"), everybody_is_told(ids, after_ms=6_000))


def two_under_one_key(submission, seed, sleeps=False):
    """Two requests of one customer under one key are under way at the same time. Either may win, never both.

    Args:
        sleeps: c does not hear of it before it is brought up to date; then it has to lead, and later the power fails.
    """
    a, b, c = ids = ranked(seed, 3)
    asks = (Deposit("1", "tia", 10**6), Deposit("2", "tia", 0), Transfer("3", "zoe", "tia", 10**7))
    ann = customer("ann", ids, BEGIN_MS, *asks)
    rivals = (
        (Deposit("7", "tia", 10), Transfer("7", "tia", "ben", 100)),
        (Transfer("8", "tia", "ben", 1_000), Transfer("8", "tia", "ben", 10**4)),
    )
    both = [Call("ron", 2_000 + place, node, ask) for pair in rivals for node in ids for place, ask in enumerate(pair)]
    away = [Crash(c, 1_900, 1_100), Crash(b, 3_300, 600), Crash(a, 3_350, 2_000), *[Crash(name, 6_000, 100) for name in ids]]
    late_ms = 8_000 if sleeps else 5_000
    late = ask_all("ron", ids, late_ms, *rivals[0], *rivals[1]) + ask_all("ann", ids, late_ms, *asks)
    books = [customer(name, ids, at_ms, Audit("1"), Audit("2")) for name, at_ms in (("ina", 3_000), ("eva", late_ms + 1_500))]
    run = world((*replicas(submission, ids), ann, *books), seed, EXACT.plus(*both, *late, *(away if sleeps else [])), late_ms + 13_500)
    heard = [answered("ron", key, late_ms + 13_500, late_ms, "reused") for key in "78"]
    verify_soon(run, late_ms + 2_500, CountedOnce(ids), everybody_is_told(ids), *heard)


def far_behind(submission, seed):
    """c sleeps through three hundred requests; then b dies for good, and a needs c."""
    a, b, c = ids = ranked(seed, 3)
    many = [Call("ann", 2_000 + 15 * nth, a, Deposit(f"{nth}", "till", 1)) for nth in range(300)]
    away = [Crash(c, 1_800, 5_000), Crash(b, 8_000, None)]
    ina = customer("ina", (a, c), 9_000, Deposit("1", "tia", 1_000), BalanceOf("2", "tia"))
    run = world((*replicas(submission, ids), ina), seed, EXACT.plus(*away, *many), 22_000)
    verify_soon(run, 10_500, conserved(ids), everybody_is_told(ids, unless=("ann",)))


LONG = "somebody with a long name, "  # as long as that customers and accounts are told apart
ODDLY = [  # what is asked for, and the word for it
    ("ann", Deposit("2", "tia", -5), "amount"),
    ("ann", Transfer("3", "tia", "tia", 100), "Done"),
    ("ann", Transfer("4", "una", "una", 100), "funds"),
    ("ann", Transfer("5", "nobody", "tia", 0), "amount"),
    ("ann", Transfer("6", "nobody", "nobody", -1), "amount"),
    ("ann", Transfer("7", "tia", "tia", 0), "amount"),
    ("ann", Transfer("8", "tia", "tia", -1), "amount"),
    ("ann ", Deposit("1", "7", 10**4), "Done"),
    (" ann", Deposit("1", "07", 10**5), "Done"),
    (f"{LONG}1", Deposit("1", "kai", 10**6), "Done"),
    (f"{LONG}2", Deposit("1", "kai ", 10**7), "Done"),
]


def only_reused(customer, keys, after_ms, by_ms):
    """Between these times only other requests come under these keys, and no replica answers them as the first was answered."""

    def judge(trace):
        for index, record in trace.of("deliver"):
            heard = record.node == customer and record.name in ("Done", "Refused") and after_ms <= record.time_ms <= by_ms
            if heard and record.data.key in keys and word_of(record.data) != "reused":
                told = f"{customer} asks for something else under a key that is taken, and is told {said(record.data)}"
                raise Broken(told, code="not_the_first", records=(index,))

    return Holds("the key goes on standing for the first", judge)


def asked_oddly(submission, seed, size):
    """What is refused for good, and what changes nothing, takes its key too; and names that look alike are several."""
    ids = ranked(seed, size)
    asks = [(name, ask) for name, ask, _ in ODDLY]
    others = [("ann", Deposit(ask.key, "zoe", 10 ** (10 + place))) for place, (name, ask) in enumerate(asks) if name == "ann"]
    more = [("ron", Deposit("1", "una", 10**8)), ("ron", Deposit("2", "tia", 10**9))]
    calls = asked_again((1_450, 1_700, 2_000), ids, [("ann", Deposit("1", "tia", 1_000))])
    for at_ms, what in ((2_500, asks), (7_000, others + more), (11_500, asks)):
        calls += asked_again((at_ms, at_ms + 1_000, at_ms + 2_500), ids, what)
    books = [customer(name, ids, at_ms, BalanceOf("1", "tia")) for name, at_ms in (("ina", 6_000), ("uwe", 10_800))]
    books.append(customer("eva", ids, 15_500, BalanceOf("1", "kai "), BalanceOf("2", "07"), Audit("3")))
    run = world((*replicas(submission, ids), *books), seed, EXACT.plus(*calls), 22_000)
    right = [decided(name, ask.key, word) for name, ask, word in ODDLY]
    right += [answered(name, ask.key, 10_500, 7_000, "reused") for name, ask in others]
    right.append(only_reused("ann", [ask.key for _, ask in others], 7_000, 11_400))
    verify_soon(run, 16_000, OneAnswer(ids), *right, like_one_machine(ids), everybody_is_told(ids))


COPIES = [
    *[(everything_twice,)] * 3,
    (copies_of_the_leaders, (1_450, 1_530)),
    (copies_of_the_leaders, (1_400, 1_470)),
    (acks_from_the_past,),
    (acks_of_an_earlier_round,),
    (election_again, 0),
    (election_again, 1),
    (sleeper_is_told_twice, 3_600, 3),
    (sleeper_is_told_twice, 4_111, 1),
    (customers_copies,),
    (after_many,),
    (after_a_thousand,),
    (two_under_one_key,),
    (two_under_one_key, True),
    (asked_oddly, 1),
    (asked_oddly, 3),
    (far_behind,),
]


@scenarios(len(COPIES))
def test_late_copies(submission, seed):
    play_one(submission, seed, COPIES)


# --- the same books everywhere ---


def each_leads_in_turn(submission, seed):
    """Nobody moves money any more; every replica leads once, and says what the books are. Their clocks are far apart."""
    a, b, c = ids = names(seed, 3)
    asks = [customer(f"customer {nth}", (*ids[nth:], *ids[:nth]), 2_000, *_rivals(nth)) for nth in range(3)]
    asks.append(customer("ann", ids, BEGIN_MS, *[Deposit(f"{place}", name, 100) for place, name in enumerate(("tia", "ben", "zoe"))]))
    turns = [Crash(a, 6_000, 3_000), Crash(b, 9_200, 3_500)]
    audits = [customer("ina", ids, 5_000, Audit("1"))]
    audits += [
        Call("ina", at_ms + again_ms, node, Audit(key))
        for key, at_ms in (("2", 8_300), ("3", 11_800))
        for again_ms in (0, 300)
        for node in ids
    ]
    again = [
        Call(spec.id, at_ms, node, ask) for at_ms in (8_400, 11_900) for spec in asks for ask in spec.given["requests"] for node in ids
    ]
    clocks = Faults((1, 20), skew_ms=((a, 5_000), (b, -7_000_000)), drift_ppm=((c, 300),), happenings=(*turns, *again, *audits[1:]))
    run = world((*replicas(submission, ids), *asks, audits[0]), seed, clocks, 24_000)
    verify_soon(
        run,
        12_700,
        OneAnswer(ids),
        books_agree("ina", ("1", "2", "3")),
        conserved(ids),
        like_one_machine(ids),
        everybody_is_told(ids, unless=("ina",)),
    )


def _rivals(nth):
    """Everybody wants the same money."""
    draw = random.Random(f"rivals/{nth}")
    people = ("tia", "ben", "zoe")
    return [Transfer(f"{place}", *draw.sample(people, 2), draw.choice((30, 60, 100))) for place in range(6)]


def two_want_it(submission, seed, size):
    """There is enough for one of several who want it at the same moment."""
    ids = names(seed, size)
    ann = customer("ann", ids, BEGIN_MS, Deposit("1", "tia", 100), Deposit("2", "ben", 50))
    wants = [Call(f"customer {nth}", 2_000 + nth % 2, ids[0], Transfer("1", "tia", f"till {nth}", 100)) for nth in range(4)]
    wants += asked_again((4_000, 4_300), ids, [(f"customer {nth}", Transfer("1", "tia", f"till {nth}", 100)) for nth in range(4)])
    back = [Call("ron", 2_001, ids[0], Transfer(key, *pair, 50)) for key, pair in (("1", ("ben", "ben")), ("2", ("ben", "tia")))]
    ring = [
        Call("eva", 4_500, name, Transfer(f"{place}", *pair, 1))
        for place, pair in enumerate((("tia", "ben"), ("ben", "tia")))
        for name in ids
    ]
    crowd = [f"customer {nth}" for nth in range(4)]
    ina = customer("ina", ids, 2_300, Audit("1"), BalanceOf("2", "tia"), Audit("3"))
    uwe = customer("uwe", ids, 6_000, Audit("1"))
    faults = Faults((5, 5), happenings=(*wants, *back, *ring))
    run = world((*replicas(submission, ids), ann, ina, uwe), seed, faults, 17_500)
    owed = [answered(name, "1", 17_500, 4_000) for name in crowd]
    verify_soon(
        run, 6_800, OneAnswer(ids), conserved(ids), like_one_machine(ids), *owed, everybody_is_told(ids, unless=(*crowd, "ron", "eva"))
    )


def there_and_back(submission, seed):
    """Two accounts pay each other at the same time, again and again, and the leader dies in the middle."""
    ids = names(seed, 3)
    ann = customer("ann", ids, BEGIN_MS, Deposit("1", "tia", 1_000), Deposit("2", "ben", 1_000))
    pairs = (("tia", "ben"), ("ben", "tia"), ("tia", "tia"))
    pay = [
        customer(f"customer {nth}", ids, 2_000, *[Transfer(f"{place}", *pair, 7 + nth) for place in range(6)])
        for nth, pair in enumerate(pairs)
    ]
    ina = customer("ina", ids, 2_050, *[Audit(f"{nth}") for nth in range(6)])
    faults = Faults((1, 20), happenings=(Crash(ids[0], 2_030 + 9 * (seed % 7), None),))
    run = world((*replicas(submission, ids), ann, *pay, ina), seed, faults, 14_000)
    verify_soon(run, 6_500, OneAnswer(ids), conserved(ids), like_one_machine(ids), everybody_is_told(ids))


SAME_BOOKS = [
    (two_want_it, 3),
    (two_want_it, 1),
    (each_leads_in_turn,),
    (each_leads_in_turn,),
    (there_and_back,),
    (there_and_back,),
]


@scenarios(len(SAME_BOOKS))
def test_same_books(submission, seed):
    play_one(submission, seed, SAME_BOOKS)


# --- one bank ---

PEOPLE = ("tia", "ben", "zoe", "kai")


def wishes(draw, count):
    """Random requests of one customer."""
    found = []
    for nth in range(count):
        kind, key = draw.random(), f"{nth}"
        if kind < 0.15:
            found.append(Deposit(key, draw.choice(PEOPLE), draw.randrange(0, 100)))
        elif kind < 0.7:
            found.append(Transfer(key, draw.choice(PEOPLE), draw.choice(PEOPLE), draw.choice((0, 5, 20, 50, 200, -10))))
        else:
            found.append(BalanceOf(key, draw.choice(PEOPLE)) if kind < 0.85 else Audit(key))
    return found


@scenarios(6)
def test_one_bank(submission, seed):
    draw = random.Random(f"one bank/{seed}")
    size, crowd, count = (5, 5, 14) if variant(seed) % 6 == 5 else ((3, 4, 5)[variant(seed) % 3], 4, 12)
    ids = names(seed, size)
    asks = [customer("ann", ids, 700, *[Deposit(name, name, 200) for name in PEOPLE])]
    for nth in range(crowd):
        order = draw.sample(ids, size)
        asks.append(
            customer(f"customer {nth}", tuple(order), draw.randrange(1_000, 2_000), *wishes(draw, count), retry_ms=draw.choice((200, 400)))
        )
    happenings = chaos(seed, ids, 5_000, crashes=5, partitions=3, pauses=2, steps=2, longest_ms=1_200)
    rough = Faults(
        (1, draw.choice((15, 40))),
        loss_ratio=draw.choice((0, 0.05)),
        duplicate_ratio=draw.choice((0, 0.2)),
        reorder_ratio=draw.choice((0, 0.1)),
        reorder_ms=800,
        happenings=happenings,
        rules=(Rule(Deliver(10), from_ms=5_500),),  # from here on nothing is lost
    )
    nodes = replicas(submission, ids, [ELECTION_MS] * size)
    run = world((*nodes, *asks), seed, rough, 5_500 + 20 * ELECTION_MS[1])
    verify_soon(run, 8_000, OneAnswer(ids), conserved(ids), like_one_machine(ids), everybody_is_told(ids))
