"""What exploration proves about the zoo of 05_quorum_election: how short the shortest schedule of a misconception is, and that two
programs that look wrong break no safety property within the stated bounds."""

from pathlib import Path

import pytest

from harness import catalogue
from harness.checks.election import ElectedByMajority, OneLeaderPerTerm, OneVotePerTerm, TermsGrow, TrueAnswers
from harness.diagnosis import read_wrong
from harness.exploration import Bounds, Exploration, explore
from harness.faults import Call, Faults
from harness.loading import load_given
from harness.node import Spec
from harness.running import submission_of
from harness.simulation import World

EXERCISE = catalogue.exercise("05", Path(__file__).parents[2])
GIVEN = {"election_ms": (150, 300), "heartbeat_ms": 50}
PROTOCOL = load_given("quorum_election_protocol", EXERCISE.folder / "quorum_election_protocol.py")


def safety(ids, judged=None):
    return [kind(ids, judged) for kind in (OneVotePerTerm, ElectedByMajority, OneLeaderPerTerm, TermsGrow, TrueAnswers)]


def group(path, ids, bounds, reduce=True) -> Exploration:
    """Explore a whole group."""
    submission = submission_of(EXERCISE, path)
    world = World(tuple(Spec(name, submission.Elector, GIVEN) for name in ids))
    return explore(world, safety(ids), bounds, reduce=reduce)


def voter(path, bounds, reduce=True) -> Exploration:
    """Explore one elector whose two peers are scripted: both stand in term 1, the second also in term 2."""
    submission = submission_of(EXERCISE, path)
    asks = [Call(who, 0, "b", PROTOCOL.RequestVote(term)) for who, term in (("a", 1), ("c", 1), ("c", 2))]
    world = World((Spec("b", submission.Elector, GIVEN, ("a", "c")),), faults=Faults(happenings=tuple(asks)))
    return explore(world, safety("abc", "b"), bounds, reduce=reduce)


def follower(path, bounds, reduce=True) -> Exploration:
    """Explore one follower that hears the leaders of terms 1 and 2 in any order and is asked who leads."""
    submission = submission_of(EXERCISE, path)
    news = [Call("a", 0, "c", PROTOCOL.Heartbeat(1)), Call("b", 0, "c", PROTOCOL.Heartbeat(2)), Call("client", 0, "c", PROTOCOL.WhoLeads())]
    world = World((Spec("c", submission.Elector, GIVEN, ("a", "b")),), faults=Faults(happenings=tuple(news)))
    return explore(world, safety("abc", "c"), bounds, reduce=reduce)


def three(path, bounds, reduce=True):
    return group(path, ("a", "b", "c"), bounds, reduce)


def four(path, bounds, reduce=True):
    return group(path, ("a", "b", "c", "d"), bounds, reduce)


SETTINGS = {
    three: Bounds(timers=4, depth=8, states=60_000),
    four: Bounds(timers=1, duplicates=1, depth=5, states=60_000),
    voter: Bounds(network="set", timers=1, crashes=1),
    follower: Bounds(network="set", timers=1),
}
"""Where a schedule is looked for; the bounds leave out nothing shorter than what is found."""

WHERE = {
    "e01_majority_n_half": three,
    "e02_half_is_enough": four,
    "e04_counts_answers": four,
    "e08_term_not_saved": voter,
    "e13_stays_leader": three,
    "e19_falsy_candidate": voter,
    "e24_answers_before_saving": voter,
    "e24_never_saves": voter,
    "e25_greatest_name_leads": three,
    "e30_pre_vote_is_a_vote": three,
    "e31_last_heartbeat_wins": follower,
    "e32_old_timer_beats_on": three,
    "x01_votes_for_all": voter,
    "x02_candidate_still_votes": voter,
    "x03_counts_refusals": three,
    "x04_old_votes_count": three,
    "x06_never_reads_disk": voter,
    "x07_own_vote_not_saved": voter,
    "x08_vote_before_term": voter,
    "x09_majority_of_answers": four,
    "x11_ignores_newer_leader": three,
    "x12_votes_pile_up": three,
    "x13_claims_too_soon": follower,
    "x14_group_of_three": four,
    "x15_no_objection": three,
    "x16_new_leader_old_term": follower,
}


def wrong(name):
    return EXERCISE.solution / "wrong" / f"{name}.py"


@pytest.mark.parametrize("name", WHERE)
def test_steps_are_those_of_a_shortest_schedule(name):
    found = WHERE[name](wrong(name), SETTINGS[WHERE[name]])
    assert found.verdict == "violated"
    assert found.steps == read_wrong(wrong(name)).steps


def test_every_stated_number_of_steps_is_proven():
    stated = {path.stem for path in (EXERCISE.solution / "wrong").glob("*.py") if read_wrong(path).steps is not None}
    assert stated == set(WHERE)


@pytest.mark.parametrize("setting", [voter, follower])
def test_the_reference_keeps_its_promises_in_the_same_settings(setting):
    assert setting(EXERCISE.solution / "quorum_election.py", SETTINGS[setting]).verdict == "exhausted"


SAFE = [
    (three, Bounds(timers=2), "exhausted"),
    (three, Bounds(timers=2, crashes=1), "exhausted"),
    (three, Bounds(network="set", timers=2), "exhausted"),
    (three, Bounds(timers=4, depth=8, states=60_000), "ran out"),
]


@pytest.mark.parametrize(("setting", "bounds", "verdict"), SAFE)
def test_e06_is_safe_without_looking_at_its_role(setting, bounds, verdict):
    """Three electors, two elections in every order, also with a crash anywhere: as safe as the reference."""
    assert setting(EXERCISE.solution / "right" / "e06_counts_after_stepping_down.py", bounds).verdict == verdict


@pytest.mark.parametrize(("setting", "bounds", "verdict"), SAFE)
def test_e29_breaks_no_safety_property(setting, bounds, verdict):
    """Standing again in the same term elects nobody twice; it only fails to elect anybody after a split."""
    assert setting(wrong("e29_same_term_again"), bounds).verdict == verdict
