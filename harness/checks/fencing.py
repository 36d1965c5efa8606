"""What a store that checks fencing tokens must answer (Kleppmann, "How to do distributed locking", 2016)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.errors import Broken
from harness.properties import Holds
from harness.trace import Record, Trace

CHANGES = ("Write", "Delete")
ANSWERS = ("Accepted", "Rejected", "Value")
HELD = tuple[int, Any]
"""The highest token taken for a key, and its value."""


def answers_by_token(store: str) -> Holds:
    """Every message that reaches the store is answered, to whoever sent it, and as the tokens taken so far demand.

    The judge keeps a store of its own, in which a message takes effect when the real one answers it. So it does not matter which
    messages a run sends, nor when. Who asks for a key while a change of it waits for its answer may be told the old or the new.
    """

    def judge(trace: Trace) -> None:
        held: dict[str, HELD] = {}
        waiting: list[int] = []  # places of the messages that have no answer yet
        doubtful: set[str] = set()  # keys of which a crash may have cut off a change, or may not
        handled = -1
        for index, record in enumerate(trace):
            if record.node != store:
                continue
            if record.kind == "crash":
                doubtful |= {trace[place].data.key for place in waiting if trace[place].name in CHANGES}
                waiting = []
            elif record.kind in ("deliver", "fire", "start"):
                handled = index
                if record.name in ("Read", *CHANGES):
                    waiting.append(index)
            elif record.kind == "send" and record.name in ANSWERS and waiting:
                place = _question(trace, waiting, handled, record)
                waiting.remove(place)
                asked, key = trace[place], trace[place].data.key
                unsettled = {trace[other].data.key for other in waiting if trace[other].name in CHANGES} | doubtful
                if key not in unsettled:
                    _compare(asked, record, held.get(key, (0, None)), (place, index))
                if record.name == "Accepted" and asked.data.token >= held.get(key, (0, None))[0]:
                    held[key] = asked.data.token, getattr(asked.data, "value", None)
        for place in waiting:
            raise Broken(f"{trace[place].data} is not answered", code="no_answer")

    return Holds("answers", judge)


def _question(trace: Trace, waiting: Sequence[int], handled: int, answer: Record) -> int:
    """Return the place of the message that is answered: the one being handled, else the first that the answer fits, else the last."""
    candidates = [place for place in (handled, *waiting) if place in waiting]
    return next((place for place in candidates if _fits(trace[place], answer)), handled if handled in waiting else waiting[-1])


def _fits(asked: Record, answer: Record) -> bool:
    """True if an answer goes to whoever asked, about the same key and token; it may be the wrong one."""
    if (asked.other, asked.data.key) != (answer.other, answer.data.key):
        return False
    if asked.name == "Read" or answer.name == "Value":
        return asked.name == "Read" and answer.name == "Value"
    return bool(asked.data.token == answer.data.token)


def _compare(asked: Record, answer: Record, held: HELD, records: tuple[int, int]) -> None:
    """Raise `Broken` if this is not the answer that a store with such a token and value gives."""
    highest, value = held
    key = asked.data.key
    if asked.name == "Read":
        name, right = "Value", {"key": key, "value": value}
    else:
        name, right = "Rejected" if asked.data.token < highest else "Accepted", {"key": key, "token": asked.data.token}
    told = {field: getattr(answer.data, field, None) for field in right}
    if (answer.name, answer.other, told) == (name, asked.other, right):
        return
    told_to = "" if answer.other == asked.other else f", and {answer.other} is told instead of {asked.other}"
    shown = ", ".join(f"{field}={content!r}" for field, content in right.items())
    text = f"{asked.data} is answered with {answer.data}{told_to}; it should be {name}({shown})"
    raise Broken(text, code=f"{answer.name}_for_{name}".lower(), records=records)
