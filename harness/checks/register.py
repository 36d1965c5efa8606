"""What a replicated register must be like, told from the questions that reach its replicas and the answers that leave them.

The messages are known by name: `Read`, `Write`, `Delete`; `Values`, `Written`, `Unavailable`, `Unknown`, `Failed`. A question
begins when it is delivered, and is answered when the answer is sent: from then on somebody may have heard it. An `Unknown`, an
`Unavailable` to a change, and no answer at all mean that the change may have happened, may still happen, or never will.

    Herlihy & Wing, "Linearizability: A Correctness Condition for Concurrent Objects", 1990.
    Gilbert & Lynch, "Brewer's Conjecture and the Feasibility of Consistent, Available, Partition-Tolerant Web Services", 2002.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from harness.checks import models
from harness.checks.linearizability import linearizable
from harness.checks.models import FAILED, UNKNOWN, Operation, Register, exactly
from harness.checks.register_seen import seen
from harness.errors import Broken
from harness.properties import Always
from harness.trace import Record, Trace

QUESTIONS = ("Read", "Write", "Delete")
ANSWERS = ("Values", "Written", "Unavailable", "Unknown", "Failed")
FITTING = {"Read": ("Values", "Unavailable"), "Write": ANSWERS[1:], "Delete": ANSWERS[1:]}
"""The answers that fit each question."""


class Question(NamedTuple):
    """A client's question and what became of it.

    Args:
        client: who asked.
        replica: who was asked.
        message: what was asked.
        begun: place in the trace of its arrival.
        ended: place of its answer; None if there was none.
        answer: the answer, None if there was none.
    """

    client: str
    replica: str
    message: Any
    begun: int
    ended: int | None = None
    answer: Any = None

    @property
    def name(self) -> tuple[str, int]:
        """The client and its number for this question."""
        return self.client, self.message.request

    @property
    def kind(self) -> str:
        """`Read`, `Write` or `Delete`."""
        return type(self.message).__name__

    @property
    def told(self) -> str:
        """The kind of its answer, or an empty string."""
        return type(self.answer).__name__ if self.answer is not None else ""

    @property
    def written(self) -> tuple[Any, ...]:
        """What the register holds after this change: one value, or none after a `Delete`."""
        return (exactly(self.message.value),) if self.kind == "Write" else ()

    @property
    def places(self) -> tuple[int, ...]:
        """Where in the trace it is seen."""
        return (self.begun,) if self.ended is None else (self.begun, self.ended)

    def __str__(self) -> str:
        words = {"Read": "reading", "Delete": "deleting"}
        return words.get(self.kind) or f"writing {self.message.value!r}"


def questions(trace: Trace) -> list[Question]:
    """Return the questions that reached a replica, in the order of their arrival, each with its first answer.

    Raises:
        Broken: an answer that nobody asked for, of the wrong kind or to the wrong question, or two different ones to one question.
    """
    found: dict[tuple[str, int], Question] = {}
    for index, record in trace.of("deliver", "send"):
        if record.kind == "deliver" and record.name in QUESTIONS:
            found.setdefault((record.other, record.data.request), Question(record.other, record.node, record.data, index))
        elif record.kind == "send" and record.name in ANSWERS:
            name = (record.other, record.data.request)
            found[name] = answered(found.get(name), record, index)
    return list(found.values())


def answered(question: Question | None, record: Record, index: int) -> Question:
    """Return a question with the answer that a record sends.

    Raises:
        Broken: as for `questions`.
    """
    told = f"{record.node} answers {record.other} with {record.data}"
    if question is None or question.replica != record.node:
        raise Broken(f"{told}, but was not asked that", code="unasked_answer", records=(index,))
    if record.name not in FITTING[question.kind]:
        raise Broken(f"{told}, which is no answer to a {question.kind}", code="wrong_kind", records=(question.begun, index))
    if record.name == "Values" and type(record.data.values) is not tuple:
        raise Broken(f"{told}; values are a tuple, even if there is only one", code="no_tuple", records=(question.begun, index))
    if question.ended is None:
        return question._replace(ended=index, answer=record.data)
    if repr(question.answer) != repr(record.data):
        raise Broken(f"{told}, after the answer {question.answer}", code="two_answers", records=(question.begun, question.ended, index))
    return question


# --- one register, as if on one machine ---


class OneMachine(Register):
    """The register of this exercise: a read tells all values, of which there is one, or none."""

    def __init__(self) -> None:
        super().__init__(())

    def tell(self, call: Any, outcome: Any) -> str:
        """Say it in words."""
        if isinstance(call, models.Read):
            return f"reads {' and '.join(repr(value) for _, value in outcome) or 'nothing'}"
        what = f"writes {call.value[0][1]!r}" if call.value else "deletes"
        return f"{what} ({outcome})" if outcome in (UNKNOWN, FAILED) else what


def operation(question: Question) -> Operation:
    """Return a question as a history has it."""
    call: Any = models.Read("register") if question.kind == "Read" else models.Write("register", question.written)
    outcome = _outcome(question)
    return Operation(question.client, call, outcome, question.begun, question.ended)


def _outcome(question: Question) -> Any:
    if question.told == "Failed":
        return FAILED
    if question.told == "Values":
        return tuple(exactly(value) for value in question.answer.values)
    return True if question.told == "Written" else UNKNOWN


def as_one_machine(trace: Trace) -> None:
    """Judge a run: the answers could have come from one machine, asked one question at a time.

    Raises:
        Broken: no order explains them; the code goes on with what is seen of that, see `register_seen`.
        Inconclusive: it was too much to find out.
    """
    asked = questions(trace)
    try:
        linearizable([operation(question) for question in asked], OneMachine())
    except Broken as broken:
        proof = [question for question in asked if question.begun in broken.records]
        broken.code = f"{broken.code}:{seen(trace, proof)}"
        raise


class Linearizable(Always):
    """The answers could have come from one machine: a fold for small systems in every order.

    Memory: the questions that have begun, each with the kind of its answer or "open", and all that one machine could be at by now:
    the state, and the numbers of the questions that it has dealt with and not answered, reads with what they saw.
    """

    name = "as one machine"
    initial: Any = ((), frozenset({((tuple, ()), frozenset())}))

    def watches(self, record: Record) -> bool:
        """Questions that arrive, answers that leave."""
        return (record.kind == "deliver" and record.name in QUESTIONS) or (record.kind == "send" and record.name in ANSWERS)

    def step(self, memory: Any, record: Record, index: int) -> Any:
        """Begin a question, or keep what agrees with its answer."""
        begun, possible = memory
        if record.kind == "deliver":
            question = Question(record.other, record.node, record.data, -1)
            return ((*begun, (question, "open")) if all(known.name != question.name for known, _ in begun) else begun), possible
        number = next((n for n, (question, _) in enumerate(begun) if question.name == (record.other, record.data.request)), -1)
        ended = answered(begun[number][0] if number >= 0 else None, record, index)
        if begun[number][1] != "open":
            return memory
        question = begun[number][0]
        begun = (*begun[:number], (question, record.name), *begun[number + 1 :])
        outcome = _outcome(ended)
        if outcome is UNKNOWN:
            return begun, possible
        if outcome is FAILED:
            possible = frozenset((held, done) for held, done in possible if all(one != number for one, _ in done))
        else:
            seen = (number, exactly(outcome) if question.kind == "Read" else None)
            possible = frozenset((held, done - {seen}) for held, done in _closure(begun, possible, number) if seen in done)
        if not possible:
            told = f"{record.node} answers {record.other} with {record.data}, and no order of the questions so far explains that"
            raise Broken(told, code="no_order", records=(index,))
        return begun, possible

    def judge(self, trace: Trace) -> None:
        """Raise `Broken`, with a smallest proof."""
        as_one_machine(trace)


def _closure(begun: Any, possible: frozenset[Any], ends: int) -> set[Any]:
    """Return all that one machine could have done before a question ends: it may have dealt with each that has no final answer."""
    reached, waiting = set(possible), list(possible)
    while waiting:
        held, done = waiting.pop()
        dealt_with = {number for number, _ in done}
        for number, (question, state) in enumerate(begun):
            if number not in dealt_with and (number == ends or state in ("open", "Unknown", "Unavailable")):
                read = question.kind == "Read"
                then = (held if read else exactly(question.written), done | {(number, held if read else None)})
                if then not in reached:
                    reached.add(then)
                    waiting.append(then)
    return reached
