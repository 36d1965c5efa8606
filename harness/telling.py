"""Tells a result in the terminal: the promise, what happened, the moment it broke, what is likely misunderstood, what to do.

Everything here is plain text of at most 80 columns that means the same without colour.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from harness import report
from harness.catalogue import Check, Exercise
from harness.diagnosis import Misconception, explaining, misconceptions
from harness.errors import Broken, Mistake
from harness.report.words import plain_ascii
from harness.running import Result
from harness.testing import PromiseBroken

WIDTH = 80
LABEL = 10
WORDS = {"not_attempted": "To do", "load_error": "Not read", "timeout": "Stopped", "nondeterministic": "Differs", "inconclusive": "Unknown"}
MOST_FRAMES = 4
MOST_BEFORE = 5  # events before an exception; one more line says how many were left out


def tell(exercise: Exercise, result: Result, others: Sequence[Result] = ()) -> str:
    """Return the story of a failing check: at most one screen, 80 columns, no colour.

    Args:
        exercise: the check's exercise.
        result: the check's result.
        others: all results of the same run, for a better diagnosis.
    """
    check = exercise.check(result.check)
    parts = [_labelled("Promised", check.promise), *_before(check, result), _happened(result)]
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
    """Return what helps with a failing check beyond what `tell` says, from a nudge to the lesson.

    These are the check's hint, the misconception and its hint, and the page.
    """
    check = exercise.check(result.check)
    found = {check.hint: check.hint}
    for likely in explaining(misconceptions(exercise), others or (result,), result.check):
        found |= {likely.misconception: f"Your program may believe this: {likely.misconception}", likely.hint: likely.hint}
    told = " ".join(tell(exercise, result, others).split())
    new = [hint for said, hint in found.items() if " ".join(said.split()) not in told]
    return [*new, f"Read {exercise.lesson_link}{check.anchor}, which explains what this check is about."]


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


def _before(check: Check, result: Result) -> list[str]:
    """Tell the last few events that led to an exception in a run, the one whose handler raised it at the end."""
    if not check.public or result.trace is None or isinstance(result.error, PromiseBroken):
        return []
    places = [index for index, _ in result.trace.of("deliver", "fire", "start")]
    if not places:
        return []
    last = Broken(result.text, code=result.code, records=(places[-1],))
    return ["What happened:\n" + report.story(result.trace, last, width=WIDTH, most=MOST_BEFORE)]


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
    return "\n".join([_labelled(WORDS.get(result.verdict, "Raised"), _where(result)), *map(_frame, frames)])


def _frame(text: str) -> str:
    """Lay out a line of the student's program, cut off only if it takes more than two lines."""
    short = textwrap.shorten(text, 2 * (WIDTH - LABEL) - 20, placeholder=" ...")
    return textwrap.fill(short, WIDTH, initial_indent=" " * LABEL, subsequent_indent=" " * (LABEL + 2), break_on_hyphens=False)


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
    lines.append(_labelled("Next", f"{what} {again}."))
    if check.public and result.trace is not None:
        lines.append(f"Replay:   course replay {result.replay_id} --timeline")
    return "\n".join(lines)


def _advice(exercise: Exercise, result: Result, others: Sequence[Result]) -> str:
    check = exercise.check(result.check)
    lines = _likely(explaining(misconceptions(exercise), others, result.check)) or ([_labelled("Hint", check.hint)] if check.hint else [])
    last = [f"Lesson:   {exercise.lesson_link}{check.anchor}"]
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
