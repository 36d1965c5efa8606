"""Public checks. Reading them is part of the exercise: they say what must hold, and how it is tried."""

from quorum_election_protocol import RequestVote, WhoLeads

from harness.checks.election import ElectedByMajority, OneVotePerTerm, TermsGrow, TrueAnswers, term_of
from harness.checks.leadership import all_agree, follows, led_by_one
from harness.testing import (
    Bounds,
    Broken,
    Call,
    Deliver,
    Drop,
    Eventually,
    Faults,
    Holds,
    PromiseBroken,
    Rule,
    Sometimes,
    Spec,
    World,
    names,
    scenarios,
    verify,
    verify_every_order,
)

ELECTION_MS = (150, 300)
HEARTBEAT_MS = 50
SETTLED_MS = 20 * ELECTION_MS[1]


def electors(submission, ids, election_ms=None):
    """A group of electors, who all know each other; `election_ms` may give some of them a patience of their own."""
    given = {name: {"election_ms": (election_ms or {}).get(name, ELECTION_MS), "heartbeat_ms": HEARTBEAT_MS} for name in ids}
    return tuple(Spec(name, submission.Elector, given[name], tuple(peer for peer in ids if peer != name)) for name in ids)


def group(seed, least=2):
    """Names of a group; with seven seeds in a row, its size takes every value from `least` to seven."""
    return names(seed, least + seed % (8 - least))


def leads(after_ms=0, by_ms=SETTLED_MS):
    return Eventually("an elector leads", lambda r: r.kind == "send" and r.name == "Heartbeat", by_ms=by_ms, after_ms=after_ms)


def stands(ids):
    def judge(trace):
        asked = {}
        for index, record in trace.messages("send", "RequestVote"):
            asked.setdefault((record.node, term_of(record, index)), set()).add(record.other)
        if not asked:
            raise Broken(f"nobody stands within {trace[-1].time_ms} ms, though nobody hears from a leader", code="nobody_stands")
        if max(map(len, asked.values())) < len(ids) - 1:
            (node, term), others = max(asked.items(), key=lambda item: len(item[1]))
            missing = sorted(set(ids) - {node} - others)
            raise Broken(f"{node} stands in term {term} but never asks {', '.join(missing)}", code="asks_too_few")

    return Holds("an elector that hears from nobody stands", judge)


@scenarios(6)
def test_stands(submission, seed):
    ids = group(seed)
    nodes = electors(submission, ids)
    try:
        verify(World(nodes, seed, Faults(rules=(Rule(Drop()),)), until_ms=SETTLED_MS), stands(ids))
    except PromiseBroken as broken:
        sent = {record.name for _, record in broken.trace.of("send")}
        if not sent - {"RequestVote"}:
            raise
        # messages of its own come first (a pre-vote, say), so somebody has to answer them
        verify(World(nodes, seed, until_ms=SETTLED_MS), stands(ids))


@scenarios(3)
def test_one_vote(submission, seed):
    ids = sorted(names(seed, 5))
    me = ids[2]
    others = tuple(name for name in ids if name != me)
    asks = [Call(name, 0, me, RequestVote(1)) for name in others] + [Call(others[seed % 4], 0, me, RequestVote(2))]
    voter = electors(submission, [me])[0]._replace(peers=others)
    world = World((voter,), seed, Faults(happenings=tuple(asks)))
    granted = Sometimes(f"{me} grants a vote", lambda r: r.kind == "send" and r.name == "Vote" and getattr(r.data, "granted", False))
    properties = (OneVotePerTerm(ids, [me]), TermsGrow(ids, [me]), granted)
    verify_every_order(world, *properties, bounds=Bounds(duplicates=1, timers=1, states=4_000))


@scenarios(6)
def test_leader_elected(submission, seed):
    ids = group(seed)
    unheard = Faults(rules=(Rule(Drop(), kind="Heartbeat"),))  # so that this works before on_heartbeat is written
    world = World(electors(submission, ids), seed, unheard, until_ms=SETTLED_MS)
    verify(world, ElectedByMajority(ids), leads())


@scenarios(6)
def test_leader_stays(submission, seed):
    ids = group(seed)
    verify(World(electors(submission, ids), seed, until_ms=SETTLED_MS + 3_000), led_by_one(SETTLED_MS))
    # two stand at once, and the loser hears from the winner
    first, second, third = names(seed, 3)
    patience = {first: (150, 150), second: (150, 150), third: (5_000, 5_000)}
    late = Faults(latency_ms=(10, 10), rules=(Rule(Deliver(30), sender=second, to=third, kind="RequestVote"),))
    verify(World(electors(submission, names(seed, 3), patience), seed, late, until_ms=2_000), follows(second, 150), follows(first, 150))


@scenarios(7)
def test_who_leads(submission, seed):
    ids = group(seed, least=1)
    moments = (0, *range(140, 320, 15), SETTLED_MS)  # before, in the middle of the first elections, and long after
    asks = [Call(f"client{place}", at_ms, name, WhoLeads()) for place, name in enumerate(ids) for at_ms in moments]
    world = World(electors(submission, ids), seed, Faults(happenings=tuple(asks)), until_ms=SETTLED_MS + 1_000)
    verify(world, TrueAnswers(ids), all_agree(SETTLED_MS))
