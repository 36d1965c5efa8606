"""What is seen where answers could not have come from one machine, in a few words: a code that says no more than the records show.

Three things are told of the proof: what its last read shows, whom the replicas had heard from when they answered, and whether
a machine had crashed by then. Nothing is said about why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.checks.models import exactly
from harness.trace import Trace

if TYPE_CHECKING:
    from harness.checks.register import Question


def seen(trace: Trace, proof: Sequence[Question]) -> str:
    """Return a code for some answered questions that no order explains, e.g. `old_value:read_hearing_nobody:after_a_crash`."""
    last = max(proof, key=lambda question: question.ended or 0)
    failed = [question for question in proof if question.told == "Failed"]
    fewest = min(failed or proof, key=lambda question: (len(_heard(trace, question)), -question.begun))
    return ":".join([_shown(last, proof), _whom(trace, fewest), *_after(trace, last.ended or 0)])


def _after(trace: Trace, place: int) -> list[str]:
    """Say if a machine had crashed before some place in a run, and if one of those had never written anything to its disk."""
    saved: set[str] = set()
    empty = []
    for _, record in trace[:place].of("write", "commit", "crash"):
        if record.kind == "crash":
            empty.append(record.node not in saved)
        else:
            saved.add(record.node)
    return ["after_a_crash_with_an_empty_disk" if any(empty) else "after_a_crash"] if empty else []


def _shown(last: Question, proof: Sequence[Question]) -> str:
    """Say what the last answer of a proof is, compared with the others in it."""
    if last.kind != "Read":
        return "no_order"
    values = [exactly(value) for value in last.answer.values]
    if len(values) != 1:
        return "several_values" if values else "shows_nothing"
    before = [question for question in proof if question.ended is not None and question.ended < last.begun]
    if any(question.kind == "Read" and [exactly(value) for value in question.answer.values] != values for question in before):
        return "differs_from_an_earlier_read"
    return "old_value" if any(question.written != tuple(values) for question in before) else "no_order"


def _heard(trace: Trace, question: Question) -> set[str]:
    """Return the replicas of which a message arrived between a question and its answer."""
    records = (trace[index] for index in range(question.begun + 1, question.ended or question.begun))
    return {item.other for item in records if item.kind == "deliver" and item.node == question.replica} & _group(trace)


def _group(trace: Trace) -> set[str]:
    return {record.node for _, record in trace.of("start")}


def _whom(trace: Trace, question: Question) -> str:
    """Say whom a replica had heard from when it answered, and if it was a timer that made it answer."""
    heard = len(_heard(trace, question))
    many = "nobody" if not heard else "most" if heard + 1 > len(_group(trace)) // 2 else "few"
    own = [index for index, item in trace.of("deliver", "fire", "start") if item.node == question.replica and index < (question.ended or 0)]
    timed_out = bool(own) and trace[own[-1]].kind == "fire"
    return f"{question.kind.lower()}_hearing_{many}{'_when_a_timer_fired' if timed_out else ''}"
