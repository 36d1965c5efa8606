"""What front ends have to do for their users in the end: answer in time, serve whom they can, and show the newest.

They watch the messages between users and front ends, `Fetch`, and the `Entry`s that the primary writes to its disk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from harness.checks.never_back import ANSWERS, TOLD
from harness.errors import Broken
from harness.properties import Holds
from harness.trace import Trace


def answered_in_time(front_ends: Sequence[str], least_ms: int, slack_ms: int = 0) -> Holds:
    """Every request is answered within its `within_ms` and a tenth, and `slack_ms` more; one without a deadline within `least_ms`."""

    def judge(trace: Trace) -> None:
        waiting: dict[Any, tuple[int, int, str]] = {}
        for index, record in trace.of("deliver", "send"):
            if record.node not in front_ends:
                continue
            at = record.node, record.other, getattr(record.data, "number", None)
            if record.kind == "deliver" and record.name in ANSWERS:
                until_ms = record.time_ms + getattr(record.data, "within_ms", least_ms) * 11 // 10 + slack_ms
                waiting.setdefault(at, (until_ms, index, record.name))
            elif record.kind == "send" and record.name in TOLD and at in waiting:
                until_ms, asked, _ = waiting.pop(at)
                if record.time_ms > until_ms:
                    late_ms = record.time_ms - until_ms
                    told = f"{at[1]} is answered {late_ms} ms after its deadline, and what a deadline may be late"
                    raise Broken(told, code="too_late", records=(asked, index))
        for (front_end, user, number), (until_ms, _, kind) in waiting.items():
            if until_ms < trace[-1].time_ms:
                text = f"{front_end} never answers request {number} of {user}, a {kind}; it should have by {until_ms} ms"
                raise Broken(text, code="no_answer")

    return Holds("every request is answered by its deadline", judge)


def served(user: str, *numbers: int) -> Holds:
    """A user's requests are answered, and not with `Unavailable` or `Unknown`. Requests that nobody made are not looked at."""

    def judge(trace: Trace) -> None:
        asked, told = _requests(trace, user)
        for number in numbers:
            if number not in asked:
                continue
            front_end, question = asked[number]
            name = type(told[number]).__name__ if number in told else "nothing"
            if name in ("Unavailable", "Unknown", "nothing"):
                what = f"{type(question).__name__.lower()}s {getattr(question, 'key', '')}".strip()
                text = f"{user} {what} at {front_end} (request {number}) and is told {name}, though it can be served"
                if type(question).__name__ == "Read":
                    text += f"; of all copies {front_end} has asked {_asked_for(trace, front_end, question.key)}"
                raise Broken(text, code=f"told_{name.lower()}")

    return Holds(f"{user} is served", judge)


def _asked_for(trace: Trace, front_end: str, key: str) -> str:
    """Say which copies a front end asked for a key, and how often."""
    counts = Counter([record.other for _, record in trace.messages("send", "Fetch") if (record.node, record.data.key) == (front_end, key)])
    return " and ".join([f"{copy} ({times}x)" for copy, times in counts.items()]) or "none"


def shown(user: str, number: int, value: Any) -> Holds:
    """A user's read, if it was made, is answered with this very value."""

    def judge(trace: Trace) -> None:
        asked, told = _requests(trace, user)
        if number in asked and type(told.get(number)).__name__ == "Value" and repr(told[number].value) != repr(value):
            text = f"{user} is shown {told[number].key} = {told[number].value!r}; it should be {value!r}"
            raise Broken(text, code="wrong_value")

    return Holds(f"{user} is shown {value!r}", judge)


def newest_in_the_end(primary: str, after_ms: int) -> Holds:
    """Per session and key, the last read that begins after `after_ms` is answered with the newest value. For runs that have calmed down."""

    def judge(trace: Trace) -> None:
        newest: dict[str, Any] = {}
        last: dict[Any, Any] = {}
        told: dict[Any, Any] = {}
        for _, record in trace.of("write", "deliver", "send"):
            if record.kind == "write" and record.node == primary and record.name == "Entry":
                newest[record.data.key] = record.data
            elif record.kind == "deliver" and record.name == "Read" and record.time_ms >= after_ms:
                last[record.node, record.other, record.data.key] = record.data.number
            elif record.kind == "send" and record.name == "Value":
                told[record.node, record.other, record.data.number] = record.data.value
        for (front_end, user, key), number in last.items():
            if key not in newest or (front_end, user, number) not in told:
                continue
            value, entry = told[front_end, user, number], newest[key]
            if repr(value) != repr(entry.value):
                late = f"all copies have long had {entry.value!r}, version {entry.version}"
                text = f"{user} is shown {key} = {value!r} at the end, though {late}"
                raise Broken(text, code="old_news")

    return Holds("everybody sees the newest in the end", judge)


def _requests(trace: Trace, user: str) -> tuple[dict[int, tuple[str, Any]], dict[int, Any]]:
    """Return what reached a front end of a user's requests, and the first answer to each, by number."""
    asked: dict[int, tuple[str, Any]] = {}
    told: dict[int, Any] = {}
    for _, record in trace.of("deliver", "send"):
        if record.other == user and record.kind == "deliver" and record.name in ANSWERS:
            asked.setdefault(record.data.number, (record.node, record.data))
        elif record.other == user and record.kind == "send" and record.name in TOLD:
            told.setdefault(record.data.number, record.data)
    return asked, told
