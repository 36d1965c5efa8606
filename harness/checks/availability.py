"""Who is answered, how soon, and who is refused: judged from the questions that reach replicas and the answers that leave them.

Gilbert & Lynch, "Brewer's Conjecture and the Feasibility of Consistent, Available, Partition-Tolerant Web Services", 2002:
available is a system in which every request that reaches a working machine gets a real answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from harness.checks.register import Question, questions
from harness.errors import Broken
from harness.properties import Holds
from harness.trace import Trace

LATE = 1.25
"""An answer may take this much longer than the deadline before it counts as late."""

Names = Collection[tuple[str, int]]
"""Questions, each by its client and the client's number for it."""


def lives(trace: Trace) -> Iterator[tuple[str, int, float]]:
    """Yield (node, from ms, until ms) of every stretch in which a node was up and not paused; the last ones have no end."""
    since: dict[str, int] = {}
    for _, record in trace.of("start", "crash", "pause", "resume"):
        if record.kind in ("crash", "pause"):
            if record.node in since:
                yield record.node, since.pop(record.node), record.time_ms
        else:
            since[record.node] = record.time_ms
    yield from ((node, begun, float("inf")) for node, begun in since.items())


def in_time(deadline_ms: int, served: Names = (), everyone: bool = False) -> Holds:
    """Return a judge: every question to a replica that stays up is answered within the deadline. The run has to go on that long.

    Args:
        served: names (client, request) of the questions that must get `Values` or `Written`.
        everyone: all must.
    """

    def judge(trace: Trace) -> None:
        up = list(lives(trace))
        for question in questions(trace):
            asked_ms = trace[question.begun].time_ms
            limit_ms = asked_ms + int(deadline_ms * LATE)
            alive = any(node == question.replica and begun <= asked_ms and limit_ms < until for node, begun, until in up)
            took_ms = None if question.ended is None else trace[question.ended].time_ms
            told = f"{question.replica} is asked by {question.client} ({question})"
            if alive and took_ms is None:
                raise Broken(f"{told} and does not answer", code="no_answer", records=_last_of(trace, question, limit_ms))
            if alive and took_ms is not None and took_ms > limit_ms:
                text = f"{told} and answers after {took_ms - asked_ms} ms; the deadline is {deadline_ms} ms"
                raise Broken(text, code="late", records=question.places)
            wanted = everyone or question.name in served
            if alive and wanted and question.told not in ("Values", "Written"):
                raise Broken(f"{told} and answers {question.told}", code=f"refuses_{question.kind.lower()}", records=question.places)

    return Holds("answers in time", judge)


def _last_of(trace: Trace, question: Question, limit_ms: int) -> tuple[int, ...]:
    """Return where a question begins, and what its replica did last before the answer was due."""
    own = [index for index, record in enumerate(trace) if record.node == question.replica and record.time_ms <= limit_ms]
    return tuple(sorted({question.begun, own[-1]}))


def serves_without(deadline_ms: int, probes: dict[frozenset[str], list[tuple[str, int]]]) -> Holds:
    """Return a judge of runs in which machines are away in turn: at most one machine is indispensable.

    Args:
        probes: the machines that were away together -> (client, request) of questions to others that could reach a majority.
    """

    def judge(trace: Trace) -> None:
        in_time(deadline_ms).judge(trace)
        known = {question.name: question for question in questions(trace)}
        refused: dict[frozenset[str], Question] = {}
        for away, names in probes.items():
            for name in names:
                question = known.get(name)
                if question is not None and question.told not in ("Values", "Written"):
                    refused.setdefault(away, question)
        if refused and not frozenset.intersection(*refused):
            away, question = list(refused.items())[-1]
            groups = " and also ".join(" and ".join(sorted(group)) for group in refused)
            text = (
                f"{question.replica} can reach a majority, but answers {question.client} ({question}) with {question.told or 'nothing'}: "
                f"nothing is served while {groups} cannot be reached"
            )
            raise Broken(text, code="majority_refuses", records=question.places)

    return Holds("a majority serves", judge)


def refused(names: Names) -> Holds:
    """Return a judge: none of these questions, which reached replicas without a majority, got `Values` or `Written`."""

    def judge(trace: Trace) -> None:
        for question in questions(trace):
            if question.name in names and question.told in ("Values", "Written"):
                text = f"{question.replica} cannot reach a majority, but answers {question.client} ({question}) with {question.answer}"
                raise Broken(text, code="serves_in_the_minority", records=question.places)

    return Holds("no majority, no answer", judge)
