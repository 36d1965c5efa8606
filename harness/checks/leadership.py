"""What a group that elects its leader promises over time: somebody leads, all agree on it, and a follower waits.

The promises that hold at every moment, and the messages, are in `election`.
"""

from __future__ import annotations

from harness.checks.election import term_of, vote_of
from harness.errors import Broken
from harness.properties import Holds
from harness.trace import Record, Trace


def led_by_one(from_ms: int) -> Holds:
    """Return the property that from then on one elector leads, in one term, and nobody stands. For calm networks."""

    def judge(trace: Trace) -> None:
        first: tuple[int, Record] | None = None
        for index, record in trace.messages("send", "RequestVote", "Heartbeat"):
            term = term_of(record, index)
            if record.time_ms < from_ms:
                continue
            if record.name == "RequestVote":
                told = f"{record.node} stands in term {term} at {record.time_ms} ms, though all is calm and settled"
                raise Broken(told, code="stands_again", records=(index,))
            if first is None:
                first = index, record
            elif (record.node, record.data) != (first[1].node, first[1].data):
                told = f"first {first[1].node} leads term {first[1].data.term}, then {record.node} term {term}, though all is calm"
                raise Broken(told, code="leader_changes", records=(first[0], index))
        if first is None:
            raise Broken(f"nobody leads after {from_ms} ms, though all is calm", code="nobody_leads")

    return Holds("one leader stays", judge)


def all_agree(from_ms: int) -> Holds:
    """Return the property that all who are asked from then on answer, and name one leader that is up."""

    def judge(trace: Trace) -> None:
        asked: dict[tuple[str, str], int] = {}  # (elector, client)
        answers: dict[tuple[str, str], tuple[int, Record]] = {}
        for index, record in trace.messages("deliver", "WhoLeads"):
            if record.time_ms >= from_ms:
                asked.setdefault((record.node, record.other), index)
        for index, record in trace.messages("send", "LeaderIs"):
            if index > asked.get((record.node, record.other), index):
                answers.setdefault((record.node, record.other), (index, record))
        if not asked:
            raise Broken("nobody was asked who leads: all electors are down", code="all_down")
        for (node, client), place in asked.items():
            if (node, client) not in answers:
                raise Broken(f"{node} is asked by {client} who leads and never answers", code="no_answer", records=(place,))
        _one_leader(trace, [answers[each] for each in asked])

    return Holds("all name one leader", judge)


def _one_leader(trace: Trace, answers: list[tuple[int, Record]]) -> None:
    index, first = answers[0]
    for place, answer in answers:
        leader, term = getattr(answer.data, "leader", None), term_of(answer, place)
        if not isinstance(leader, str):
            told = f"{answer.node} knows of no leader at {answer.time_ms} ms, though a majority has been up and connected for long"
            raise Broken(told, code="nobody_leads", records=(place,))
        if answer.data != first.data:
            told = f"{first.node} names {first.data.leader} (term {first.data.term}), {answer.node} names {leader} (term {term})"
            raise Broken(told, code="disagree", records=(index, place))
    last = {record.node: record.kind for _, record in trace.of("start", "crash")}
    if last.get(first.data.leader) == "crash":
        raise Broken(f"all name {first.data.leader} as leader, which has long been down", code="dead_leader", records=(index,))


def follows(elector: str, low_ms: int) -> Holds:
    """Return the property that an elector does not stand within half of `low_ms` after a heartbeat that counts.

    A heartbeat counts if its term is no older than any in which the elector has voted, stood or led. Half, because a program may
    count missed heartbeats in coarse ticks.
    """

    def judge(trace: Trace) -> None:
        acted = heard_ms = -1
        heard = (0, 0)
        for index, record in enumerate(trace):
            if record.node != elector:
                continue
            if record.kind == "deliver" and record.name == "Heartbeat" and term_of(record, index) >= acted:
                heard_ms, heard, acted = record.time_ms, (record.data.term, index), record.data.term
            elif record.kind == "send" and record.name == "RequestVote" and term_of(record, index) > acted:
                if heard_ms >= 0 and record.time_ms - heard_ms < low_ms / 2:
                    told = f"{elector} stands in term {record.data.term}, {record.time_ms - heard_ms} ms after it heard the leader of "
                    told += f"term {heard[0]}"
                    raise Broken(told, code="ignores_leader", records=(heard[1], index))
                acted = record.data.term
            elif record.kind == "send" and vote_of(record, index) is not None:
                acted = max(acted, record.data.term)

    return Holds("a candidate follows the leader it hears", judge)
