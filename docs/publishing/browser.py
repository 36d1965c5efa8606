"""What a page calls when Python runs in a browser: the real checks, told and drawn as everywhere else. JSON in, JSON out."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from docs.publishing.recording import Recipe, outcome, record
from harness import catalogue, report
from harness.catalogue import Exercise
from harness.errors import Mistake
from harness.loading import Submission
from harness.running import CheckFunction, Result, load_checks, run_check, submission_of
from harness.telling import hints, standing, tell
from harness.testing import PromiseBroken

COURSE = Path(__file__).parents[2]


@dataclass
class Bench:
    """One run of an exercise's public checks.

    Args:
        exercise: whose.
        submission: what the reader wrote.
        functions: the checks, by id.
        results: those that have run.
    """

    exercise: Exercise
    submission: Submission
    functions: dict[str, CheckFunction]
    results: list[Result] = field(default_factory=list)


_bench: list[Bench] = []


def begin(number: str, source: str) -> str:
    """Take a reader's file, and return the ids of the checks to run: `{"checks": [...]}`."""
    exercise = catalogue.exercise(number, COURSE)
    path = COURSE / "work" / exercise.slug / exercise.stub.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
    functions = load_checks(exercise, (exercise.public_tests,))
    _bench[:] = [Bench(exercise, submission_of(exercise, path), functions)]
    return json.dumps({"checks": list(functions)})


def run(id: str) -> str:
    """Run one check of the exercise that has begun; return its result without its story."""
    bench = _bench[0]
    result = run_check(bench.exercise, bench.exercise.check(id), bench.functions[id], bench.submission)
    bench.results.append(result)
    shown = ("check", "verdict", "points", "max_points", "place")
    return json.dumps({name: getattr(result, name) for name in shown})


def finish() -> str:
    """Return where the reader stands, and the story of each check that does not hold."""
    bench = _bench[0]
    failed = [result for result in bench.results if not result.passed]
    unwritten = [result for result in failed if result.verdict == "not_attempted"][1:]
    told = [_told(bench, result) for result in failed if result not in unwritten]
    return json.dumps({"standing": standing(bench.exercise, bench.results), "told": told})


def _told(bench: Bench, result: Result) -> dict[str, Any]:
    check, error = bench.exercise.check(result.check), result.error
    html = ""
    if isinstance(error, PromiseBroken) and len(error.trace):
        html = report.player(error.trace, error.broken, title=check.id, promise=check.promise, name=check.id, level=3)
    text = tell(bench.exercise, result, bench.results)
    if result.verdict == "wrong":
        helps = hints(bench.exercise, result, bench.results)
    else:
        text = text.rpartition("\n\n")[0]  # its last part speaks to those at a terminal
        helps = [check.hint] if check.hint and not isinstance(error, Mistake) else []
    return {"check": check.id, "verdict": result.verdict, "html": html, "text": text, "hints": helps, "next": _next(result)}


def _next(result: Result) -> str:
    """Say what to do about a check that tells no run."""
    if result.verdict == "wrong":
        return ""
    line = f"line {result.place.partition(':')[2]}" if result.place else "the file"
    return f"{'Write' if result.verdict == 'not_attempted' else 'Mend'} {line} in the editor above, then run the checks again."


def knob(recipe: str, place: int, name: str) -> str:
    """Run a knob's world with its value at a place of the list; `name` makes the picture's ids unique."""
    entries = json.loads(recipe)
    program = entries.pop("source", None)
    read = replace(Recipe.read(entries), value=entries["values"][place])
    if program is not None:
        path = catalogue.exercise(read.exercise, COURSE).solution / program["name"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(program["text"], encoding="utf-8")
    recorded = record(read, COURSE)
    return json.dumps({"outcome": outcome(recorded), "broken": recorded.broken is not None, "html": recorded.picture(name)})
