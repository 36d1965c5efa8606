"""Hidden checks: crashes in the middle of a vote, splits, duplicates, and news from the past."""

import random
from collections import deque
from itertools import pairwise

from quorum_election_protocol import Heartbeat, LeaderIs, RequestVote, Vote, WhoLeads

from harness import Node
from harness.checks.election import ElectedByMajority, OneLeaderPerTerm, OneVotePerTerm, TermsGrow, TrueAnswers, term_of, vote_of
from harness.checks.leadership import all_agree, follows, led_by_one
from harness.testing import (
    Bounds,
    Broken,
    Call,
    ClockStep,
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
    """Each elector is asked who leads, each time by two clients at once, and by others the next time."""
    turns = [(place, name, turn, at) for place, name in enumerate(ids) for turn, at in enumerate(at_ms)]
    return tuple(Call(f"client{place}.{turn}{which}", at, name, WhoLeads()) for place, name, turn, at in turns for which in ("", "b"))


# --- a vote is on disk before its answer leaves ---


def crash_in_a_vote(submission, seed, place, term):
    """Two ask one elector in one term, one asks in the next; it crashes once, anywhere. Terms have one digit, or one more than before."""
    ids = sorted(names(seed, 3))
    me = ids.pop(place)
    asks = (ids[0], RequestVote(term)), (ids[1], RequestVote(term)), (ids[1], RequestVote(term + 1))
    bounds = Bounds(duplicates=1, timers=2, crashes=1, monotonic_ms=CLOCK_MS, states=6_000)
    every_crash(submission, me, ids, asks, seed, bounds)


def led_after_a_vote(submission, seed, winner, alike, term=1):
    """Of five electors, one hears two candidates of one term, whose names are alike: one refuses it, one wins in this term or a later one,
    in any order."""
    me, one, *silent = names(seed, 4)
    another = alike(one)
    messages = (one, RequestVote(1)), (one, Vote(1, False)), (another, RequestVote(1)), ((one, another)[winner], Heartbeat(term))
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
    """a stands and crashes after some effects; c, which heard nothing of it, stands in the same term and asks a.

    An a that asks beforehand whether it could win stands when it has heard the others, once or twice.
    """
    a, b, c = ids = names(seed, 3)
    patience = {a: (400, 400), b: NEVER_MS, c: (500, 500)}
    unheard = Rule(Drop(), sender=a, to=c, kind="RequestVote")
    for kept in (None, 1, 2, 3, 4, 5):
        for who, at_ms in ((a, 300), (b, 395), (a, 401), (a, 411)):
            faults = Faults(latency_ms=(5, 5), happenings=(Crash(who, at_ms, 20, kept),), rules=(unheard,))
            verify(World(electors(submission, ids, patience), seed, faults, until_ms=3_000), OneVotePerTerm(ids), TermsGrow(ids))


def power_fails(submission, seed):
    """The whole group crashes after a while. All but the leader come back, and must be able to vote again."""
    ids = names(seed, 3)
    crashes = tuple(Crash(name, 10_000, 50 if name != ids[0] else None) for name in ids)
    world = World(electors(submission, ids, one_by_one(ids, 150, 100)), seed, Faults(happenings=crashes), until_ms=10_060 + SETTLE_MS)
    verify(world, led(10_060, 10_060 + SETTLE_MS))


def after_many_terms(submission, seed):
    """An elector has voted in several terms, and crashes in its last vote; then somebody else asks for the same one."""
    me, one, another = ids = names(seed, 3)
    for terms in range(1, 13):
        asks = [Call(one, 100 * term, me, RequestVote(term)) for term in range(1, terms + 1)]
        late = [Call(another, 100 * terms + 150 - 20 * ago, me, RequestVote(terms - ago)) for ago in range(2) if terms > ago]
        for kept in {None, 2, 3, terms - 1}:
            crash = Crash(me, 100 * terms if kept else 100 * terms + 50, 20, kept)
            world = alone(submission, me, (one, another), (crash, *asks, *late), seed, NEVER_MS, until_ms=1_500)
            verify(world, OneVotePerTerm(ids, [me]), TermsGrow(ids, [me]))


def asked_for_long(submission, seed):
    """An elector has voted, and hears that its candidate leads; the other candidate asks for the same vote for half a minute."""
    me, one, another = ids = names(seed, 3)
    calls = [Call(one, 10, me, RequestVote(1)), *(Call(one, at_ms, me, Heartbeat(1)) for at_ms in range(100, 15_000, 50))]
    calls += [Call(another, at_ms, me, RequestVote(1)) for at_ms in range(30, 31_000, 600)]
    world = alone(submission, me, (one, another), calls, seed, NEVER_MS, until_ms=32_000)
    verify(world, OneVotePerTerm(ids, [me]), TermsGrow(ids, [me]))
    led_in_vain(submission, seed)


def led_in_vain(submission, seed):
    """a leads term 1 and is cut off for long; c, which stood in that term too, asks it for its vote again and again."""
    a, b, c = ids = names(seed, 3)
    patience = {a: (300, 300), b: NEVER_MS, c: (305, 305)}
    again = tuple(range(30, 8_000, 30))
    late = Rule(Deliver(5), sender=a, to=b, until_ms=400), Rule(Deliver(5, again), sender=c, to=a, kind="RequestVote", nth=1)
    rules = *late, Rule(Deliver(5), sender=b, to=a, until_ms=400), Rule(Drop())
    world = World(electors(submission, ids, patience), seed, Faults((5, 5), rules=rules), until_ms=8_000)
    verify(world, OneVotePerTerm(ids), TermsGrow(ids))


LOOKS = (
    ("{}", "{} ", "{}1", "{}01", "{}10", "{}001"),
    ("{0}", "{0[0]}{0[2]}{0[1]}", "{0[0]}{0[0]}{0[2]}", "{0}{0}{0}{0}{0}{0}a", "{0}{0}{0}{0}{0}{0}b", "{0}{0}{0}{0}{0}{0}A"),
)


def asked_by_look_alikes(submission, seed, looks):
    """Six candidates whose names are alike ask one elector, in one term after the other; each of them is once the first."""
    me, one = names(seed, 2)
    alike = tuple(look.format(one) for look in looks)
    asks = [Call(alike[place - term], 150 * term + 20 * place, me, RequestVote(term)) for term in range(1, 7) for place in range(6)]
    world = alone(submission, me, alike, asks, seed, NEVER_MS, until_ms=1_100)
    verify(world, OneVotePerTerm((me, *alike), [me]), TermsGrow((me, *alike), [me]))


VOTES = [
    (crash_in_a_vote, 0, 1),
    (crash_in_a_vote, 1, 9),
    (crash_in_a_vote, 2, 2**53),
    (led_after_a_vote, 0, "{}2".format),
    (led_after_a_vote, 1, "{}2".format),
    (led_after_a_vote, 0, str.title),
    (led_after_a_vote, 1, "{}2".format, 2),
    (asked_after_a_victory,),
    (crash_twice,),
    (after_many_terms,),
    (asked_for_long,),
    (asked_by_look_alikes, LOOKS[0]),
    (asked_by_look_alikes, LOOKS[1]),
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
    verify_every_order(explored(submission, ids, seed), ElectedByMajority(ids), bounds=bounds)


def of_four(submission, seed):
    """Four electors, every order, and a message may arrive twice."""
    ids = names(seed, 4)
    bounds = Bounds(timers=2, duplicates=1, depth=5, monotonic_ms=CLOCK_MS, states=20_000)
    verify_every_order(explored(submission, ids, seed), ElectedByMajority(ids), bounds=bounds)


def in_parts(submission, seed, *sizes):
    """The smaller half of a group is cut off from the start, and every message arrives twice."""
    for size in sizes:
        ids = names(seed, size)
        few, many = ids[: size // 2], ids[size // 2 :]
        faults = Faults(duplicate_ratio=1.0, happenings=(Partition((few, many), 0, PARTED_MS),))
        world = World(electors(submission, ids, one_by_one(ids)), seed, faults, until_ms=PARTED_MS + SETTLE_MS)
        verify(world, ElectedByMajority(ids), led(PARTED_MS, PARTED_MS + SETTLE_MS))


def never_heard(submission, seed):
    """Two electors never hear each other, and stand many times in vain."""
    ids = names(seed, 2)
    faults = Faults(happenings=(Partition(tuple((name,) for name in ids), 0), *asking(ids, *range(1_000, 15_000, 2_000))))
    verify(World(electors(submission, ids), seed, faults, until_ms=15_000), ElectedByMajority(ids), TrueAnswers(ids))


def one_vote_in_each_term(submission, seed, *crashed_ms):
    """Of five electors one votes for a in its first term; a stands again, and another votes for it. It crashes before or after that."""
    a, *others = ids = names(seed, 5)
    patience = {a: (150, 150), **dict.fromkeys(others, NEVER_MS)}
    unheard = [Rule(Drop(), sender=a, to=name, kind="RequestVote", nth=nth) for nth in (1, 2) for name in others if name != others[nth - 1]]
    faults = Faults(latency_ms=(5, 5), happenings=tuple(Crash(a, at_ms, 3) for at_ms in crashed_ms), rules=tuple(unheard))
    verify(World(electors(submission, ids, patience), seed, faults, until_ms=480), ElectedByMajority(ids))


def fewer_and_fewer(submission, seed):
    """Of five electors two die, and long after that the leader: two of five are no majority, however long they have been among three."""
    ids = names(seed, 5)
    crashes = *(Crash(name, 1_000, None) for name in ids[3:]), Crash(ids[0], 14_000, None)
    world = World(electors(submission, ids, one_by_one(ids)), seed, Faults(happenings=crashes), until_ms=15_000)
    verify(world, ElectedByMajority(ids))


MAJORITIES = [
    (of_three,),
    (of_four,),
    (never_heard,),
    (in_parts, 2, 4, 5),
    (in_parts, 3, 6, 7),
    (one_vote_in_each_term, 170),
    (one_vote_in_each_term, 302),
    (fewer_and_fewer,),
]


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
        calm = World(electors(submission, ids, one_by_one(ids)), seed, until_ms=SETTLE_MS)
        verify(calm, OneLeaderPerTerm(ids), terms_from_one(), led())
        won_long_ago(submission, seed)
        refused_in_a_newer_term(submission, seed)
        asked_once_more(submission, seed)
        voted_and_never_led(submission, seed)
    happenings = chaos(seed, ids, 2_500, crashes=6, partitions=3, pauses=2)
    rough = Faults(latency_ms=(1, 80), loss_ratio=0.1, duplicate_ratio=0.2, reorder_ratio=0.1, happenings=happenings)
    verify(World(electors(submission, ids), seed, rough, until_ms=3_000), OneLeaderPerTerm(ids), ElectedByMajority(ids))


def terms_from_one():
    """In term 0, in which everybody starts, nobody stands and nobody leads."""

    def judge(trace):
        for index, record in trace.messages("send", "RequestVote", "Heartbeat", "LeaderIs"):
            if term_of(record, index) < 1 and getattr(record.data, "leader", record.node) is not None:
                raise Broken(f"{record.node} sends {record.name} in term 0, in which nobody leads", code="term_0", records=(index,))

    return Holds("terms are numbered from 1", judge)


def every_order(submission, seed):
    """Three electors and every order of their messages and timers: two elections in full, four as deep as time allows."""
    ids = names(seed, 3)
    world = explored(submission, ids, seed)
    for bounds in (Bounds(timers=2, monotonic_ms=CLOCK_MS, states=20_000), Bounds(timers=4, depth=7, monotonic_ms=CLOCK_MS, states=20_000)):
        verify_every_order(world, OneLeaderPerTerm(ids), ElectedByMajority(ids), bounds=bounds)


def won_long_ago(submission, seed):
    """Who led term 1 and was deposed stands in vain while it is cut off, and crashes. What it won is over."""
    a, *others = ids = names(seed, 3)
    patience = {a: (150, 150), **one_by_one(others, 250, 50)}
    away = [Partition(((a,), others), at_ms, at_ms + 1_000) for at_ms in (1_000, 3_000)]
    happenings = *away, *(Crash(a, at_ms, 20) for at_ms in (1_700, 3_400, 3_700)), *asking(ids, *range(1_750, 4_400, 100))
    world = World(electors(submission, ids, patience), seed, Faults(latency_ms=(10, 10), happenings=happenings), until_ms=4_500)
    verify(world, OneLeaderPerTerm(ids), ElectedByMajority(ids), TrueAnswers(ids), led(3_500, 4_500))


@scene("refused_in_a_newer_term")
def refused_in_a_newer_term(submission, seed):
    """a is elected. Then c answers its request, late, from a newer term in which it stands in vain."""
    a, b, c = ids = names(seed, 3)
    patience = {a: (150, 150), b: NEVER_MS, c: (100, 100)}
    rules = Rule(Drop(), sender=c, kind="RequestVote"), Rule(Deliver(200), sender=a, to=c, kind="RequestVote", nth=1), Rule(Drop(), to=c)
    world = World(electors(submission, ids, patience), seed, Faults((5, 5), rules=rules), until_ms=700)
    verify(world, ElectedByMajority(ids), OneLeaderPerTerm(ids), TermsGrow(ids))


@scene("asked_once_more_and_late")
def asked_once_more(submission, seed):
    """b votes for a, who leads unheard. Then c, which has stood in the same term, asks once more, and its first request arrives last.

    What c asks at 610 ms is the next request or whether a next one would do; b's answer is lost.
    """
    a, b, c = ids = names(seed, 3)
    patience = {a: (300, 300), b: NEVER_MS, c: (305, 305)}
    cuts = Partition(((a,), (c,)), 0), OneWayCut((a,), (b,), 316), OneWayCut((b,), (c,), 612, 618)
    for late_ms in (315, 305, 295):  # it was sent at once, or after one or two rounds of questions
        late = Rule(Deliver(late_ms), sender=c, to=b, kind="RequestVote", nth=1)
        world = World(electors(submission, ids, patience), seed, Faults((5, 5), happenings=cuts, rules=(late,)), until_ms=800)
        verify(world, OneLeaderPerTerm(ids), OneVotePerTerm(ids), ElectedByMajority(ids))


@scene("voted_and_never_led")
def voted_and_never_led(submission, seed):
    """An elector votes for one that never leads, twice, and then for one that does; it crashes, and all the time it is asked who leads."""
    me, one, another = ids = names(seed, 3)
    calls = Call(one, 10, me, RequestVote(1)), Call(another, 400, me, RequestVote(2)), Call(one, 900, me, RequestVote(3))
    calls += Call(one, 1_500, me, Heartbeat(3)), *asking([me], *range(20, 1_800, 40)), Crash(me, 250, 20), Crash(me, 600, 20)
    verify(alone(submission, me, (one, another), calls, seed, NEVER_MS, until_ms=2_000), TrueAnswers(ids, [me]))


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
    """As many as may be are dead from the start, and never come back: the first or last three of seven, two of six, one of four."""
    size, dead = ((7, slice(0, 3)), (7, slice(4, 7)), (6, slice(2, 4)), (4, slice(3, None)))[seed // 6 % 4]
    ids = sorted(names(seed, size))
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


def elected_by_most(ids):
    """`ElectedByMajority` for long runs: each term by itself, so that nobody looks through the votes of hundreds."""
    rule = ElectedByMajority(ids)

    def judge(trace):
        votes = {}
        for index, record in trace.messages("send", *rule.kinds):
            term = term_of(record, index)
            votes[term] = rule.step(votes.get(term, rule.initial), record, index)

    return Holds(rule.name, judge)


@scene("nobody_for_long")
def nobody_for_long(submission, seed):
    """A leader is elected; then nobody hears anybody for a minute, in which all others stand more than a hundred times in vain."""
    ids = names(seed, 2 + seed // 6 % 2)
    calm_ms = 60_000
    cut = Partition(tuple((name,) for name in ids), 1_000, calm_ms)
    faults = Faults(latency_ms=(5, 10), happenings=(cut, *asking(ids, calm_ms + SETTLE_MS)))
    world = World(electors(submission, ids), seed, faults, until_ms=calm_ms + SETTLE_MS + 500)
    verify(world, elected_by_most(ids), all_agree(calm_ms + SETTLE_MS))


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


@scene("all_alone")
def all_alone(submission, seed):
    """a leads and is cut off; b leads and is cut off; c dies. What is left are two that may have stepped down because nobody was there."""
    a, b, c = ids = names(seed, 3)
    cuts = Partition(((a,), (b, c)), 1_000, 6_000), Partition(((b,), (c,)), 3_000, 6_000)
    happenings = *cuts, Crash(c, 3_100, None), *asking((a, b), 6_000 + SETTLE_MS)
    faults = Faults(latency_ms=(10, 10), happenings=happenings)
    world = World(electors(submission, ids, one_by_one(ids, 150, 100)), seed, faults, until_ms=6_500 + SETTLE_MS)
    verify(world, all_agree(6_000 + SETTLE_MS))


@scene("group_of_one")
def group_of_one(submission, seed):
    """One elector is a group, too, and leads again after each crash."""
    ids = names(seed, 1)
    happenings = Crash(ids[0], 1_000, 50), Crash(ids[0], 2_000, 50), *asking(ids, 900, 1_900, 2_100 + SETTLE_MS)
    world = World(electors(submission, ids), seed, Faults(happenings=happenings), until_ms=2_500 + SETTLE_MS)
    verify(world, TrueAnswers(ids), terms_from_one(), all_agree(2_100 + SETTLE_MS))


@scene("long_calm")
def long_calm(submission, seed):
    """All is calm for a long time, while somebody sets the wall clocks; then the leader dies."""
    ids = names(seed, 3)
    died_ms = 110_000
    clocks = [
        ClockStep(name, died_ms - ago_ms, by_ms) for name in ids for ago_ms, by_ms in ((90_000, 10**7), (500, -(10**8)), (-40, -(10**8)))
    ]
    happenings = Crash(ids[0], died_ms, None), *clocks, *asking(ids[1:], died_ms + SETTLE_MS)
    faults = Faults(latency_ms=(1, 5), happenings=happenings)
    world = World(electors(submission, ids, one_by_one(ids, 150, 100)), seed, faults, until_ms=died_ms + SETTLE_MS + 500)
    verify(world, nobody_stands(SETTLE_MS, died_ms), all_agree(died_ms + SETTLE_MS))


def nobody_stands(from_ms, until_ms):
    def judge(trace):
        for index, record in trace.messages("send", "RequestVote"):
            if from_ms <= record.time_ms < until_ms:
                told = f"{record.node} stands in term {record.data.term} at {record.time_ms} ms, though all is calm and settled"
                raise Broken(told, code="stands_again", records=(index,))

    return Holds("nobody stands while all is calm", judge)


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
        (ELECTION_MS, HEARTBEAT_MS, 100),
        ((1_000, 1_200), 50, 200),
    )[variant(seed) // 6 % 4]
    nodes = electors(submission, ids, dict.fromkeys(ids, patience), heartbeat_ms)
    settled = 20 * patience[1]
    until_ms = settled + beats * heartbeat_ms
    world = World(nodes, seed, Faults((1, 2), happenings=asking(ids, settled, until_ms)), until_ms=until_ms + 500)
    verify(world, led_by_one(settled), all_agree(until_ms))


@scene("candidate_dies")
def candidate_dies(submission, seed):
    """a asks for votes and dies before the answers arrive. Those who have voted for it must not wait for it."""
    a, b, c = ids = names(seed, 3)
    patience = {a: (150, 150), b: (300, 300), c: (450, 450)}
    faults = Faults(latency_ms=(10, 10), happenings=(Crash(a, 155, None), *asking((b, c), SETTLE_MS + 3_000)))
    verify(World(electors(submission, ids, patience), seed, faults, until_ms=SETTLE_MS + 3_500), all_agree(SETTLE_MS + 3_000))


def tells_all(ids):
    """Whoever has told anybody three times that it leads a term has told everybody."""

    def judge(trace):
        told = {}
        for index, record in trace.messages("send", "Heartbeat"):
            told.setdefault((record.node, record.data.term), {}).setdefault(record.other, []).append(index)
        for (leader, term), to in told.items():
            often = max(to.values(), key=len)
            untold = sorted(set(ids) - {leader, *to})
            if len(often) > 2 and untold:
                text = f"{leader} has told {trace[often[0]].other} {len(often)} times that it leads term {term}, and {untold[0]} never"
                raise Broken(text, code="tells_too_few", records=tuple(often[:3]))

    return Holds("a leader tells everybody", judge)


@scene("the_other_won")
def the_other_won(submission, seed):
    """Of five electors c stands, b votes for it, and a is elected by the others."""
    a, b, c, d, e = ids = names(seed, 5)
    patience = {**one_by_one(ids, 350), a: (195, 195), c: (180, 180)}
    settled = 20 * 450
    slow = [Rule(Deliver(60), sender=c, to=name, kind="RequestVote", nth=1) for name in (a, d, e)]
    quick = [Rule(Deliver(5), sender=one, to=other, until_ms=210) for one, other in ((c, b), (a, b), (a, c), (b, a), (c, a))]
    faults = Faults(latency_ms=(10, 10), happenings=asking(ids, settled), rules=(*slow, *quick))
    world = World(electors(submission, ids, patience), seed, faults, until_ms=settled + 500)
    verify(world, tells_all(ids), follows(b, 350), follows(c, 180), all_agree(settled))


def beats_on(apart_ms):
    """Whoever leads a term says so to everybody again and again, about as often as it was told to: ten times in sixteen intervals."""

    def judge(trace):
        told = {}
        for index, record in trace.messages("send", "Heartbeat"):
            last = told.setdefault((record.node, record.data.term, record.other), deque(maxlen=11))
            last.append(index)
            for ago, most in ((2, 4), (11, 16)):
                since_ms = trace[last[-ago]].time_ms if len(last) >= ago else record.time_ms
                if record.time_ms - since_ms > most * apart_ms:
                    text = f"{record.node} says {ago} times from {since_ms} to {record.time_ms} ms that it leads, not every {apart_ms} ms"
                    raise Broken(text, code="beats_too_seldom", records=(last[-ago], index))

    return Holds("a leader says so again and again", judge)


@scene("patient_leader")
def patient_leader(submission, seed):
    """a waits long before it stands, and the others a little longer. As a leader it beats as often as it was told to."""
    ids = names(seed, 3)
    world = World(electors(submission, ids, one_by_one(ids, 1_500, 300)), seed, until_ms=6_000)
    verify(world, beats_on(HEARTBEAT_MS))


@scene("many_leaders")
def many_leaders(submission, seed):
    """Of three electors each restarts, and later is cut off for a while, again and again, so that the lead changes often."""
    ids = names(seed, 3)
    crashes = [Crash(ids[turn % 3], 800 * turn + 400, 400) for turn in range(12)]
    cuts = [
        Partition(((ids[turn % 3],), (ids[turn % 3 - 1], ids[turn % 3 - 2])), 800 * turn + 400, 800 * turn + 900) for turn in range(12, 36)
    ]
    turns = 36 * 800
    faults = Faults(latency_ms=(5, 10), happenings=(*crashes, *cuts, *asking(ids, turns + SETTLE_MS)))
    world = World(electors(submission, ids, one_by_one(ids)), seed, faults, until_ms=turns + SETTLE_MS + 500)
    verify(world, all_agree(turns + SETTLE_MS))


@scene("far_ahead")
def far_ahead(submission, seed):
    """Two of three electors; the third leads a term far ahead, tells one of them, and dies."""
    a, b, c = names(seed, 3)
    nodes = electors(submission, (a, b, c))[:2]
    happenings = Call(c, 1_000, a, Heartbeat(2**53)), *asking((a, b), 1_000 + SETTLE_MS)
    world = World(nodes, seed, Faults(happenings=happenings), until_ms=1_500 + SETTLE_MS, clients=(c,))
    verify(world, TermsGrow((a, b, c), [a, b]), all_agree(1_000 + SETTLE_MS))


@scene("ahead_of_the_leader")
def ahead_of_the_leader(submission, seed):
    """a leads and is not heard for a while, in which b stands in vain and c restarts. Then everything is heard again."""
    a, b, c = ids = names(seed, 3)
    patience = {a: (150, 150), b: (300, 300), c: (1_000, 1_000)}
    unheard = [Rule(Drop(), sender=who, kind=kind, from_ms=1_000, until_ms=1_700) for who, kind in ((a, "Heartbeat"), (b, "RequestVote"))]
    happenings = Crash(c, 1_250, 20), *asking(ids, 2_000 + 20_000)
    world = World(electors(submission, ids, patience), seed, Faults((10, 10), happenings=happenings, rules=tuple(unheard)), until_ms=22_500)
    verify(world, all_agree(22_000))


@scene("look_alikes")
def look_alikes(submission, seed):
    """A few electors, whose names are alike."""
    one = names(seed, 1)[0]
    capitals = one, one.title(), one[0] + one[1:].upper(), one[:2] + one[2].upper(), one.upper()
    numbers = tuple(3 * one + number for number in ("1", "01", "001", "10", "100"))
    for ids in (capitals, numbers, (one, f"{one} ")):
        faults = Faults(happenings=asking(ids, SETTLE_MS))
        verify(World(electors(submission, ids), seed, faults, until_ms=SETTLE_MS + 500), all_agree(SETTLE_MS))


ONCE = (
    candidate_dies,
    all_alone,
    group_of_one,
    long_calm,
    the_other_won,
    patient_leader,
    many_leaders,
    far_ahead,
    ahead_of_the_leader,
    look_alikes,
)


@scenarios(24)
def test_new_leader(submission, seed):
    kinds = (chaotic, split_votes, dead_leaders, all_in_turn, cut_off, many_dead)
    kind = kinds[variant(seed) % 6]
    for play in ONCE[variant(seed) :: 24]:
        play(submission, seed)
    if kind is split_votes:
        same_moment(submission, seed)
        if variant(seed) < 12:
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
    calm_ms = 3_500 + 20 * max(highest for _, highest in (ELECTION_MS, *patience.values()))
    with scene(kind.__name__):
        verify(World(nodes, seed, faults, until_ms=settled + 500), all_agree(settled), nobody_stands(calm_ms, settled + 500))


# --- news from the past ---


def late_heartbeat_to_a_follower(submission, seed, older, newer):
    """A follower of the leader of a newer term hears a late heartbeat of an older one; then it is asked who leads. It may crash."""
    me, old, new = names(seed, 3)
    beats = [
        Call(old, 10, me, RequestVote(older)),
        Call(old, 100, me, Heartbeat(older)),
        Call(new, 190, me, RequestVote(newer)),
        Call(new, 200, me, Heartbeat(newer)),
        Call(old, 400, me, Heartbeat(older)),
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
    rules = tuple(Rule(Deliver(5, again), sender=a, kind=kind, nth=1) for kind in ("RequestVote", "Heartbeat", None))
    happenings = (Crash(a, 500, None), Crash(b, 2_000, None), *(Crash(name, 2_010, 20) for name in rest), *asking(rest, 17_500))
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


def slow_words(submission, seed):
    """What a says to c takes long, except that it leads: an answer from its first term may arrive when it leads a newer one."""
    a, _, c = ids = names(seed, 3)
    rules = Rule(Deliver(5), sender=a, to=c, kind="Heartbeat"), Rule(Deliver(1_500), sender=a, to=c, until_ms=2_000)
    happenings = Crash(a, 1_000, 50), *asking([c], *range(700, 3_000, 100))
    world = World(
        electors(submission, ids, one_by_one(ids, 150, 250)), seed, Faults((5, 5), happenings=happenings, rules=rules), until_ms=5_000
    )
    verify(world, TrueAnswers(ids), TermsGrow(ids), led(1_050, 5_000))


def stale_answers(submission, seed):
    """An elector stands in vain again and again; the network keeps repeating the first answers that it got: one vote, three refusals."""
    me, *others = names(seed, 5)
    answers = [Call(name, at_ms, me, Vote(1, name == others[0])) for name in others for at_ms in range(2_000, 20_000, 140)]
    verify(alone(submission, me, others, answers, seed), stands_on(20_000))


def nobody_answers(submission, seed):
    """An elector hears nothing at all for three minutes, in which it stands hundreds of times."""
    me, *others = ids = names(seed, 3)
    verify(alone(submission, me, others, (), seed, until_ms=180_000), elected_by_most(ids), stands_on(180_000), waits(75))
    verify(alone(submission, me, others, (), seed, NEVER_MS, until_ms=25_000), waits(30_000))


def waits(least_ms):
    """Who hears nothing waits before it stands, and before it stands in a further term: half of what it was told, as for `follows`."""

    def judge(trace):
        since_ms, last = 0, 0
        for index, record in trace.messages("send", "RequestVote"):
            if record.data.term > last:
                waited_ms = record.time_ms - since_ms
                if waited_ms < least_ms:
                    told = f"{record.node} waits {waited_ms} ms and stands in term {record.data.term} at {record.time_ms} ms"
                    raise Broken(told, code="stands_too_soon", records=(index,))
                since_ms, last = record.time_ms, record.data.term

    return Holds("an elector waits before it stands", judge)


def pestered(submission, seed):
    """a leads, then c, then a again, which dies. Every few milliseconds b and c hear again what all have said in a's first term."""
    a, b, c = ids = names(seed, 3)
    patience = {a: (150, 150), b: (200, 200), c: (155, 155)}
    again = tuple(range(4_600, 9_400, 8))
    first = ((a, b, "RequestVote"), (a, c, "RequestVote"), (a, b, "Heartbeat"), (a, c, "Heartbeat"), (a, c, "Vote"), (c, b, "RequestVote"))
    rules = tuple(Rule(Deliver(5, again), sender=one, to=other, kind=kind, nth=1, until_ms=900) for one, other, kind in first)
    cuts = Partition(((a,), (b, c)), 1_000, 2_000), Partition(((c,), (a, b)), 3_000, 4_000)
    faults = Faults((5, 5), happenings=(*cuts, Crash(a, 5_000, None), *asking((b, c), 9_400)), rules=rules)
    world = World(electors(submission, ids, patience), seed, faults, until_ms=9_500)
    verify(world, led_by_one(9_000), all_agree(9_400))


def every_order_of_terms(submission, seed):
    """Three electors, every order of their messages and timers: three elections, as deep as time allows."""
    ids = names(seed, 3)
    bounds = Bounds(timers=3, depth=6, monotonic_ms=CLOCK_MS, states=20_000)
    verify_every_order(explored(submission, ids, seed), TermsGrow(ids), bounds=bounds)


OLD_NEWS = [
    (late_heartbeat_to_a_follower, 1, 2),
    (late_heartbeat_to_a_follower, 2**53, 2**53 + 1),
    (late_heartbeat_to_a_leader,),
    (stale_requests,),
    (slow_words,),
    (stale_answers,),
    (nobody_answers,),
    (returning_leader,),
    (every_order_of_terms,),
    (pestered,),
]


@scenarios(len(OLD_NEWS))
def test_old_news(submission, seed):
    play_one(submission, seed, OLD_NEWS)
