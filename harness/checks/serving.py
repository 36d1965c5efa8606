"""What front ends owe their users, judged from messages, and from what the primary writes to its disk.

They watch `Read`, `Write`, `Export`, `Import` when they reach a front end, its answers when they are sent, and the `Entry`s that
the primary writes. A session is one user at one front end. No two writes of a key may have the same value in a run: a value has to
tell which version it is. None may be written; shown, it counts as the newest version that it can be.

    Terry et al., "Session Guarantees for Weakly Consistent Replicated Data", 1994.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from harness.checks.lock import Table, looked_up, with_entry
from harness.errors import Broken
from harness.properties import Always, Holds
from harness.trace import Record, Trace

ANSWERS = {
    "Read": ("Value", "Unavailable"),
    "Write": ("Written", "Unknown", "Unavailable"),
    "Export": ("Exported",),
    "Import": ("Imported",),
}
"""What may be told to whom asks."""

TOLD = tuple(dict.fromkeys(name for names in ANSWERS.values() for name in names))
Floor: TypeAlias = tuple[int, str, int]
"""A version, how the session came to know it, and the place in the trace."""


class Watching(Always):
    """Base of the checks below: sees what users ask of front ends, what these answer, and what the primary stores.

    Args:
        front_ends: names.
        primary: name.
    """

    asks: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    stores = True

    def __init__(self, front_ends: Sequence[str], primary: str) -> None:
        self.front_ends = frozenset(front_ends)
        self.primary = primary

    def watches(self, record: Record) -> bool:
        """Questions when they arrive, answers when they are sent, entries when they are written."""
        if record.kind == "write":
            return self.stores and record.node == self.primary and record.name == "Entry"
        if record.node not in self.front_ends:
            return False
        return (record.kind == "deliver" and record.name in self.asks) or (record.kind == "send" and record.name in self.answers)


class NeverBack(Watching):
    """What a user is shown of a key is never older than what this session wrote or was shown before, or than what a token brought.

    Answers count in the order in which they are sent.

    Memory: what is stored as (key, value, version); open writes and imports; per session and key its `Floor`; the floors in tokens.
    """

    name = "a session never goes back"
    initial = ((), (), (), ())
    asks = ("Write", "Import")
    answers = ("Value", "Written", "Exported", "Imported")

    def step(self, memory: Any, record: Record, index: int) -> Any:
        """Follow the sessions; refuse an answer that goes back."""
        stored, asked, floors, tokens = memory
        message, session = record.data, (record.node, record.other)
        if record.kind == "write":
            return (*stored, (message.key, repr(message.value), message.version)), asked, floors, tokens
        if record.kind == "deliver":
            return stored, with_entry(asked, (*session, message.number), _content(message)), floors, tokens
        if record.name == "Value":
            return stored, asked, self._shown(stored, floors, record, index), tokens
        if record.name == "Exported":
            mine = tuple([(at[2], floor) for at, floor in floors if at[:2] == session])
            known = looked_up(tokens, repr(message.token), ())
            return stored, asked, floors, with_entry(tokens, repr(message.token), _merged(known, mine))
        content = looked_up(asked, (*session, message.number), None)
        asked = tuple([entry for entry in asked if entry[0] != (*session, message.number)])
        if content is None:
            return memory
        if record.name == "Imported":
            brought = tuple([(key, (floor[0], "token", index)) for key, floor in looked_up(tokens, content, ())])
        else:
            brought = tuple([(key, (version, "write", index)) for key, value, version in stored if (key, value) == content])
        for key, floor in brought:
            floors = _raised(floors, (*session, key), floor)
        return stored, asked, floors, tokens

    def _shown(self, stored: Any, floors: Table[Floor], record: Record, index: int) -> Table[Floor]:
        user, key, value = record.other, record.data.key, record.data.value
        versions = [version for known, content, version in stored if (known, content) == (key, repr(value))]
        if value is None:
            versions.append(0)
        if not versions:
            text = f"{user} is shown {key} = {value!r}, which the primary has not stored"
            raise Broken(text, code="not_stored", records=(index,))
        version, reason, place = looked_up(floors, (record.node, user, key), (0, "", -1))
        fresh = [number for number in versions if number >= version]
        if not fresh:
            what = {"write": "had written", "read": "was shown", "token": "brought a token of a session that had seen"}[reason]
            text = f"{user} {what} version {version} of {key}, and is now shown version {max(versions)}"
            raise Broken(text, code=f"older_than_{reason}", records=(place, index))
        return _raised(floors, (record.node, user, key), (min(fresh), "read", index))


def _content(message: Any) -> Any:
    return repr(message.token) if type(message).__name__ == "Import" else (message.key, repr(message.value))


def _raised(floors: Table[Floor], at: Any, floor: Floor) -> Table[Floor]:
    return floors if looked_up(floors, at, (0, "", -1))[0] >= floor[0] else with_entry(floors, at, floor)


def _merged(known: Table[Floor], more: Table[Floor]) -> Table[Floor]:
    for key, floor in more:
        known = _raised(known, key, floor)
    return known


class OneAnswer(Watching):
    """Every request has at most one answer, of a kind that fits, and about the key that was asked for; nobody is told without asking.

    Memory: per request its kind, its key, and the place of its answer (None: not answered yet).
    """

    name = "one answer"
    asks = tuple(ANSWERS)
    answers = TOLD
    stores = False

    def step(self, memory: Table[tuple[str, Any, int | None]], record: Record, index: int) -> Any:
        """Remember a request, or find the one that an answer belongs to."""
        message = record.data
        at = record.node, record.other, message.number
        kind, key, place = looked_up(memory, at, ("", None, None))
        if record.kind == "deliver":
            return memory if kind else with_entry(memory, at, (record.name, getattr(message, "key", None), None))
        told = f"{record.node} tells {record.other} {record.name} for request {message.number}"
        if not kind:
            raise Broken(f"{told}, which {record.other} never made there", code="never_asked", records=(index,))
        if record.name not in ANSWERS[kind]:
            raise Broken(f"{told}, which was a {kind}", code="wrong_kind", records=(index,))
        if place is not None:
            raise Broken(f"{told}, which was answered before", code="answered_twice", records=(place, index))
        if record.name == "Value" and message.key != key:
            raise Broken(f"{told} with what {message.key} has, but was asked for {key}", code="other_key", records=(index,))
        return with_entry(memory, at, (kind, key, index))


class TrueOutcome(Watching):
    """Who is told `Written` has been stored before, who is told `Unavailable` never is, and no write is stored twice.

    Memory: per open write what it wants; of every (key, value) that is stored, or that was refused, the place.
    """

    name = "writes are told what became of them"
    initial = ((), (), ())
    asks = ("Write",)
    answers = ("Written", "Unavailable")

    def step(self, memory: Any, record: Record, index: int) -> Any:
        """Follow the writes; refuse a lie."""
        (asked, stored, refused), message = memory, record.data
        if record.kind == "write":
            return asked, self._stores(stored, refused, message, index), refused
        at = record.node, record.other, message.number
        if record.kind == "deliver":
            return with_entry(asked, at, (message.key, repr(message.value))), stored, refused
        wanted = looked_up(asked, at, None)
        if wanted is None:
            return memory
        told = f"{record.other} is told {record.name} for its write of {wanted[0]} = {wanted[1]}"
        if record.name == "Written":
            if looked_up(stored, wanted, None) is None:
                raise Broken(f"{told}, but the primary has not stored it", code="not_stored", records=(index,))
            return memory
        if looked_up(stored, wanted, None) is not None:
            raise Broken(f"{told}, but it is stored", code="stored_after_all", records=(looked_up(stored, wanted, 0), index))
        return asked, stored, with_entry(refused, wanted, index)

    def _stores(self, stored: Table[int], refused: Table[int], entry: Any, index: int) -> Table[int]:
        what = entry.key, repr(entry.value)
        if looked_up(stored, what, None) is not None:
            text = f"one write of {entry.key} = {entry.value!r} is stored twice, as version {entry.version} again"
            raise Broken(text, code="stored_twice", records=(looked_up(stored, what, 0), index))
        if looked_up(refused, what, None) is not None:
            text = f"the write of {entry.key} = {entry.value!r} is stored, after its user was told Unavailable: that it is not"
            raise Broken(text, code="stored_after_all", records=(looked_up(refused, what, 0), index))
        return with_entry(stored, what, index)


# --- what has to happen ---


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
                raise Broken(text, code=f"told_{name.lower()}")

    return Holds(f"{user} is served", judge)


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
                newest_there = f"{entry.value!r}, version {entry.version}"
                text = f"{user} is shown {key} = {value!r} at the end, though all copies have long had {newest_there}"
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
