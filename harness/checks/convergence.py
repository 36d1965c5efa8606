"""What replicas that always answer must still keep: nothing is lost, nothing comes back, and in the end all are alike.

A write replaces the values that its replica has when it arrives. Whether a replica *has* a value is told from outside:

* it **surely has** what it answered `Written` to and what it has shown, until a change there replaces it;
* it **may have** whatever a chain of messages can have told it.

So a value that is missing was lost, unless a change may have replaced it that is itself shown, deletes, or may have been replaced in turn;
and a value that a change surely replaced must not be seen again where that change is known. A write that was never answered, because
its replica crashed, counts as soon as its value is seen: then it has happened, and has replaced what its replica had.

    Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System", 1978 (chains of messages).
    DeCandia et al., "Dynamo: Amazon's Highly Available Key-value Store", 2007 (siblings).
    Shapiro, Preguiça, Baquero & Zawirski, "Conflict-free Replicated Data Types", 2011 (convergence).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from harness.checks.models import exactly
from harness.checks.register import Question, questions
from harness.errors import Broken, Misuse
from harness.properties import Holds
from harness.trace import Trace

Names = set[int]
"""Changes by their number: the place in the trace where they arrived."""


@dataclass
class Change:
    """A write or a delete.

    Args:
        question: what was asked and answered.
        replaced: changes that it surely replaced, directly or because one of these did; if it happened at all.
        may_replace: changes that its replica may have known of when it answered.
    """

    question: Question
    replaced: Names = field(default_factory=set)
    may_replace: Names = field(default_factory=set)


@dataclass
class Reading:
    """A read that was answered.

    Args:
        question: what was asked and answered.
        shown: the changes whose values it shows.
        sure: changes that its replica surely had when asked.
        gone: changes that were surely replaced by one that the replica had then.
        heard: changes that the replica may have known of when it answered.
    """

    question: Question
    shown: Names
    sure: Names
    gone: Names
    heard: Names


class Follower:
    """Follows a run: who surely has, who may have, and what is over. Values must be unique among the writes of a run."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.asked = questions(trace)
        self.changes = {question.begun: Change(question) for question in self.asked if question.kind != "Read"}
        self.readings: list[Reading] = []
        self.sure: defaultdict[str, Names] = defaultdict(set)
        self.gone: defaultdict[str, Names] = defaultdict(set)
        self.heard: defaultdict[str, Names] = defaultdict(set)
        self.origin: dict[object, int] = {}
        for place, change in self.changes.items():
            for value in change.question.written:
                if self.origin.setdefault(value, place) != place:
                    raise Misuse(f"two writes of {value[1]!r} in one run: give every write another value")
        self.follow()

    def follow(self) -> None:
        """Go through the run once."""
        begins = {question.begun: question for question in self.asked}
        ends = {question.ended: question for question in self.asked if question.ended is not None}
        told: dict[int, frozenset[int]] = {}
        before: dict[int, tuple[Names, Names]] = {}
        for index, record in enumerate(self.trace):
            if index in begins:
                before[index] = set(self.sure[record.node]), set(self.gone[record.node])
                if index in self.changes:
                    self.heard[record.node].add(index)
                    self.changes[index].replaced = set().union(*before[index])
            elif index in ends:
                self.answered(ends[index], *before[ends[index].begun])
            elif record.kind == "send":
                told[record.number] = frozenset(self.heard[record.node])
            elif record.kind == "deliver":
                self.heard[record.node] |= told.get(record.number, frozenset())

    def answered(self, question: Question, sure: Names, gone: Names) -> None:
        """Take in an answer, given what its replica surely had, and what was over for it, when it was asked."""
        replica, here = question.replica, question.begun
        if here in self.changes and question.told == "Written":
            self.changes[here].may_replace = self.heard[replica] - {here}
            self.sure[replica] = (self.sure[replica] - sure) | {here}
            self.gone[replica] |= self.changes[here].replaced
        elif question.told == "Values":
            shown = self.written_by(question)
            self.readings.append(Reading(question, shown, sure, gone, set(self.heard[replica])))
            over = set().union(*(self.changes[place].replaced for place in shown))
            self.gone[replica] |= over
            self.sure[replica] = (self.sure[replica] | shown) - over

    def written_by(self, question: Question) -> Names:
        """Return the changes whose values an answer shows.

        Raises:
            Broken: nobody had written one of them, as far as a message can have told.
        """
        found = set()
        for value in question.answer.values:
            place = self.origin.get(exactly(value))
            if place is None or place not in self.heard[question.replica]:
                text = (
                    f"{question.replica} shows {question.client} the value {value!r}, which nobody that it could have heard of has written"
                )
                raise Broken(text, code="invented", records=question.places)
            found.add(place)
        return found

    def value(self, place: int) -> str:
        """Say what a change wrote."""
        return repr(self.changes[place].question.message.value)

    def may_replace(self, change: Change, place: int) -> bool:
        """True if a change may have replaced another one; an unanswered one may have replaced anything before it."""
        return place in change.may_replace or (change.question.told != "Written" and change.question.begun > place)

    def explained(self, reading: Reading, known: Iterable[int]) -> Names:
        """Return the changes that a reading shows, and those that it may lack because of others of these, or of a delete that is known."""
        found = reading.shown | {place for place in known if self.changes[place].question.kind == "Delete"}
        fresh = found
        while fresh:
            fresh = {place for place in set(known) - found if any(self.may_replace(self.changes[other], place) for other in fresh)}
            found = found | fresh
        return found

    def happened(self) -> list[Change]:
        """Return the changes that were answered or seen."""
        seen = set().union(*(reading.shown for reading in self.readings))
        return [change for place, change in self.changes.items() if change.question.told == "Written" or place in seen]


def nothing_lost(trace: Trace) -> None:
    """Judge a run: a replica that has a value goes on showing it, until a change may have replaced it.

    Raises:
        Broken: a value that is missing.
    """
    run = Follower(trace)
    for reading in run.readings:
        if reading.sure - reading.shown:
            for place in sorted(reading.sure - run.explained(reading, reading.heard)):
                if run.changes[place].question.kind == "Write":
                    _missing(run, reading, place)


def _missing(run: Follower, reading: Reading, place: int) -> None:
    """Raise `Broken` for a change whose value a reading lacks."""
    question, code = reading.question, "sibling_lost" if reading.shown else "lost"
    text = f"{question.replica} shows {question.client} {list(question.answer.values)!r} without {run.value(place)}, which nothing replaced"
    raise Broken(text, code=code, records=(*run.changes[place].question.places, *question.places))


def nothing_comes_back(trace: Trace) -> None:
    """Judge a run: a value that was replaced or deleted is not shown any more by a replica that has the change.

    Raises:
        Broken: a value that came back.
    """
    run = Follower(trace)
    for reading in run.readings:
        here = set().union(*(run.changes[place].replaced for place in reading.shown))
        for place in sorted(reading.shown & (reading.gone | here)):
            by = _replacement(run, place, reading)
            question = reading.question
            deleted = run.changes[by].question.kind == "Delete"
            what = f"{'deleted' if deleted else f'replaced by {run.value(by)}'}"
            text = f"{question.replica} shows {question.client} the value {run.value(place)}, which was {what} before"
            code = "deleted_comes_back" if deleted else "comes_back" if place in reading.gone else "shown_beside_its_successor"
            raise Broken(text, code=code, records=(run.changes[place].question.begun, *run.changes[by].question.places, *question.places))


def _replacement(run: Follower, place: int, reading: Reading) -> int:
    """Return the first change known to have replaced another one, preferably one that the reading's replica took itself."""
    changes = [other for other, change in run.changes.items() if place in change.replaced]
    own = [other for other in changes if run.changes[other].question.replica == reading.question.replica]
    return min(own or changes)


def converges(replicas: Collection[str], after_ms: int) -> Holds:
    """Return a judge: from `after_ms` on, all replicas show the same values: all that nothing can have replaced, and none that was.

    Args:
        replicas: who is asked after that time; each must be.
    """

    def judge(trace: Trace) -> None:
        run = Follower(trace)
        last = {item.question.replica: item for item in run.readings if trace[item.question.begun].time_ms >= after_ms}
        for name in replicas:
            if name not in last:
                raise Broken(f"{name} does not tell its values when asked after {after_ms} ms", code="no_answer")
        written = [place for place, change in run.changes.items() if change.question.kind == "Write" and change.question.told == "Written"]
        for reading in last.values():
            for place in sorted(set(written) - run.explained(reading, run.changes)):
                _missing(run, reading, place)
        over = set().union(*(change.replaced for change in run.happened()))
        for reading in last.values():
            for place in sorted(reading.shown & over):
                by = run.changes[_replacement(run, place, reading)].question
                text = f"{reading.question.replica} still shows {run.value(place)} in the end, though {by.replica} replaced it"
                raise Broken(text, code="still_there", records=(*by.places, *reading.question.places))
        first = last[min(replicas)]
        for name in sorted(replicas):
            if last[name].shown != first.shown:
                text = f"in the end {first.question.replica} shows {list(first.question.answer.values)!r}, {name} shows "
                text += f"{list(last[name].question.answer.values)!r}"
                raise Broken(text, code="differ", records=(*first.question.places, *last[name].question.places))

    return Holds("all alike in the end", judge)


def shows(replicas: Collection[str], after_ms: int, *values: object) -> Holds:
    """Return a judge: from `after_ms` on, each replica shows these values and no others, in any order, each once or more often.

    For runs in which a value is written twice, which the other judges cannot tell apart.
    """

    def judge(trace: Trace) -> None:
        wanted = {exactly(value) for value in values}
        for question in questions(trace):
            late = question.kind == "Read" and question.replica in replicas and trace[question.begun].time_ms >= after_ms
            if late and (question.told != "Values" or {exactly(value) for value in question.answer.values} != wanted):
                told = list(question.answer.values) if question.told == "Values" else question.told or "nothing"
                text = f"{question.replica} shows {question.client} {told!r} instead of {list(values)!r}"
                raise Broken(text, code="other_values", records=question.places)

    return Holds("what is there in the end", judge)
