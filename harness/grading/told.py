"""What a student's code raised, as its worker told it."""

from __future__ import annotations

from typing import Any

import harness.errors
from harness.errors import Mistake
from harness.grading.codec import ProtocolError, checked_name

MOST_TOLD = 2_000
"""Characters of an exception's text."""


class StudentError(Exception):
    """What a student's code raised, as the worker told it.

    Args:
        kind: class name of the exception.
        text: its text; untrusted.
        line: in the student's file, 0 if unknown.
    """

    verdict = "exception"

    def __init__(self, kind: str, text: str, line: int) -> None:
        super().__init__(f"{kind}: {text}" if text else kind)
        self.kind, self.line = kind, line


def told_error(reply: list[Any]) -> BaseException:
    """Return the exception that an error reply tells: one of ours by name, or a `StudentError`."""
    try:
        _, kind, base, text, line, ours = reply
        checked_name(kind), checked_name(base)
        if type(text) is not str or type(line) is not int or type(ours) is not bool:
            raise ProtocolError("an error reply is malformed")
    except ValueError as error:
        raise ProtocolError("an error reply is malformed") from error
    text = text[:MOST_TOLD]
    named = getattr(harness.errors, kind, None)
    if ours and kind == "ProtocolError":
        found: BaseException = ProtocolError(text)
    elif ours and isinstance(named, type) and issubclass(named, Mistake):
        found = named(text)
    elif base == "NotImplementedError":
        found = NotImplementedError(text)
        found.verdict = "not_attempted"  # type: ignore[attr-defined]
    elif base == "MemoryError":
        found = MemoryError(text)
        found.verdict = "memory"  # type: ignore[attr-defined]
    else:
        found = StudentError(kind, text, max(line, 0))
    found.line = max(line, 0)  # type: ignore[attr-defined]
    return found
