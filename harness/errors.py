"""Every mistake the harness can name, each saying what is wrong, whose fault it is, and what to do next.

`Mistake` covers what a student's file did; `Misuse` covers what a test or a caller of the harness did. A broken promise is
neither: the program ran as written and the guarantee did not hold (`Broken`).
"""

from __future__ import annotations


class Problem(Exception):
    """Base of every error the harness raises on purpose; its text is one sentence of what and one of what next."""


class Mistake(Problem):
    """The student's file did something a node cannot do."""


class StateMistake(Mistake):
    """A value in memory, on disk or in a message is not plain data."""


class MessageMistake(Mistake):
    """Something that is not a message was sent, or a message was changed after it was built."""


class MissingHandler(Mistake):
    """A message arrived for which the node has no method."""


class UnknownNode(Mistake):
    """A message was sent to a name that is no node and no client of this world."""


class TimerMistake(Mistake):
    """A timer was set with a negative or fractional delay, or on a method of another object."""


class Stuck(Mistake):
    """One handler kept running: an endless loop, most likely."""


class Nondeterministic(Mistake):
    """The same node, in the same state, answered the same event in two ways."""


class LoadMistake(Mistake):
    """The student's file cannot be loaded: missing, not Python, or without the class that the exercise asks for."""


class Misuse(Problem):
    """A world, a rule or a check was described in a way that makes no sense."""


class Broken(Exception):
    """A promise did not hold.

    Args:
        text: what happened, in the words of the exercise.
        code: a short slug for *how* it broke; programs with the same misconception break the same way. Finer parts may follow, each after a
            colon, from coarse to fine.
        records: indices into the trace of the records to tell it from, in the order to tell them: what breaks the promise or, of what did
            not happen, what should have led to it.
        by_ms: for what did not happen, when it should have happened at the latest; what comes later is not worth telling.
    """

    def __init__(self, text: str, *, code: str = "broken", records: tuple[int, ...] = (), by_ms: int | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.code = code
        self.records = records
        self.by_ms = by_ms

    @property
    def proof(self) -> tuple[int, ...]:
        """Those of `records` that break the promise: none, if something did not happen."""
        return self.records if self.by_ms is None else ()


class Inconclusive(Exception):
    """A budget was spent before the answer was known. Never told as right, never as wrong."""
