"""Names the misconception behind a set of failures. Every wrong program of the zoo has a signature: which checks it fails, and
in which way. A submission that fails alike is told that program's misconception and hint, never the answer.

The signatures live in `exercises/<slug>/misconceptions.json`, written by `course check --write` from the zoo.
"""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import Protocol

from harness.catalogue import Exercise
from harness.errors import Misuse

FIELDS = ("Misconception", "Why it breaks", "Hint", "Lesson", "Fails")
OPTIONAL = ("May fail", "Steps", "Varies")
CLOSE_ENOUGH = 0.5
BY_CHANCE = 0.25
MOST_CANDIDATES = 2


class Outcome(Protocol):
    """What a diagnosis looks at: a check's id, whether it passed, and the verdict and code of how it failed."""

    @property
    def check(self) -> str:
        """The check's id."""

    @property
    def passed(self) -> bool:
        """True if the promise holds."""

    @property
    def way(self) -> str:
        """E.g. `wrong:two_leaders`."""


@dataclass(frozen=True)
class Misconception:
    """What a wrong program's docstring says.

    Args:
        name: file name without `.py`.
        title: the docstring's first line, e.g. `E01: a majority is n // 2`.
        misconception: what its author believed.
        why: why that breaks.
        hint: a nudge that does not give the answer.
        lesson: anchor or page that explains it.
        fails: ids of the checks that must kill it.
        may_fail: ids of checks that kill it for some seeds.
        steps: length of the shortest schedule that exposes it, if known.
        varies: why no two runs of it are the same, e.g. because it reads the real clock; empty for all others.
        signature: check id -> verdict and code, e.g. `wrong:two_leaders`.
    """

    name: str
    title: str
    misconception: str
    why: str
    hint: str
    lesson: str
    fails: tuple[str, ...]
    may_fail: tuple[str, ...] = ()
    steps: int | None = None
    varies: str = ""
    signature: tuple[tuple[str, str], ...] = ()


def read_wrong(path: Path) -> Misconception:
    """Return what the docstring of a wrong program says.

    Raises:
        Misuse: a field is missing; the text says which.
    """
    doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    title, _, rest = doc.partition("\n")
    fields: dict[str, str] = {}
    for name, text in re.findall(r"^([A-Z][a-z ]+):\s+(.*?)(?=\n[A-Z][a-z ]+:\s|\Z)", rest, re.DOTALL | re.MULTILINE):
        fields[name] = " ".join(text.split())
    missing = [name for name in FIELDS if not fields.get(name)]
    if missing or not title:
        raise Misuse(f"{path.name}: its docstring lacks {', '.join(missing) or 'a title'}; it needs a title line and {', '.join(FIELDS)}")
    return Misconception(
        name=path.stem,
        title=title.strip(),
        misconception=fields["Misconception"],
        why=fields["Why it breaks"],
        hint=fields["Hint"],
        lesson=fields["Lesson"],
        fails=_ids(fields["Fails"]),
        may_fail=_ids(fields.get("May fail", "")),
        steps=int(fields["Steps"]) if "Steps" in fields else None,
        varies=fields.get("Varies", ""),
    )


def _ids(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").split())


def misconceptions(exercise: Exercise) -> tuple[Misconception, ...]:
    """Return the exercise's known misconceptions with their signatures; none if the file is not there."""
    path = exercise.folder / "misconceptions.json"
    if not path.is_file():
        return ()
    entries = json.loads(path.read_text(encoding="utf-8"))
    return tuple(
        Misconception(
            name=entry["name"],
            title=entry["title"],
            misconception=entry["misconception"],
            why="",
            hint=entry["hint"],
            lesson=entry["lesson"],
            fails=tuple(entry["signature"]),
            may_fail=tuple(entry.get("may_fail", ())),
            signature=tuple(entry["signature"].items()),
        )
        for entry in entries
    )


def write_misconceptions(exercise: Exercise, found: Sequence[Misconception]) -> str:
    """Return the text of misconceptions.json for these: no code, and nothing that a hint does not say already."""
    entries = [
        {
            "name": item.name,
            "title": item.title,
            "misconception": item.misconception,
            "hint": item.hint,
            "lesson": item.lesson,
            "signature": dict(sorted(item.signature)),
            **({"may_fail": sorted(item.may_fail)} if item.may_fail else {}),
        }
        for item in sorted(found, key=lambda item: item.name)
    ]
    return json.dumps(entries, indent=1, ensure_ascii=False) + "\n"


def ways(results: Sequence[Outcome]) -> dict[str, str]:
    """Return check id -> how it failed, for the checks that failed."""
    return {result.check: result.way for result in results if not result.passed}


def diagnose(known: Sequence[Misconception], results: Sequence[Outcome], about: str) -> Misconception | None:
    """Return the known misconception that explains a failing check best; None if none is close, or if two are equally so."""
    found = explaining(known, results, about)
    return found[0] if len(found) == 1 else None


def explaining(known: Sequence[Misconception], results: Sequence[Outcome], about: str) -> list[Misconception]:
    """Return the one or two known misconceptions that explain why a check fails.

    A program may have two mistakes: a misconception that passes this check explains another one's failure. If none that fails it
    is like the whole, the check is looked at alone; then whoever should have failed others that hold here is no explanation. Nor
    is one whose programs break this promise in another way: that it is the most alike says only that nothing closer is known.

    Args:
        results: of all checks that were run.
        about: id of the check.
    """
    failed = ways(results)
    held = {result.check for result in results} - failed.keys()
    guilty = [item for item in known if about in (*item.fails, *item.may_fail)]
    whole = [item for item in guilty if not held & ({*item.fails} - {*item.may_fail})]
    found = candidates(guilty, results) or candidates(whole, [result for result in results if result.check == about])
    return found if any(_breaks_alike(item, about, failed) for item in found) else []


def _breaks_alike(item: Misconception, check: str, failed: Mapping[str, str]) -> bool:
    """True unless a misconception's program fails a check with another verdict or code; the finer parts may differ."""
    known = dict(item.signature).get(check, "")
    parts = zip(known.split(":")[:2], failed.get(check, "").split(":")[:2], strict=False)
    return not known or all(own == other for own, other in parts)


def candidates(known: Sequence[Misconception], results: Sequence[Outcome]) -> list[Misconception]:
    """Return the one or two known misconceptions whose failures are most like these, by different hints.

    Only checks that were run are compared, so a single failing test can be diagnosed too, if less surely. None is returned if none
    is close, or if more than two are equally close: a wrong guess would mislead where the check's own hint helps.
    """
    failed = ways(results)
    ran = {result.check for result in results}
    if not any(way.startswith("wrong") for way in failed.values()):
        return []
    weights = _weights(known)
    scores = [likeness(failed, {name: way for name, way in item.signature if name in ran}, weights, item.may_fail) for item in known]
    best = max(scores, default=0.0)
    if best < CLOSE_ENOUGH:
        return []
    by_hint = {item.hint: item for item, score in reversed(list(zip(known, scores, strict=True))) if best - score < 1e-9}
    return sorted(by_hint.values(), key=lambda item: item.name) if len(by_hint) <= MOST_CANDIDATES else []


def _weights(known: Sequence[Misconception]) -> dict[str, float]:
    """Return what each check counts: one that kills every wrong program says little about which of them it is."""
    kills = Counter(name for item in known for name, _ in item.signature)
    return {name: log(1 + len(known) / (1 + count)) for name, count in kills.items()}


def likeness(
    failed: Mapping[str, str], signature: Mapping[str, str], weights: Mapping[str, float] | None = None, may_fail: Collection[str] = ()
) -> float:
    """Return 0 to 1: the share of checks that fail in both, half of it for failing in the same way.

    Args:
        weights: what each check counts, 1 by default.
        may_fail: checks that fail for some seeds only; such a one counts little where it fails in one of both.
    """
    weights = weights or {}
    by_chance = (failed.keys() ^ signature.keys()) & {*may_fail}
    whole = sum(weights.get(name, 1.0) * (BY_CHANCE if name in by_chance else 1) for name in failed.keys() | signature.keys())
    if not whole:
        return 0.0
    alike = [weights.get(name, 1.0) * (1 + _alike(failed[name], signature[name])) for name in failed.keys() & signature.keys()]
    return sum(alike) / (2 * whole)


def _alike(one: str, other: str) -> float:
    """Return 0 to 1: how many parts of two ways are the same, from the coarsest on."""
    ones, others = one.split(":"), other.split(":")
    same = 0
    for first, second in zip(ones, others, strict=False):
        if first != second:
            break
        same += 1
    return same / max(len(ones), len(others))
