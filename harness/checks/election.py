"""What an election by majority promises, judged from messages alone, in both engines.

The messages are known by name: `RequestVote(term)`, `Vote(term, granted)`, `Heartbeat(term)`, `LeaderIs(term, leader)`. Asking
for votes in a term is voting for oneself in it; sending `Heartbeat(t)` is leading term t.

    Ongaro & Ousterhout, "In Search of an Understandable Consensus Algorithm", 2014 (section 5.2: election safety).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from harness.errors import Broken
from harness.properties import Always
from harness.trace import Record

Vote = tuple[int, str, str, int]
"""(term, voter, candidate, place in the trace); the place is -1 during a search, so that it tells no two states apart."""


Answers = tuple[frozenset[tuple[int, str, str]], frozenset[tuple[int, str]], frozenset[tuple[str, int, int]]]
"""Votes, (term, leader) of every heartbeat, and of each elector the highest term of which it knows a leader, with its place."""


def term_of(record: Record, index: int) -> int:
    """Return the term that a message carries.

    Raises:
        Broken: it is not a whole number from 0 up.
    """
    term = getattr(record.data, "term", None)
    if type(term) is not int or term < 0:
        told = f"{record.node} sends {record.name} with term {str(term)[:40]}; a term is a whole number from 0 up"
        raise Broken(told, code="not_a_term", records=(index,))
    return term


def vote_of(record: Record, index: int) -> Vote | None:
    """Return the vote that a sent message casts: a granted `Vote`, or a `RequestVote`, by which its sender votes for itself."""
    if record.name == "RequestVote":
        return term_of(record, index), record.node, record.node, index
    if record.name == "Vote" and getattr(record.data, "granted", False):
        return term_of(record, index), record.node, record.other, index
    return None


class Watching(Always):
    """Base of the checks below: watches what some electors send.

    Args:
        electors: names of all electors of the group; messages of others (clients, scripted peers) are not judged.
        judged: those whose messages are judged, if not all.
    """

    kinds: tuple[str, ...] = ()

    def __init__(self, electors: Sequence[str], judged: Sequence[str] | None = None) -> None:
        self.electors = tuple(electors)
        self.judged = frozenset(electors if judged is None else judged)

    def watches(self, record: Record) -> bool:
        """True for the messages of `kinds` that the judged electors send."""
        return record.kind == "send" and record.node in self.judged and record.name in self.kinds


class OneVotePerTerm(Watching):
    """No elector votes for two candidates in one term, itself included, however often it restarts."""

    name = "one vote per elector and term"
    initial: Hashable = frozenset()
    kinds = ("RequestVote", "Vote")

    def step(self, memory: frozenset[Vote], record: Record, index: int) -> Hashable:
        """Remember every vote; refuse the second one of an elector in a term for somebody else."""
        vote = vote_of(record, index)
        if vote is None:
            return memory
        term, voter, candidate, _ = vote
        for earlier_term, earlier_voter, earlier, place in memory:
            if (earlier_term, earlier_voter) == (term, voter):
                if earlier == candidate:
                    return memory
                told = [f"for {name}" if name != voter else "for itself" for name in (earlier, candidate)]
                raise Broken(f"{voter} votes twice in term {term}: {told[0]}, then {told[1]}", code="two_votes", records=(place, index))
        return memory | {vote}


class ElectedByMajority(Watching):
    """Nobody leads a term in which fewer than a majority of all electors have voted for it."""

    name = "leaders have a majority"
    initial: Hashable = frozenset()
    kinds = ("RequestVote", "Vote", "Heartbeat")

    def step(self, memory: frozenset[Vote], record: Record, index: int) -> Hashable:
        """Remember every vote; at a heartbeat, count those for its sender."""
        if record.name != "Heartbeat":
            vote = vote_of(record, index)
            known = vote is None or any(vote[:3] == earlier[:3] for earlier in memory)
            return memory if known else memory | {vote}
        term, leader = term_of(record, index), record.node
        votes = {voter: place for at, voter, candidate, place in memory if (at, candidate) == (term, leader)}
        needed = len(self.electors) // 2 + 1
        if len(votes) < needed:
            told = f"{leader} leads term {term} with the votes of {len(votes)} of {len(self.electors)} electors; a majority is {needed}"
            raise Broken(told, code="no_majority", records=(*sorted(votes.values()), index))
        return memory


class OneLeaderPerTerm(Watching):
    """Over the whole run, at most one elector leads a term."""

    name = "one leader per term"
    initial: Hashable = frozenset()
    kinds = ("Heartbeat",)

    def step(self, memory: frozenset[tuple[int, str, int]], record: Record, index: int) -> Hashable:
        """Remember the first heartbeat of each term; refuse one of somebody else."""
        term = term_of(record, index)
        for earlier_term, leader, place in memory:
            if earlier_term == term:
                if leader == record.node:
                    return memory
                raise Broken(f"{leader} and {record.node} both lead term {term}", code="two_leaders", records=(place, index))
        return memory | {(term, record.node, index)}


class TermsGrow(Watching):
    """Whoever has voted, stood or led in a term does none of these in an older one, not even after a restart; nor does one that has
    heard the leader of a newer term, until it restarts."""

    name = "terms only grow"
    initial: Hashable = frozenset()
    kinds = ("RequestVote", "Vote", "Heartbeat")

    def watches(self, record: Record) -> bool:
        """True for what the judged electors send, for heartbeats they hear, and for their crashes."""
        if record.node not in self.judged:
            return False
        return super().watches(record) or record.kind == "crash" or (record.kind == "deliver" and record.name == "Heartbeat")

    def step(self, memory: frozenset[tuple[str, str, int, int]], record: Record, index: int) -> Hashable:
        """Keep (elector, "acted" or "heard", highest term, its place); refuse an act in a lower term."""
        node = record.node
        known = {what: (term, place) for name, what, term, place in memory if name == node}
        others = frozenset(entry for entry in memory if entry[0] != node)
        if record.kind == "crash":
            known.pop("heard", None)
        elif record.kind == "deliver":
            known["heard"] = max(known.get("heard", (-1, index)), (term_of(record, index), index), key=lambda entry: entry[0])
        else:
            act = _act(record)
            if act is None:
                return memory
            term = term_of(record, index)
            highest, place, what = max((*known.get(what, (-1, -1)), what) for what in ("acted", "heard"))
            if term < highest:
                before = "had heard the leader of" if what == "heard" else "had already taken part in"
                raise Broken(f"{node} {act} in term {term}, but {before} term {highest}", code="term_went_back", records=(place, index))
            if known.get("acted", (-1,))[0] < term:
                known["acted"] = term, index
        return others | {(node, what, *entry) for what, entry in known.items()}


def _act(record: Record) -> str | None:
    if record.name == "Vote":
        return f"votes for {record.other}" if getattr(record.data, "granted", False) else None
    return {"RequestVote": "stands", "Heartbeat": "leads"}[record.name]


class TrueAnswers(Watching):
    """Who is named as leader of a term leads it: it has told others so or, if it names itself, a majority has voted for it. And whoever
    has heard or named a leader never names one of an older term, until it restarts."""

    name = "answers name a leader of that term, and never an older one"
    initial: Hashable = (frozenset(), frozenset(), frozenset())
    kinds = ("RequestVote", "Vote", "LeaderIs")

    def watches(self, record: Record) -> bool:
        """True for every heartbeat sent, for heartbeats that the judged electors hear, for their votes, answers and crashes."""
        if record.name == "Heartbeat":
            return record.kind == "send" or (record.kind == "deliver" and record.node in self.judged)
        return super().watches(record) or (record.kind == "crash" and record.node in self.judged)

    def step(self, memory: Answers, record: Record, index: int) -> Hashable:
        """Remember votes, (term, leader) of every heartbeat, and (elector, highest term it knows a leader of, place)."""
        votes, leaders, known = memory
        node = record.node
        if record.kind == "crash":
            return votes, leaders, frozenset(entry for entry in known if entry[0] != node)
        if record.name == "LeaderIs":
            return votes, leaders, self._named(memory, record, index)
        if record.name != "Heartbeat":
            vote = vote_of(record, index)
            return (votes | {vote[:3]} if vote else votes), leaders, known
        term = term_of(record, index)
        if record.kind == "send":
            return votes, leaders | {(term, node)}, known
        return votes, leaders | {(term, record.other)}, _raised(known, node, term, index)

    def _named(self, memory: Answers, record: Record, index: int) -> frozenset[tuple[str, int, int]]:
        votes, leaders, known = memory
        node, leader = record.node, getattr(record.data, "leader", None)
        if leader is None:
            return known
        term = term_of(record, index)
        alone = self.electors == (node,)  # who has no peers asks nobody and tells nobody
        backed = alone or sum((at, candidate) == (term, node) for at, _, candidate in votes) > len(self.electors) // 2
        led = isinstance(leader, str) and ((term, leader) in leaders or (leader == node and backed))
        if not led:
            told = f"{node} names {str(leader)[:40]} as leader of term {term}, which {str(leader)[:40]} has never led"
            raise Broken(told, code="never_led", records=(index,))
        for elector, highest, place in known:
            if elector == node and term < highest:
                told = f"{node} names {leader}, leader of term {term}, though it knew of the leader of term {highest}"
                raise Broken(told, code="older_leader", records=(place, index))
        return _raised(known, node, term, index)


def _raised(known: frozenset[tuple[str, int, int]], node: str, term: int, index: int) -> frozenset[tuple[str, int, int]]:
    mine = [entry for entry in known if entry[0] == node]
    if mine and mine[0][1] >= term:
        return known
    return known.difference(mine) | {(node, term, index)}
