"""One record in plain words: those of the exercise (a message's own phrase, a timer's method, a disk's key), and short.

Names, messages and keys come from code that nobody has read: whatever cannot be printed is spelled out, and long is cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.disk import ABSENT
from harness.message import fields_of, tell
from harness.report.cause import sides_of
from harness.state import is_message
from harness.trace import Record

LONGEST = 160
ASCII = {"→": "->", "…": "...", "✗": "x", "−": "-"}


def clean(text: str, most: int = LONGEST) -> str:
    """Return `text` on one line of at most `most` characters, with unprintable characters spelled out."""
    line = " ".join(text[: 8 * most].split())
    line = "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in line)
    return line if len(line) <= most and len(text) <= 8 * most else line[: most - 1].rstrip() + "…"


def plain_ascii(text: str) -> str:
    """Return `text` in ASCII, for consoles that know no arrows."""
    for sign, instead in ASCII.items():
        text = text.replace(sign, instead)
    return text.encode("ascii", "backslashreplace").decode("ascii")


def shown(value: Any, most: int = 60) -> str:
    """Return a value as Python writes it, cut short."""
    return clean(repr(value), most)


def said(message: Any, sender: str, to: str) -> str:
    """Tell a message in the words of its class."""
    if not is_message(message):
        return shown(message, LONGEST)
    try:
        return clean(tell(message, sender, to))
    except (LookupError, ValueError, AttributeError, TypeError):  # a docstring with braces that are no fields
        return shown(message, LONGEST)


def fields_shown(message: Any) -> list[tuple[str, str]]:
    """Return a message's fields by name, each as short text."""
    return [(name, shown(value)) for name, value in fields_of(message).items()] if is_message(message) else []


def title_of(record: Record) -> str:
    """Return a message as a label for an arrow: its class and values, `Vote(1, True)`; `Ping` if it has none."""
    if not is_message(record.data):
        return shown(record.data, 24)
    values = ", ".join(shown(value, 12) for value in fields_of(record.data).values())
    return f"{record.name}({values})" if values else record.name


def key_of(key: Any) -> str:
    """Return a disk key: text as it is, anything else as Python writes it."""
    return clean(key, 40) if isinstance(key, str) else shown(key, 40)


def write_of(record: Record) -> str:
    """Tell a `write` or a `commit` without its node: `writes term = 1 to disk`."""
    pairs = record.data if record.kind == "commit" else ((record.other, record.data),)
    kept = [f"{key_of(key)} = {shown(value)}" for key, value in pairs if value != ABSENT]
    gone = [key_of(key) for key, value in pairs if value == ABSENT]
    parts = [f"writes {' and '.join(kept)} to disk"] if kept else []
    parts += [f"deletes {' and '.join(gone)} from disk"] if gone else []
    return clean(" and ".join(parts) + (", all at once" if len(pairs) > 1 else ""))


def timer_of(record: Record) -> str:
    """Return what a timer calls: `retry` or `retry(3)`."""
    args = f"({', '.join(shown(arg, 30) for arg in record.data)})" if record.data else ""
    return clean(f"{record.other}{args}", 80)


def groups_of(record: Record) -> str:
    """Return the sides of a `cut` or `heal`: `{a} | {b, c}`."""
    sides = ["{" + ", ".join(side) + "}" for side in sides_of(record.other)]
    return clean(f"nothing from {sides[0]} to {sides[1]}" if record.other[0] == "one way" else " | ".join(sides))


def crash_of(record: Record, kept: Sequence[Record]) -> str:
    """Tell a crash without its node, and how far the running handler came: `crashes after 1 of 3 effects: …`.

    Args:
        record: the `crash`; its `other` holds the effects that never happened.
        kept: the records of the handler's effects that did happen.
    """
    if record.data is None:
        return "crashes"
    told = (
        f"crashes after {record.number} of {record.data} effects" if record.number else f"crashes before any of its {record.data} effects"
    )
    done = [_done(effect) for effect in kept]
    left = [_undone(effect) for effect in record.other]
    return clean(": ".join(filter(None, [told, ", ".join(done + left)])))


def _done(effect: Record) -> str:
    if effect.kind == "send":
        return f"{effect.name} to {effect.other} was sent"
    if effect.kind == "write":
        return f"{key_of(effect.other)} was written"
    return {"commit": "the disk was written", "set": f"timer {effect.other} was set", "cancel": "a timer was cancelled"}[effect.kind]


def _undone(effect: tuple[Any, ...]) -> str:
    kind = effect[0]
    if kind == "send":
        return f"{type(effect[2]).__name__} to {effect[1]} was not sent"
    if kind == "write":
        return f"{key_of(effect[1])} was not written"
    return {"commit": "the disk was not written", "set": "a timer was not set", "cancel": "a timer was not cancelled"}[kind]


def happening(record: Record, kept: Sequence[Record] = ()) -> str:
    """Tell any event but `send`, `deliver` and `lose`, which concern two nodes."""
    node = record.node
    told = {
        "start": lambda: f"{node} starts",
        "fire": lambda: f"{node}'s timer `{timer_of(record)}` goes off",
        "crash": lambda: f"{node} {crash_of(record, kept)}",
        "pause": lambda: f"{node} pauses for {record.number} ms",
        "resume": lambda: f"{node} goes on after its pause",
        "step": lambda: f"{node}'s wall clock jumps by {record.number:+d} ms",
        "cut": lambda: f"cut: {groups_of(record)}",
        "heal": lambda: f"healed: {groups_of(record)}",
        "call": lambda: called(record),
    }.get(record.kind)
    return clean(told() if told else f"{node} {record.kind}")


def called(record: Record) -> str:
    """Tell a call of a plain object: `p.receive(3) → 4`."""
    args, result = record.data
    who = f"{record.node}." if record.node else ""  # a plain function has no object
    return f"{who}{record.other}({', '.join(shown(arg, 40) for arg in args)}) → {shown(result)}"


LOST = {"lost": "lost", "partition": "lost at the cut"}


def lost(record: Record) -> str:
    """Tell why a message of a `lose` record is gone."""
    return LOST.get(record.other[1], f"lost, {record.node} is down")
