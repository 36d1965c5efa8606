"""What a failure detector promises: completeness (the dead are suspected) and accuracy (the living are not).

Judged by its notices, `Suspect(peer)` and `Trust(peer)`, at the moment when they are sent to the monitor, whatever else the
detectors say to each other. Who is dead, cut off or slow is read from the trace, so a shrunk run is judged like any other.

    Chandra & Toueg, "Unreliable Failure Detectors for Reliable Distributed Systems", 1996.
    Chen, Toueg & Aguilera, "On the Quality of Service of Failure Detectors", 2002 (detection time, mistakes).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from harness.checks.notices import Case
from harness.checks.reach import DOWN, GONE, HERE, Pair, Span
from harness.errors import Broken
from harness.properties import Holds
from harness.trace import Trace

BAND = 0.1
"""Nothing is judged within a tenth of a bound."""


class Finding(NamedTuple):
    """A broken promise and its moment, with its proof, or what led to nothing `by_ms`; of several, the earliest is told."""

    time_ms: int
    text: str
    code: str
    records: tuple[int, ...]
    by_ms: int | None = None


def _tell(findings: Iterator[Finding]) -> None:
    first = min(findings, default=None)
    if first is not None:
        raise Broken(first.text, code=first.code, records=first.records, by_ms=first.by_ms)


def complete(monitor: str, timeout_ms: int, until_ms: int, times: int = 3, after_trouble: int = 10) -> Holds:
    """Return the property that whoever is gone is suspected, by all that run, for as long as it is gone.

    Args:
        monitor: who is told.
        timeout_ms: the detectors' timeout.
        until_ms: when the run ends.
        times: how many timeouts after its last sign of life at the latest.
        after_trouble: the same for a detector that was wrong before, or did not hear this peer, and may have become more patient.
    """

    def judge(trace: Trace) -> None:
        case = Case(trace, monitor, until_ms)
        late_ms = [round(limit * timeout_ms * (1 + BAND)) for limit in (times, after_trouble)]
        _tell(
            finding
            for pair, stretches in case.spans.items()
            for span in stretches
            if span.state == GONE
            for anchor_ms, stop_ms in _silences(case, pair[1], span)
            for finding in _overdue(case, pair, span, anchor_ms, stop_ms, late_ms[case.in_trouble(pair, span, anchor_ms)])
        )

    return Holds("the dead are suspected", judge)


def _silences(case: Case, peer: str, span: Span) -> Iterator[tuple[int, int]]:
    """Cut a stretch without the peer wherever a late message of it still arrives somewhere: a sign of life, if an old one."""
    heard_ms = case.heard_ms.get(peer, [])
    late = heard_ms[bisect_right(heard_ms, span.from_ms) : bisect_left(heard_ms, span.until_ms)]
    moments = [span.from_ms, *late, span.until_ms]
    yield from pairwise(moments)


def _overdue(case: Case, pair: Pair, span: Span, anchor_ms: int, stop_ms: int, late_ms: int) -> Iterator[Finding]:
    (node, peer), due_ms = pair, anchor_ms + late_ms
    if due_ms >= stop_ms:
        return
    since = f"has had no sign of life from {peer} since {anchor_ms} ms"
    cause = (span.cause,) if span.cause >= 0 else ()
    if not case.opinion_at(pair, due_ms).suspects:
        begun = next((item for item, _, _ in case.suspicions(pair) if due_ms < item.time_ms < stop_ms), None)
        if begun is None:
            starts = [place for place, record in case.trace.of("start") if record.node == node and record.time_ms <= due_ms]
            led = (*case.last_heard(pair, due_ms), *cause) or tuple(starts[-1:])
            told = f"{node} {since} and does not suspect it by {due_ms} ms"
            yield Finding(due_ms, told, case.how_missed(pair, span, due_ms), led, due_ms)
        else:
            told = f"{node} {since} and suspects it only at {begun.time_ms} ms"
            yield Finding(due_ms, told, "too_late", (*cause, begun.place))
        return
    for _, end_ms, place in case.suspicions(pair):
        if due_ms < end_ms < stop_ms and place >= 0:
            yield Finding(end_ms, f"{node} {since}, and trusts it again at {end_ms} ms", "trusts_the_dead", (*cause, place))


def accurate(monitor: str, interval_ms: int, until_ms: int, settle_ms: int) -> Holds:
    """Return the property that a peer that lives, and whose messages are punctual, is not suspected.

    Punctual means: messages take at most half an interval, both ways, and of those between the two at most one is lost in any
    five intervals. Whoever is gone is not suspected before an interval is over.

    Args:
        monitor: who is told.
        interval_ms: how often the detectors give a sign of life.
        until_ms: when the run ends.
        settle_ms: how long a detector has to withdraw its suspicion when a peer is back or its messages are punctual again.
    """

    def judge(trace: Trace) -> None:
        case = Case(trace, monitor, until_ms)
        rough = _rough(trace, interval_ms, settle_ms)
        early_ms = round(interval_ms * (1 - BAND))
        _tell(
            finding
            for pair, stretches in case.spans.items()
            for place, span in enumerate(stretches)
            if span.state == HERE
            for finding in _mistaken(case, pair, _clear(stretches, place, settle_ms, early_ms), span, rough.get(_both(*pair), []))
        )

    return Holds("the living are trusted", judge)


def _clear(stretches: list[Span], place: int, settle_ms: int, early_ms: int) -> tuple[int, int]:
    """Return from when until when a peer that is there must be trusted."""
    span = stretches[place]
    fresh = place == 0 or stretches[place - 1].state == DOWN  # a detector that starts trusts everybody
    after = stretches[place + 1] if place + 1 < len(stretches) else None
    stop_ms = min(span.until_ms + early_ms, after.until_ms) if after and after.state == GONE else span.until_ms
    return span.from_ms + (0 if fresh else settle_ms), stop_ms


def _mistaken(case: Case, pair: Pair, clear_ms: tuple[int, int], span: Span, rough: list[tuple[int, int]]) -> Iterator[Finding]:
    node, peer = pair
    for begun, end_ms, place in case.suspicions(pair):
        moment = _first_calm(max(begun.time_ms, clear_ms[0]), rough)
        told_ms = max(end_ms, begun.time_ms + 1)  # withdrawn in the same moment, it has been told nevertheless
        if moment >= min(told_ms, clear_ms[1]):
            continue
        proof = (*case.last_heard(pair, begun.time_ms), begun.place)
        if moment > begun.time_ms:
            told = f"{node} suspects {peer}, which has been back since {span.from_ms} ms, and does not withdraw it by {moment} ms"
            if place >= 0:
                yield Finding(moment, told, "not_withdrawn", (begun.place, place))
            else:
                yield Finding(moment, told, "not_withdrawn", (begun.place,), moment)
        elif moment >= span.until_ms:
            told = f"{node} suspects {peer} at {moment} ms, but it lived until {span.until_ms} ms: less than an interval is over"
            yield Finding(moment, told, "too_early", proof)
        else:
            told = f"{node} suspects {peer} at {moment} ms, but it lives, and its messages are punctual"
            yield Finding(moment, told, "false_suspicion", proof)
        return  # suspicions come in order of time, and the first mistake is the one to tell


def _first_calm(time_ms: int, rough: list[tuple[int, int]]) -> int:
    for from_ms, until_ms in rough:  # in order of `from_ms`
        if from_ms <= time_ms < until_ms:
            time_ms = until_ms
    return time_ms


def _both(node: str, peer: str) -> Pair:
    return (node, peer) if node < peer else (peer, node)


def _rough(trace: Trace, interval_ms: int, settle_ms: int) -> dict[Pair, list[tuple[int, int]]]:
    """Return, for each two nodes, when messages between them were late or lost too often, and for `settle_ms` after.

    What a cut or a crash loses does not count: that is what the spans are about.
    """
    arrived: dict[int, int] = {}
    for _, record in trace.of("deliver", "lose"):
        if record.kind == "deliver" or record.other[1] != "lost":
            arrived.setdefault(record.number, record.time_ms)
    late: dict[Pair, list[int]] = {}
    last_ms = trace[-1].time_ms if len(trace) else 0
    for _, record in trace.of("send"):
        limit_ms = record.time_ms + interval_ms // 2
        if arrived.get(record.number, last_ms) > limit_ms:
            late.setdefault(_both(record.node, record.other), []).append(record.time_ms)
    apart_ms = 5 * interval_ms
    found: dict[Pair, list[tuple[int, int]]] = {}
    for pair, times in late.items():
        crowded = [now for before, now in pairwise(times) if now - before < apart_ms]
        found[pair] = [(now, now + settle_ms) for now in crowded]
    return found


def thrifty(nodes: tuple[str, ...], interval_ms: int, from_ms: int = 0, until_ms: int | None = None, most: int = 4) -> Holds:
    """Return the property that nobody sends a peer more than `most` messages per interval, on average over ten, while all is calm."""

    def judge(trace: Trace) -> None:
        sent: Counter[tuple[str, str, int]] = Counter()
        limit = round(10 * most * (1 + BAND))
        for index, record in trace.of("send"):
            calm = from_ms <= record.time_ms and (until_ms is None or record.time_ms < until_ms)
            if calm and record.node in nodes and record.other in nodes:
                stretch = record.node, record.other, (record.time_ms - from_ms) // (10 * interval_ms)
                sent[stretch] += 1
                if sent[stretch] > limit:
                    told = f"{record.node} has sent {record.other} {sent[stretch]} messages within ten intervals of {interval_ms} ms"
                    raise Broken(f"{told}, though all is calm; {most} per interval are the most", code="chatty", records=(index,))

    return Holds("signs of life are cheap", judge)


def talkative(nodes: tuple[str, ...], timeout_ms: int, until_ms: int) -> Holds:
    """Return the property that each sends every other one a sign of life in every two timeouts. For runs in which all run that long."""

    def judge(trace: Trace) -> None:
        longest_ms = round(2 * timeout_ms * (1 + BAND))
        there = {record.node for _, record in trace.of("start")} & set(nodes)
        last_ms = {(node, peer): 0 for node in sorted(there) for peer in sorted(there - {node})}
        for index, record in trace.of("send"):
            pair = record.node, record.other
            if pair in last_ms and record.time_ms < until_ms:
                if record.time_ms - last_ms[pair] > longest_ms:
                    _fallen_silent(pair, last_ms[pair], record.time_ms, (index,))
                last_ms[pair] = record.time_ms
        for pair, since_ms in last_ms.items():
            if until_ms - since_ms > longest_ms:
                _fallen_silent(pair, since_ms, until_ms, ())

    return Holds("signs of life never end", judge)


def _fallen_silent(pair: Pair, from_ms: int, until_ms: int, records: tuple[int, ...]) -> None:
    told = f"{pair[0]} runs, and sends nothing to {pair[1]} between {from_ms} and {until_ms} ms"
    raise Broken(told, code="falls_silent", records=records, by_ms=None if records else until_ms)


def steady(monitor: str, from_ms: int) -> Holds:
    """Return the property that from then on nobody changes its mind, and nobody suspects anybody. For runs in which all live."""

    def judge(trace: Trace) -> None:
        suspected: dict[Pair, int] = {}
        for index, record in trace.of("send"):
            if record.other == monitor and record.name in ("Suspect", "Trust"):
                pair = record.node, str(getattr(record.data, "peer", ""))
                if record.time_ms >= from_ms:
                    told = f"{pair[0]} changes its mind about {pair[1]} at {record.time_ms} ms, though all is steady"
                    raise Broken(told, code="flaps", records=(index,))
                if record.name == "Suspect":
                    suspected[pair] = index
                else:
                    suspected.pop(pair, None)
        for (node, peer), index in suspected.items():
            told = f"{node} has suspected {peer} since {trace[index].time_ms} ms and never withdraws it, though all is steady"
            raise Broken(told, code="not_withdrawn", records=())

    return Holds("minds do not change without a reason", judge)
