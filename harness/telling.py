"""Tells a result in the terminal: the promise, what happened, the moment it broke, what is likely misunderstood, what to do.

Everything here is plain text of at most 80 columns that means the same without colour.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from harness import report
from harness.catalogue import Check, Exercise
from harness.diagnosis import Misconception, explaining, misconceptions
from harness.errors import Mistake
from harness.report.words import plain_ascii
from harness.running import Result
from harness.testing import PromiseBroken

WIDTH = 80
LABEL = 10
WORDS = {"not_attempted": "To do", "load_error": "Not read", "timeout": "Stopped", "nondeterministic": "Differs", "inconclusive": "Unknown"}
MOST_FRAMES = 4


def tell(exercise: Exercise, result: Result, others: Sequence[Result] = ()) -> str:
    """Return the story of a failing check: at most one screen, 80 columns, no colour.

    Args:
        exercise: the check's exercise.
        result: the check's result.
        others: all results of the same run, for a better diagnosis.
    """
    check = exercise.check(result.check)
    parts = [_labelled("Promised", check.promise), _happened(result)]
    if result.verdict == "wrong":
        parts.append(_advice(exercise, result, others or (result,)))
    else:
        parts.append(_next(exercise, check, result))
    return "\n\n".join(parts)


def tell_hidden(exercise: Exercise, result: Result, others: Sequence[Result] = ()) -> str:
    """Return what a student may know of a hidden check that fails: its promise, the verdict, the diagnosis. Nothing else."""
    lines = [_labelled("Promised", exercise.check(result.check).promise), _labelled("Verdict", result.verdict.replace("_", " "))]
    return "\n".join([*lines, *_likely(explaining(misconceptions(exercise), others or (result,), result.check))])


def tell_briefly(result: Result) -> str:
    """Return one line for a check that is not written yet, when another one has told the whole of it."""
    return _labelled(WORDS.get(result.verdict, "Raised"), _where(result))


def hints(exercise: Exercise, result: Result, others: Sequence[Result] = ()) -> list[str]:
    """Return what helps with a failing check, from a nudge to the lesson: the check's hint, the misconception's, the page."""
    check = exercise.check(result.check)
    found = [check.hint] if check.hint else []
    if result.verdict == "not_attempted":
        found.append(result.text.removeprefix("not written yet: "))
    for likely in explaining(misconceptions(exercise), others or (result,), result.check):
        found += [f"Your program may believe this: {likely.misconception}", likely.hint]
    return [*dict.fromkeys(found), f"Read {exercise.lesson_page}{check.anchor}, which explains what this check is about."]


def standing(exercise: Exercise, results: Sequence[Result]) -> str:
    """Say exactly what is known after a run: what holds, and what is decided elsewhere.

    E.g. `all 6 public checks hold; 7 hidden ones, 60 of 100 points, are decided at grading`.
    """
    ran = {result.check: result for result in results}
    public = [check for check in exercise.checks if check.public]
    hidden = [check for check in exercise.checks if not check.public]
    parts = [_held(public, ran, "public check", of=len(public))] if any(check.id in ran for check in public) else []
    tried = [check for check in hidden if check.id in ran]
    if tried:
        parts.append(_held(tried, ran, "hidden check", of=len(tried)))
    if len(tried) < len(hidden):
        parts.append(_open([check for check in hidden if check.id not in ran], exercise.points, short=bool(parts)))
    return "; ".join(parts) or "it has no checks yet"


def _held(checks: Sequence[Check], ran: dict[str, Result], what: str, of: int) -> str:
    tried = [check for check in checks if check.id in ran]
    held = [check for check in tried if ran[check.id].passed]
    most = sum(check.points for check in tried)
    points = f" ({sum(check.points for check in held)} of {most} points)" if most and len(held) < len(tried) else ""
    many = what if len(tried) == 1 else f"{what}s"
    hold = "holds" if len(held) == 1 or len(tried) == 1 else "hold"
    if len(tried) < of:
        return f"{len(held)} of {len(tried)} {many} that ran {hold}{points}; there are {of} of them"
    if len(held) == of:
        return f"the only {what} holds" if of == 1 else f"all {of} {many} hold"
    return f"{len(held)} of {of} {many} {hold}{points}"


def _open(checks: Sequence[Check], total: int, short: bool) -> str:
    what = "hidden one" if short else "hidden check"
    worth = sum(check.points for check in checks)
    points = f", {worth} of {total} points," if worth else ""
    one = len(checks) == 1
    return f"{len(checks)} {what}{'' if one else 's'}{points} {'is' if one else 'are'} decided at grading"


def speakable(text: str, encoding: str | None) -> str:
    """Return `text` as a console of this encoding can show it: unchanged, or in ASCII."""
    try:
        text.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return plain_ascii(text)
    return text


def _happened(result: Result) -> str:
    error = result.error
    if isinstance(error, PromiseBroken):
        broken = _labelled("Broken", result.text)
        if len(error.trace):
            return "What happened:\n" + report.story(error.trace, error.broken, width=WIDTH) + "\n\n" + broken
        return broken
    frames = [f"{_file(result)}:{spot.line} in {spot.name}: {spot.text}" for spot in result.spots if spot.name][-MOST_FRAMES:]
    if len(frames) < 2 and (isinstance(error, Mistake) or result.verdict == "not_attempted"):
        frames = []
    indented = [textwrap.shorten(line, WIDTH - LABEL, placeholder=" ...") for line in frames]
    return "\n".join([_labelled(WORDS.get(result.verdict, "Raised"), _where(result)), *[" " * LABEL + line for line in indented]])


def _where(result: Result) -> str:
    file = _file(result)
    said = result.text.removeprefix("not written yet: ")
    return said if not result.place or said.startswith(f"{file}:") else f"{result.place}: {said}"


def _file(result: Result) -> str:
    return result.place.partition(":")[0]


def _next(exercise: Exercise, check: Check, result: Result) -> str:
    again = f"run `course test {exercise.number}` again"
    stub = exercise.stub.relative_to(exercise.root).as_posix()
    if result.verdict == "not_attempted":
        return _labelled("Next", f"write it in {stub}, then {again}; the README beside it says what it should do.")
    lines = [_labelled("Hint", check.hint)] if check.hint and not isinstance(result.error, Mistake) else []
    what = f"mend {result.place}, then" if result.place else f"the file to write is {stub}; put that right, then"
    return "\n".join([*lines, _labelled("Next", f"{what} {again}.")])


def _advice(exercise: Exercise, result: Result, others: Sequence[Result]) -> str:
    check = exercise.check(result.check)
    lines = _likely(explaining(misconceptions(exercise), others, result.check)) or ([_labelled("Hint", check.hint)] if check.hint else [])
    last = [f"Lesson:   {exercise.lesson_page}{check.anchor}"]
    if check.public and result.trace is not None:
        last.append(f"Replay:   course show {result.replay_id}")
    return "\n".join([*lines, *last])


def _likely(found: Sequence[Misconception]) -> list[str]:
    lines = []
    for label, likely in zip(("Likely", "Or"), found, strict=False):
        lines += [_labelled(label, likely.misconception), _labelled("Hint", likely.hint)]
    return lines


def _labelled(label: str, text: str) -> str:
    head = f"{label}:".ljust(LABEL)
    return textwrap.fill(text, WIDTH, initial_indent=head, subsequent_indent=" " * LABEL, break_on_hyphens=False)
