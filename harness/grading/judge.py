"""The judge: runs every check of the known list against a submission and states, positively, what became of each.

The verdict is never an exit code, a report file or a comparison made where student code runs. Each check runs twice, in
workers with different hash seeds; a submission whose two runs differ anywhere is `nondeterministic`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import harness
from harness import telling
from harness.catalogue import Check, Exercise
from harness.diagnosis import diagnose, misconceptions
from harness.grading.hosting import SandboxedSubmission, host
from harness.grading.sandbox import Sandbox
from harness.grading.submissions import Source, find_sources
from harness.grading.verdicts import Mark, Report
from harness.loading import Submission
from harness.running import CheckFunction, Result, load_checks, run_check, seeds_of
from harness.testing import Setting
from harness.trace import Trace

HASH_SEEDS = (0, 1)
BASES = 1_000_000

Progress = Callable[[Mark], None]


def grade(
    path: Path,
    exercises: Sequence[Exercise],
    *,
    isolated: bool = True,
    seed: str | None = None,
    progress: Progress = lambda mark: None,
) -> Report:
    """Grade what was handed in at `path`.

    Args:
        path: a folder shaped like `exercises/`, an exercise's folder, or a file.
        exercises: those to grade; one that was not handed in gets `bad_file` for each of its checks.
        isolated: in sandboxed workers; otherwise in this process, which is not authoritative.
        seed: private seed of the course, by default `$COURSE_SEED`.
        progress: called with each mark as it is made.

    Raises:
        Misuse: nothing at `path` belongs to any exercise.
    """
    seed = os.environ.get("COURSE_SEED", "") if seed is None else seed
    sources = find_sources(path, tuple(exercises))
    with ExitStack() as stack:
        sandboxes: list[Sandbox] = []
        missing: tuple[str, ...] = ("a sandbox: the submission ran inside the grader",)
        level = 0
        if isolated:
            given = [exercise.folder / f"{name}.py" for exercise in exercises for name in exercise.given]
            sandboxes = [stack.enter_context(Sandbox(number, given)) for number in HASH_SEEDS]
            level, missing = min(box.level for box in sandboxes), sandboxes[0].missing
        marks: list[Mark] = []
        for exercise in exercises:
            source = sources.get(exercise.slug)
            for mark in grade_exercise(exercise, source, sandboxes, base_of(seed, exercise, source)):
                progress(mark)
                marks.append(mark)
    return Report(
        submission=path.name,
        digest=tuple((slug, source.digest) for slug, source in sorted(sources.items())),
        marks=tuple(marks),
        level=level,
        missing=missing,
        harness=fingerprint(),
        seed=hashlib.sha256(f"fingerprint/{seed}".encode()).hexdigest()[:16],
    )


def base_of(seed: str, exercise: Exercise, source: Source | None) -> int:
    """Return the family of seeds for the hidden checks: of the course's private seed and the submission itself."""
    text = f"{seed}/{exercise.slug}/{source.digest if source else ''}"
    return 1 + int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % BASES


def grade_exercise(exercise: Exercise, source: Source | None, sandboxes: Sequence[Sandbox], base: int) -> list[Mark]:
    """Return one mark for each check in exercise.toml, whatever happens."""
    if source is None or source.text is None:
        problem = source.problem if source else f"{exercise.module}.py is missing"
        return [_mark(check, exercise, "bad_file", problem) for check in exercise.checks]
    functions = load_checks(exercise)
    results: dict[str, Result] = {}
    broken: dict[str, str] = {}
    for check in exercise.checks:
        if check.id not in functions:
            broken[check.id] = "the test of this check is not here"
            continue
        try:
            results[check.id] = judged(exercise, check, functions[check.id], source, sandboxes, 0 if check.public else base)
        except Exception as error:  # our own mistake, or the machine's: no mark, and never a zero
            broken[check.id] = f"{type(error).__name__}: {error}"
    others = list(results.values())
    return [
        _mark(check, exercise, "infra", broken[check.id]) if check.id in broken else _told(check, exercise, results[check.id], others)
        for check in exercise.checks
    ]


def judged(exercise: Exercise, check: Check, function: CheckFunction, source: Source, sandboxes: Sequence[Sandbox], base: int) -> Result:
    """Run one check once per sandbox, or once in this process if there is none, and compare."""
    if not sandboxes:
        given = {name: exercise.folder / f"{name}.py" for name in exercise.given}
        return run_check(exercise, check, function, Submission(source.path, exercise.module, given), seeds_of(function, base))
    first: tuple[Result, str] | None = None
    for sandbox in sandboxes:
        with _submission(exercise, source, sandbox) as submission:
            seen = Digest()
            using = Setting(transport=host, shrinks=False, saw=seen.add)
            result = run_check(exercise, check, function, submission, seeds_of(function, base), using)
        if first is None:
            first = result, seen.text
            if result.verdict not in ("pass", "wrong"):
                break
        elif (result.verdict, result.text, seen.text) != (first[0].verdict, first[0].text, first[1]):
            return _nondeterministic(first[0])
    assert first is not None
    return first[0]


class Digest:
    """A running digest of every trace a check has made."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, trace: Trace) -> None:
        """Take in one more trace."""
        self._hash.update(trace.dumps().encode())

    @property
    def text(self) -> str:
        """The digest so far, in hexadecimal digits."""
        return self._hash.hexdigest()


@contextmanager
def _submission(exercise: Exercise, source: Source, sandbox: Sandbox) -> Iterator[SandboxedSubmission]:
    submission = SandboxedSubmission(source, exercise, sandbox)
    try:
        yield submission
    finally:
        submission.rest()


def _nondeterministic(result: Result) -> Result:
    text = "the same runs came out differently under another hash seed; something depends on the order of a set, on id(), a clock or random"
    return replace(result, verdict="nondeterministic", points=0, text=text, code="", error=None)


def _mark(check: Check, exercise: Exercise, verdict: str, text: str) -> Mark:
    return Mark(exercise.slug, check.id, check.promise, verdict, 0, check.points, check.public, text=text, way=verdict)


def _told(check: Check, exercise: Exercise, result: Result, others: list[Result]) -> Mark:
    """Return the mark for a result; what a submission could have put into a text is told for public checks only."""
    open_book = check.public and not result.passed
    likely = diagnose(misconceptions(exercise), others) if result.verdict == "wrong" else None
    return Mark(
        exercise=exercise.slug,
        check=check.id,
        promise=check.promise,
        verdict=result.verdict,
        points=result.points,
        max_points=check.points,
        public=check.public,
        text=result.text if open_book else "",
        story=telling.tell(exercise, result, others) if open_book else "",
        replay_id=result.replay_id if open_book else "",
        way=result.way if check.public or result.verdict == "wrong" else result.verdict,
        misconception=likely.misconception if likely else "",
        hint=likely.hint if likely else "",
    )


def fingerprint() -> str:
    """Return version and digest of the harness that judges."""
    digest = hashlib.sha256()
    folder = Path(harness.__file__).parent
    for path in sorted(folder.rglob("*.py")):
        if "tests" not in path.relative_to(folder).parts:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
