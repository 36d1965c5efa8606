"""Hidden checks: crashes in the middle of a vote, splits, duplicates, and news from the past."""

import random
from itertools import pairwise

from quorum_election_protocol import Heartbeat, LeaderIs, RequestVote, Vote, WhoLeads

from harness import Node
from harness.checks.election import ElectedByMajority, OneLeaderPerTerm, OneVotePerTerm, TermsGrow, TrueAnswers, vote_of
from harness.checks.leadership import all_agree, led_by_one
from harness.testing import (
    Bounds,
    Broken,
    Call,
    Crash,
    Deliver,
    Drop,
    Eventually,
    Faults,
    Holds,
    OneWayCut,
    Partition,
    Pause,
    Rule,
    Sometimes,
    Spec,
    World,
    chaos,
    names,
    play_one,
    scenarios,
    scene,
    simulate,
    variant,
    verify,
    verify_every_order,
)

ELECTION_MS = (150, 300)
HEARTBEAT_MS = 50
NEVER_MS = (60_000, 60_000)  # the patience of an elector that is not to stand in a run
SETTLE_MS = 20 * ELECTION_MS[1]
PARTED_MS = 4_000
ANSWERS = ("RequestVote", "Vote", "Heartbeat", "LeaderIs")
CLOCK_MS = (0, 400)  # readings for programs that look at a clock, in explorations
SOON_MS = (5, 5)  # patience there: time does not pass, and programs that count ticks should not need many


def electors(submission, ids, election_ms=None, heartbeat_ms=HEARTBEAT_MS):
    given = {name: {"election_ms": (election_ms or {}).get(name, ELECTION_MS), "heartbeat_ms": heartbeat_ms} for name in ids}
    return tuple(Spec(name, submission.Elector, given[name], tuple(peer for peer in ids if peer != name)) for name in ids)


def one_by_one(ids, first_ms=150, apart_ms=25):
    """A patience for each that no two share, so that nothing depends on how a program breaks ties."""
    return {name: (first_ms + place * apart_ms,) * 2 for place, name in enumerate(ids)}


def alone(submission, me, others, calls, seed, election_ms=ELECTION_MS, until_ms=20_000):
    """One elector; the others of its group are names that a script speaks for."""
    node = electors(submission, [me], {me: election_ms})[0]._replace(peers=tuple(others))
    return World((node,), seed, Faults(happenings=tuple(calls)), until_ms=until_ms, clients=tuple(others))


def led(after_ms=0, by_ms=SETTLE_MS, by=None):
    def happens(record):
        return record.kind == "send" and record.name == "Heartbeat" and (by is None or record.node in by)

    return Eventually("an elector leads", happens, by_ms=by_ms, after_ms=after_ms)


def votes(by):
    """Some elector votes, for itself or for another: without that an exploration has explored nothing."""
    return Sometimes("an elector votes", lambda r: r.kind == "send" and r.node in by and vote_of(r, 0) is not None)


def explored(submission, ids, seed):
    """A world for explorations."""
    given = {"election_ms": SOON_MS, "heartbeat_ms": SOON_MS[0]}
    return World(tuple(Spec(name, submission.Elector, given) for name in ids), seed)


def asking(ids, *at_ms):
    """Each elector is asked who leads, each time by another client."""
    return tuple(Call(f"client{place}.{turn}", at, name, WhoLeads()) for place, name in enumerate(ids) for turn, at in enumerate(at_ms))


# --- a vote is on disk before its answer leaves ---


def crash_in_a_vote(submission, seed, place, term):
    """Two ask one elector in one term, one asks in the next; it crashes once, anywhere. Terms have one digit, or one more than before."""
    ids = sorted(names(seed, 3))
    me = ids.pop(place)
    asks = (ids[0], RequestVote(term)), (ids[1], RequestVote(term)), (ids[1], RequestVote(term + 1))
    bounds = Bounds(duplicates=1, timers=2, crashes=1, monotonic_ms=CLOCK_MS, states=6_000)
    every_crash(submission, me, ids, asks, seed, bounds)


def led_after_a_vote(submission, seed, winner, alike):
    """Of five electors, one hears two candidates of one term, whose names are alike: one refuses it, one wins, in any order."""
    me, one, *silent = names(seed, 4)
    another = alike(one)
    messages = (one, RequestVote(1)), (one, Vote(1, False)), (another, RequestVote(1)), ((one, another)[winner], Heartbeat(1))
    bounds = Bounds(timers=1, crashes=1, monotonic_ms=CLOCK_MS, states=6_000)
    every_crash(submission, me, (one, another, *silent), messages, seed, bounds)


def asked_after_a_victory(submission, seed):
    """Of three electors, one stands and wins; somebody else stands in the same term and asks for its vote."""
    me, one, another = names(seed, 3)
    messages = (one, Vote(1, True)), (another, RequestVote(1))
    bounds = Bounds(timers=1, crashes=1, monotonic_ms=CLOCK_MS, states=6_000)
    every_crash(submission, me, (one, another), messages, seed, bounds)


def crash_twice(submission, seed):
    """Two ask one elector in one term; it crashes twice, anywhere."""
    me, *others = names(seed, 3)
    bounds = Bounds(timers=1, crashes=2, monotonic_ms=CLOCK_MS, states=6_000)
    every_crash(submission, me, others, [(name, RequestVote(1)) for name in others], seed, bounds)


def every_crash(submission, me, others, messages, seed, bounds):
    """The others ask one elector for its vote, or lead, in every order, while it crashes."""
    everybody = (me, *others)
    calls = [Call(who, 0, me, message) for who, message in messages]
    world = alone(submission, me, others, calls, seed, SOON_MS)
    verify_every_order(world, OneVotePerTerm(everybody, [me]), TermsGrow(everybody, [me]), votes([me]), bounds=bounds)


def crash_while_standing(submission, seed):
    """a stands and crashes after some effects; c, which heard nothing of it, stands in the same term and asks a."""
    a, b, c = ids = names(seed, 3)
    patience = {a: (400, 400), b: NEVER_MS, c: (500, 500)}
    unheard = Rule(Drop(), sender=a, to=c, kind="RequestVote")
    for kept in (None, 1, 2, 3, 4, 5):
        for who, at_ms in ((a, 300), (b, 395)):
            faults = Faults(latency_ms=(5, 5), happenings=(Crash(who, at_ms, 20, kept),), rules=(unheard,))
            verify(World(electors(submission, ids, patience), seed, faults, until_ms=3_000), OneVotePerTerm(ids), TermsGrow(ids))


def power_fails(submission, seed):
    """The whole group crashes, and must be able to vote again."""
    ids = names(seed, 3)
    crashes = tuple(Crash(name, 1_000, 50) for name in ids)
    world = World(electors(submission, ids, one_by_one(ids)), seed, Faults(happenings=crashes), until_ms=1_060 + SETTLE_MS)
    verify(world, led(1_060, 1_060 + SETTLE_MS))


VOTES = [
    (crash_in_a_vote, 0, 1),
    (crash_in_a_vote, 1, 9),
    (crash_in_a_vote, 2, 99),
    (led_after_a_vote, 0, "{}2".format),
    (led_after_a_vote, 1, "{}2".format),
    (led_after_a_vote, 0, str.title),
    (asked_after_a_victory,),
    (crash_twice,),
    (crash_while_standing,),
    (power_fails,),
]


@scenarios(len(VOTES))
def test_vote_survives(submission, seed):
    play_one(submission, seed, VOTES)


# --- a majority ---


def of_three(submission, seed):
    """Three electors, every order of their messages and timers."""
    ids = names(seed, 3)
    bounds = Bounds(timers=2, depth=6, monotonic_ms=CLOCK_MS, states=20_000)
    verify_every_order(explored(submission, ids, seed), ElectedByMajority(ids), votes(ids), bounds=bounds)


def of_four(submission, seed):
    """Four electors, every order, and a message may arrive twice."""
    ids = names(seed, 4)
    bounds = Bounds(timers=2, duplicates=1, depth=5, monotonic_ms=CLOCK_MS, states=20_000)
    verify_every_order(explored(submission, ids, seed), ElectedByMajority(ids), votes(ids), bounds=bounds)


def in_parts(submission, seed, *sizes):
    """The smaller half of a group is cut off from the start, and every message arrives twice."""
    for size in sizes:
        ids = names(seed, size)
        few, many = ids[: size // 2], ids[size // 2 :]
        faults = Faults(duplicate_ratio=1.0, happenings=(Partition((few, many), 0, PARTED_MS),))
        world = World(electors(submission, ids, one_by_one(ids)), seed, faults, until_ms=PARTED_MS + SETTLE_MS)
        verify(world, ElectedByMajority(ids), led(PARTED_MS, PARTED_MS + SETTLE_MS))


def one_vote_in_each_term(submission, seed):
    """Of five electors one votes for a in its first term; a crashes, stands again, and another votes for it."""
    a, *others = ids = names(seed, 5)
    patience = {a: (150, 150), **dict.fromkeys(others, NEVER_MS)}
    unheard = [Rule(Drop(), sender=a, to=name, kind="RequestVote", nth=nth) for nth in (1, 2) for name in others if name != others[nth - 1]]
    faults = Faults(latency_ms=(5, 5), happenings=(Crash(a, 170, 20),), rules=tuple(unheard))
    verify(World(electors(submission, ids, patience), seed, faults, until_ms=480), ElectedByMajority(ids))


MAJORITIES = [(of_three,), (of_four,), (in_parts, 2, 4, 5), (in_parts, 3, 6, 7), (one_vote_in_each_term,)]


@scenarios(len(MAJORITIES))
def test_majority(submission, seed):
    play_one(submission, seed, MAJORITIES)


# --- one leader per term ---


@scenarios(25)
def test_one_leader(submission, seed):
    draw = random.Random(f"one leader/{seed}")
    ids = names(seed, draw.randint(2, 5))
    if seed % 25 == 0:
        every_order(submission, seed)
        verify(World(electors(submission, ids, one_by_one(ids)), seed, until_ms=SETTLE_MS), OneLeaderPerTerm(ids), led())
        won_long_ago(submission, seed)
    happenings = chaos(seed, ids, 2_500, crashes=6, partitions=3, pauses=2)
    rough = Faults(latency_ms=(1, 80), loss_ratio=0.1, duplicate_ratio=0.2, reorder_ratio=0.1, happenings=happenings)
    verify(World(electors(submission, ids), seed, rough, until_ms=3_000), OneLeaderPerTerm(ids), ElectedByMajority(ids))


def every_order(submission, seed):
    """Three electors and every order of their messages and timers: two elections in full, four as deep as time allows."""
    ids = names(seed, 3)
    world = explored(submission, ids, seed)
    for bounds in (Bounds(timers=2, monotonic_ms=CLOCK_MS, states=20_000), Bounds(timers=4, depth=7, monotonic_ms=CLOCK_MS, states=20_000)):
        verify_every_order(world, OneLeaderPerTerm(ids), ElectedByMajority(ids), votes(ids), bounds=bounds)


def won_long_ago(submission, seed):
    """Who led term 1 and was deposed stands in vain while it is cut off, and crashes. What it won is over."""
    a, *others = ids = names(seed, 3)
    patience = {a: (150, 150), **one_by_one(others, 250, 50)}
    away = [Partition(((a,), others), at_ms, at_ms + 1_000) for at_ms in (1_000, 3_000)]
    happenings = *away, *(Crash(a, at_ms, 20) for at_ms in (1_700, 3_400, 3_700)), *asking(ids, *range(1_750, 4_400, 100))
    world = World(electors(submission, ids, patience), seed, Faults(latency_ms=(10, 10), happenings=happenings), until_ms=4_500)
    verify(world, OneLeaderPerTerm(ids), ElectedByMajority(ids), TrueAnswers(ids), led(3_500, 4_500))


# --- somebody leads again ---


def chaotic(seed):
    """Crashes, cuts and pauses until 3 s, then calm."""
    draw = random.Random(f"new leader/{seed}")
    ids = names(seed, draw.randint(1, 7))
    happenings = chaos(seed, ids, 3_000, crashes=5, partitions=4, pauses=2)
    return ids, Faults(happenings=happenings), {}


def split_votes(seed):
    """Nobody hears anybody until all have stood; every message takes equally long."""
    ids = names(seed, 2 + seed // 6 % 6)
    return ids, Faults(latency_ms=(10, 10), happenings=(Partition(tuple((name,) for name in ids), 0, 320),)), {}


def dead_leaders(seed):
    """The first leader dies for good, and so does the next, while clients ask more often than anybody is patient."""
    ids = names(seed, 5)
    crashes = Crash(ids[0], 1_000, None), Crash(ids[1], 3_000, None)
    questions = asking(ids[2:], *range(900, 13_500, 130))
    return ids, Faults(happenings=crashes + questions), {ids[0]: (150, 150), ids[1]: (200, 200), **dict.fromkeys(ids[2:], (300, 500))}


def all_in_turn(seed):
    """Everybody crashes, one after the other."""
    ids = names(seed, 3 + seed // 6 % 3)
    return ids, Faults(happenings=tuple(Crash(name, 600 * (place + 1), 300) for place, name in enumerate(ids))), {}


def cut_off(seed):
    """The leader, or others, or both are cut off, and come back: in term 1, or after many elections that they could not win."""
    ids = names(seed, 5)
    few = (ids[:1], ids[:2], ids[3:4], ids[3:])[seed // 6 % 4]
    many = tuple(name for name in ids if name not in few)
    cut = OneWayCut(few, many, 1_000, 3_000) if len(few) == 2 else Partition((few, many), 1_000, 3_000)
    return ids, Faults(happenings=(cut,)), {ids[0]: (150, 150), **dict.fromkeys(ids[1:], (200, 350))}


def many_dead(seed):
    """As many as may be are dead from the start, and never come back: three of seven, two of six, one of four."""
    size, dead = ((7, slice(0, 3)), (7, slice(0, None, 3)), (6, slice(2, 4)), (4, slice(3, None)))[seed // 6 % 4]
    ids = names(seed, size)
    return ids, Faults(happenings=tuple(Crash(name, 0, None) for name in ids[dead])), {}


class Dice(Node):
    """Waits as long as an elector that draws its patience once, when it starts."""

    def on_start(self):
        self.after(self.random.randint(*ELECTION_MS), self.on_start)


@scene("same_moment")
def same_moment(submission, seed):
    """Two electors stand in the same millisecond, if they draw lots in the plainest way. So they must not wait equally long again."""
    ids = names(seed, 2)
    tries = range(1_000 * seed, 1_000 * (seed + 1))
    worlds = (World(tuple(Spec(name, Dice) for name in ids), number, until_ms=ELECTION_MS[1]) for number in tries)
    fires = ((world.seed, [record.time_ms for _, record in simulate(world).of("fire")]) for world in worlds)
    number = next(number for number, at_ms in fires if at_ms[0] == at_ms[1])
    faults = Faults(latency_ms=(10, 10), happenings=asking(ids, SETTLE_MS))
    verify(World(electors(submission, ids), number, faults, until_ms=SETTLE_MS + 500), all_agree(SETTLE_MS))


@scene("nobody_for_long")
def nobody_for_long(submission, seed):
    """A leader is elected; then nobody hears anybody for a minute, in which all others stand more than a hundred times in vain."""
    ids = names(seed, 2 + seed // 6 % 2)
    calm_ms = 60_000
    cut = Partition(tuple((name,) for name in ids), 1_000, calm_ms)
    faults = Faults(latency_ms=(5, 10), happenings=(cut, *asking(ids, calm_ms + SETTLE_MS)))
    world = World(electors(submission, ids), seed, faults, until_ms=calm_ms + SETTLE_MS + 500)
    verify(world, all_agree(calm_ms + SETTLE_MS))


@scene("all_deposed")
def all_deposed(submission, seed):
    """b deposes the leader a, and c deposes b, but nobody hears either of them as a leader, and c dies. What is left are two deposed."""
    a, b, c = ids = names(seed, 3)
    patience = {a: (150, 150), b: (250, 250), c: (350, 350)}
    unheard = tuple(Rule(Drop(), kind="Heartbeat", sender=name, from_ms=1_000, until_ms=2_000) for name in ids)
    faults = Faults(
        latency_ms=(10, 10),
        happenings=(Crash(c, 1_650, None), *asking((a, b), 2_000 + SETTLE_MS)),
        rules=(*unheard, Rule(Drop(), kind="RequestVote", sender=c, to=a, until_ms=2_000)),
    )
    world = World(electors(submission, ids, patience), seed, faults, until_ms=2_500 + SETTLE_MS)
    verify(world, all_agree(2_000 + SETTLE_MS))


@scene("away_at_first")
def away_at_first(submission, seed):
    """c is down while a is elected. When it is back it hears of a, and has no reason to stand."""
    a, b, c = ids = names(seed, 3)
    patience = {a: (150, 150), b: (300, 300), c: (1_000, 1_000)}
    world = World(electors(submission, ids, patience), seed, Faults((10, 10), happenings=(Crash(c, 1, 2_000),)), until_ms=4_500)
    verify(world, led_by_one(2_500))


@scene("other_times")
def other_times(submission, seed):
    """Some groups are in no hurry, and some are in a great one. Once it has a leader nobody stands, not even after many heartbeats."""
    ids = names(seed, 3)
    patience, heartbeat_ms, beats = (
        ((1_500, 2_500), 350, 60),
        ((24, 40), 4, 200),
        (ELECTION_MS, HEARTBEAT_MS, 1_000),
        ((1_000, 1_200), 50, 200),
    )[variant(seed) // 6 % 4]
    nodes = electors(submission, ids, dict.fromkeys(ids, patience), heartbeat_ms)
    settled = 20 * patience[1]
    until_ms = settled + beats * heartbeat_ms
    world = World(nodes, seed, Faults((1, 2), happenings=asking(ids, settled, until_ms)), until_ms=until_ms + 500)
    verify(world, led_by_one(settled), all_agree(until_ms))


@scenarios(24)
def test_new_leader(submission, seed):
    kinds = (chaotic, split_votes, dead_leaders, all_in_turn, cut_off, many_dead)
    kind = kinds[variant(seed) % 6]
    if kind is split_votes:
        same_moment(submission, seed)
        nobody_for_long(submission, seed)
        all_deposed(submission, seed)
        away_at_first(submission, seed)
    elif kind is many_dead:
        other_times(submission, seed)
    ids, faults, patience = kind(seed)
    settled = 3_500 + 20 * 500
    dead = {item.node for item in faults.happenings if isinstance(item, Crash) and item.down_ms is None}
    faults = faults.plus(*asking([name for name in ids if name not in dead], settled))
    nodes = tuple(spec._replace(peers=None) for spec in electors(submission, ids, patience))  # so that a failing run may be shrunk to fewer
    with scene(kind.__name__):
        verify(World(nodes, seed, faults, until_ms=settled + 500), all_agree(settled))


# --- news from the past ---


def late_heartbeat_to_a_follower(submission, seed, newer):
    """A follower of the leader of a newer term hears a late heartbeat of term 1; then it is asked who leads. It may crash."""
    me, old, new = names(seed, 3)
    beats = [
        Call(old, 10, me, RequestVote(1)),
        Call(old, 100, me, Heartbeat(1)),
        Call(new, 190, me, RequestVote(newer)),
        Call(new, 200, me, Heartbeat(newer)),
        Call(old, 400, me, Heartbeat(1)),
    ]
    asks = [Call("client", at_ms, me, WhoLeads()) for at_ms in (300, 500)]
    world = alone(submission, me, (old, new), beats + asks, seed, (5_000, 5_000))
    ids = (me, old, new)
    verify(world, TrueAnswers(ids, [me]))

    def names_it(record):
        """It says who leads, or first asks that leader in words of its own."""
        return record.kind == "send" and (record.data == LeaderIs(newer, new) or (record.other == new and record.name not in ANSWERS))

    named = Sometimes(f"{me} names {new} as leader of term {newer}", names_it)
    verify_every_order(world, TrueAnswers(ids, [me]), TermsGrow(ids, [me]), named, bounds=Bounds(duplicates=1, timers=1, states=4_000))
    verify_every_order(world, TrueAnswers(ids, [me]), named, bounds=Bounds(timers=1, crashes=1, states=8_000))


def late_heartbeat_to_a_leader(submission, seed):
    """A heartbeat of the dead leader of term 1 reaches its successor and the follower, long after."""
    a, b, c = ids = names(seed, 3)
    patience = {a: (150, 150), b: (300, 300), c: (500, 500)}
    held = tuple(Rule(Deliver(11_500 + 40 * nth), sender=a, kind="Heartbeat", nth=nth) for nth in (2, 3, 4))
    faults = Faults(latency_ms=(10, 10), happenings=(Crash(a, 500, None), *asking((b, c), 13_000)), rules=held)
    world = World(electors(submission, ids, patience), seed, faults, until_ms=13_500)
    verify(world, TrueAnswers(ids), led_by_one(11_000), all_agree(13_000))


def stale_requests(submission, seed):
    """The network keeps repeating what the dead leader of term 1 once sent, to electors that are in term 2 by now."""
    a, b, *rest = ids = names(seed, 5)
    patience = {a: (150, 150), b: (250, 250), **one_by_one(rest, 500, 100)}
    again = tuple(range(2_000, 17_000, 300))
    rules = tuple(Rule(Deliver(5, again), sender=a, kind=kind, nth=1) for kind in ("RequestVote", "Heartbeat"))
    happenings = (Crash(a, 500, None), Crash(b, 2_000, None), *asking(rest, 17_500))
    faults = Faults(latency_ms=(10, 10), happenings=happenings, rules=rules)
    world = World(electors(submission, ids, patience), seed, faults, until_ms=18_000)
    verify(world, led(2_100, 16_500), led_by_one(16_500), all_agree(17_500))


def returning_leader(submission, seed):
    """The leader of term 1 is cut off or paused while the others elect another; then it is back."""
    a, b, c = ids = names(seed, 3)
    patience = {a: (150, 150), b: (250, 250), c: (500, 500)}
    for away in (Partition(((a,), (b, c)), 1_000, 3_000), Pause(a, 1_000, 2_000)):
        faults = Faults(latency_ms=(10, 10), happenings=(away, *asking(ids, 14_000)))
        world = World(electors(submission, ids, patience), seed, faults, until_ms=14_500)
        verify(world, TermsGrow(ids), OneLeaderPerTerm(ids), TrueAnswers(ids), all_agree(14_000))


def stands_on(until_ms):
    """Who has stood in vain, and hears of no leader, stands again in good time."""

    def judge(trace):
        stood = [(index, record.time_ms) for index, record in trace.messages("send", "RequestVote", "Heartbeat")]
        for (index, at_ms), (_, next_ms) in pairwise([*stood, (-1, until_ms)] if stood else []):
            if next_ms - at_ms > SETTLE_MS:
                told = f"{trace[index].node} stands at {at_ms} ms and not again within {SETTLE_MS} ms, though it hears of no leader"
                raise Broken(told, code="stands_no_more", records=(index,))

    return Holds("a candidate goes on standing", judge)


def stale_refusals(submission, seed):
    """An elector stands in vain again and again; the network keeps repeating the first refusals that it got."""
    me, *others = names(seed, 3)
    refusals = [Call(name, at_ms, me, Vote(1, False)) for name in others for at_ms in range(2_000, 20_000, 70)]
    verify(alone(submission, me, others, refusals, seed), stands_on(20_000))


def nobody_answers(submission, seed):
    """An elector hears nothing at all for three minutes, in which it stands hundreds of times."""
    me, *others = names(seed, 3)
    verify(alone(submission, me, others, (), seed, until_ms=180_000), stands_on(180_000))


def every_order_of_terms(submission, seed):
    """Three electors, every order of their messages and timers: three elections, as deep as time allows."""
    ids = names(seed, 3)
    bounds = Bounds(timers=3, depth=6, monotonic_ms=CLOCK_MS, states=20_000)
    verify_every_order(explored(submission, ids, seed), TermsGrow(ids), votes(ids), bounds=bounds)


OLD_NEWS = [
    (late_heartbeat_to_a_follower, 2),
    (late_heartbeat_to_a_follower, 10**6),
    (late_heartbeat_to_a_leader,),
    (stale_requests,),
    (stale_refusals,),
    (nobody_answers,),
    (returning_leader,),
    (every_order_of_terms,),
]


@scenarios(len(OLD_NEWS))
def test_old_news(submission, seed):
    play_one(submission, seed, OLD_NEWS)
