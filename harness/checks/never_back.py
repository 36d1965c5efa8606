"""What front ends must never do to their users, judged from messages, and from what the primary writes to its disk.

They watch `Read`, `Write`, `Export`, `Import` when they reach a front end, its answers when they are sent, and the `Entry`s that
the primary writes. A session is one user at one front end. No two writes of a key may have the same value in a run: a value has to
tell which version it is. `EachStored` alone needs no such thing. None may be written; shown, it counts as the newest version that it can
be.

    Terry et al., "Session Guarantees for Weakly Consistent Replicated Data", 1994.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from harness.checks.tables import Table, looked_up, with_entry
from harness.errors import Broken
from harness.properties import Always
from harness.trace import Record

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


class EachStored(Watching):
    """Writes that look alike are still several: of a key and value, a front end confirms no more than the primary has stored for it,
    and the primary stores no more than users have asked of it.

    Values may repeat here. For users who write one after the other: two who write the same at the same moment could share a write.

    Memory: per open write what it wants; per front end, key and value how many were asked for, stored and confirmed.
    """

    name = "of writes that look alike, each is stored"
    initial = ((), ())
    asks = ("Write",)
    answers = ("Written",)

    def step(self, memory: Any, record: Record, index: int) -> Any:
        """Count what is asked for, stored and confirmed."""
        (wants, counts), message = memory, record.data
        if record.kind == "write":
            return wants, self._counted(counts, (message.source[0], message.key, repr(message.value)), "stored", index)
        at = record.node, record.other, message.number
        if record.kind == "deliver":
            what = record.node, message.key, repr(message.value)
            return with_entry(wants, at, what), self._counted(counts, what, "asked", index)
        wanted = looked_up(wants, at, None)
        return memory if wanted is None else (wants, self._counted(counts, wanted, "told", index))

    def _counted(self, counts: Any, what: Any, step: str, index: int) -> Any:
        asked, stored, told = looked_up(counts, what, (0, 0, 0))
        asked, stored, told = asked + (step == "asked"), stored + (step == "stored"), told + (step == "told")
        write = f"a write of {what[1]} = {what[2]}"
        if told > stored:
            text = f"{what[0]} has confirmed {write} {told} times, but the primary has stored it for {what[0]} only {stored} times"
            raise Broken(text, code="alike_not_stored", records=(index,))
        if stored > asked:
            text = f"{what[0]} was asked for {write} {asked} times, but the primary has stored it {stored} times"
            raise Broken(text, code="alike_stored_twice", records=(index,))
        return with_entry(counts, what, (asked, stored, told))
