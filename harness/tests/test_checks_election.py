"""The folds about elections: traces written by hand, both ways, and a brute-force cross-check on random ones."""

import itertools
import random
from collections import Counter

import pytest

from harness.checks.election import ElectedByMajority, OneLeaderPerTerm, OneVotePerTerm, TermsGrow, TrueAnswers
from harness.checks.leadership import all_agree, follows, led_by_one
from harness.errors import Broken
from harness.message import message
from harness.trace import Trace

ABC = ("a", "b", "c")


@message
class RequestVote:
    term: int


@message
class Vote:
    term: int
    granted: bool


@message
class Heartbeat:
    term: int


@message
class WhoLeads:
    pass


@message
class LeaderIs:
    term: int
    leader: str | None


def trace(*told):
    """Records from (kind, node, other, message), one every 10 ms, or (kind, node) for a crash or a start."""
    records = [(10 * place, entry[0], entry[1], place, *(entry[2:] or (None, None))) for place, entry in enumerate(told)]
    return Trace(records)


def ask(who, term, to="c"):
    return ("send", who, to, RequestVote(term))


def vote(who, to, term, granted=True):
    return ("send", who, to, Vote(term, granted))


def lead(who, term, to="c"):
    return ("send", who, to, Heartbeat(term))


def hear(who, leader, term):
    return ("deliver", who, leader, Heartbeat(term))


def name(who, term, leader):
    return ("send", who, "client", LeaderIs(term, leader))


def broken(item, *told):
    with pytest.raises(Broken) as caught:
        item.judge(trace(*told))
    return caught.value.code, caught.value.records


def test_one_vote_per_term():
    item = OneVotePerTerm(ABC)
    item.judge(trace(ask("a", 1), vote("b", "a", 1), vote("b", "a", 1), vote("b", "c", 1, False), vote("b", "c", 2)))
    assert broken(item, vote("b", "a", 1), ask("a", 1), vote("b", "c", 1)) == ("two_votes", (0, 2))
    assert broken(item, ask("a", 1), vote("a", "b", 1)) == ("two_votes", (0, 1))
    assert broken(item, vote("a", "b", 1), ("crash", "a"), ask("a", 1)) == ("two_votes", (0, 2))


def test_only_the_judged_are_judged():
    OneVotePerTerm(ABC, ["a"]).judge(trace(ask("b", 1), vote("b", "a", 1)))
    ElectedByMajority(ABC, ["a"]).judge(trace(lead("b", 1)))


@pytest.mark.parametrize("term", [None, "1", 1.0, True, -1])
def test_a_term_is_a_whole_number(term):
    for item in (OneVotePerTerm(ABC), ElectedByMajority(ABC), TermsGrow(ABC)):
        assert broken(item, ask("a", term)) == ("not_a_term", (0,))
    assert broken(OneLeaderPerTerm(ABC), lead("a", term)) == ("not_a_term", (0,))
    assert broken(TrueAnswers(ABC), name("a", term, "a")) == ("not_a_term", (0,))


@pytest.mark.parametrize(("size", "needed"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3), (6, 4), (7, 4)])
def test_majority(size, needed):
    ids = "abcdefg"[:size]
    won = [ask("a", 1), *[vote(who, "a", 1) for who in ids[1:needed]]]
    ElectedByMajority(ids).judge(trace(*won, lead("a", 1), lead("a", 1)))
    if needed > 1:
        code, records = broken(ElectedByMajority(ids), *won[:-1], won[-2], lead("a", 1))
        assert code == "no_majority"
        assert records == (*range(needed - 1), needed)


def test_votes_count_for_their_own_term_and_candidate():
    item = ElectedByMajority(ABC)
    assert broken(item, ask("a", 1), vote("b", "a", 1), ask("a", 2), lead("a", 2))[0] == "no_majority"
    assert broken(item, ask("a", 1), vote("b", "c", 1), lead("a", 1))[0] == "no_majority"
    assert broken(item, ask("a", 1), vote("b", "a", 1, False), lead("a", 1))[0] == "no_majority"


def test_one_leader_per_term():
    item = OneLeaderPerTerm(ABC)
    item.judge(trace(lead("a", 1), lead("b", 2), lead("a", 1), lead("a", 3)))
    assert broken(item, lead("a", 1), lead("b", 2), lead("b", 1)) == ("two_leaders", (0, 2))


def test_terms_grow():
    item = TermsGrow(ABC)
    item.judge(trace(ask("a", 1), vote("a", "b", 3), vote("a", "b", 1, False), ask("a", 4), lead("a", 4), lead("a", 4)))
    assert broken(item, vote("a", "b", 3), ("crash", "a"), ask("a", 2)) == ("term_went_back", (0, 2))
    assert broken(item, ask("a", 1), lead("a", 1), hear("a", "b", 2), lead("a", 1)) == ("term_went_back", (2, 3))
    item.judge(trace(ask("a", 1), hear("a", "b", 5), ("crash", "a"), vote("a", "c", 2)))  # what was only heard may be forgotten
    item.judge(trace(hear("a", "b", 2), hear("a", "c", 1), ask("a", 2)))


def test_true_answers():
    item = TrueAnswers(ABC)
    item.judge(trace(lead("b", 1), name("a", 1, "b"), name("a", 2, None), lead("c", 3), name("a", 3, "c")))
    assert broken(item, lead("b", 1), name("a", 2, "b")) == ("never_led", (1,))
    assert broken(item, lead("b", 1), lead("c", 2), hear("a", "c", 2), name("a", 1, "b")) == ("older_leader", (2, 3))
    assert broken(item, lead("b", 1), lead("c", 2), name("a", 2, "c"), name("a", 1, "b")) == ("older_leader", (2, 3))
    item.judge(trace(lead("b", 1), lead("c", 2), hear("a", "c", 2), ("crash", "a"), name("a", 1, "b")))
    item.judge(trace(ask("a", 1), vote("b", "a", 1), name("a", 1, "a")))  # elected, and about to say so
    assert broken(item, ask("a", 1), name("a", 1, "a")) == ("never_led", (1,))
    TrueAnswers(["a"]).judge(trace(name("a", 1, "a")))


def test_led_by_one():
    led_by_one(0).judge(trace(lead("a", 1), lead("a", 1)))
    led_by_one(10).judge(trace(ask("b", 1), lead("a", 1)))
    assert broken(led_by_one(0), lead("a", 1), ask("b", 2)) == ("stands_again", (1,))
    assert broken(led_by_one(0), lead("a", 1), lead("a", 2)) == ("leader_changes", (0, 1))
    assert broken(led_by_one(20), lead("a", 1)) == ("nobody_leads", ())


def test_all_agree():
    def asked(who):
        return ("deliver", who, "client", WhoLeads())

    boot = [("start", "a"), ("start", "b")]
    all_agree(0).judge(trace(*boot, asked("a"), name("a", 1, "a"), asked("b"), name("b", 1, "a")))
    assert broken(all_agree(0), *boot) == ("all_down", ())
    assert broken(all_agree(0), *boot, asked("a"), name("b", 1, "a")) == ("no_answer", (2,))
    assert broken(all_agree(0), *boot, asked("a"), name("a", 1, None)) == ("nobody_leads", (3,))
    assert broken(all_agree(0), *boot, asked("a"), name("a", 1, "a"), asked("b"), name("b", 2, "a")) == ("disagree", (3, 5))
    assert broken(all_agree(0), *boot, ("crash", "a"), asked("b"), name("b", 1, "a")) == ("dead_leader", (4,))


def test_follows():
    follows("a", 100).judge(trace(hear("a", "b", 1), *[("crash", "c")] * 4, ask("a", 2)))
    assert broken(follows("a", 100), ask("a", 1), hear("a", "b", 1), ask("a", 2)) == ("ignores_leader", (1, 2))
    follows("a", 100).judge(trace(ask("a", 2), hear("a", "b", 1), ask("a", 3)))  # a leader of the past
    follows("a", 100).judge(trace(hear("c", "b", 1), ask("a", 1)))


def test_the_folds_agree_with_brute_force():
    """Random traffic of three electors: each promise counted over the whole list at once."""
    seen = Counter()
    for seed in range(3_000):
        draw = random.Random(seed)
        told = []
        for _ in range(draw.randint(1, 7)):
            who, to, term = draw.choice(ABC), draw.choice(ABC), draw.randint(1, 2)
            told.append(draw.choice([ask(who, term), vote(who, to, term, draw.random() < 0.8), lead(who, term), ("crash", who)]))
        for item, holds in (
            (OneVotePerTerm(ABC), one_vote),
            (ElectedByMajority(ABC), by_majority),
            (OneLeaderPerTerm(ABC), one_leader),
            (TermsGrow(ABC), grow),
        ):
            try:
                item.judge(trace(*told))
                found = True
            except Broken:
                found = False
            assert found == holds(told), (item.name, told)
            seen[item.name, found] += 1
    assert len(seen) == 8
    assert min(seen.values()) > 100


def acts(told):
    """Return (place, who, what, term, candidate) of every vote, candidacy and heartbeat."""
    for place, (kind, who, *rest) in enumerate(told):
        if kind == "send":
            to, data = rest
            if isinstance(data, Heartbeat):
                yield place, who, "lead", data.term, who
            elif isinstance(data, RequestVote) or data.granted:
                yield place, who, "vote", data.term, who if isinstance(data, RequestVote) else to


def one_vote(told):
    votes = {(who, term, candidate) for _, who, what, term, candidate in acts(told) if what == "vote"}
    return all(x[:2] != y[:2] for x, y in itertools.combinations(votes, 2))


def one_leader(told):
    leads = {(who, term) for _, who, what, term, _ in acts(told) if what == "lead"}
    return len(leads) == len({term for _, term in leads})


def by_majority(told):
    listed = list(acts(told))
    return all(
        len({w for p, w, what, t, c in listed if what == "vote" and p < place and (t, c) == (term, who)}) >= 2
        for place, who, kind, term, _ in listed
        if kind == "lead"
    )


def grow(told):
    listed = list(acts(told))
    return all(x[3] <= y[3] for x, y in itertools.combinations(listed, 2) if x[1] == y[1])
