"""Runs the checks of one exercise against one file, in a process of its own that the coordinating judge can replace.

An examiner is trusted: it holds simulator, checkers, hidden scenarios and results, and never runs the submission itself (but for
practice without a sandbox, which is not authoritative). It answers each `Job` with one `Finding` per check.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import catalogue, telling
from harness.catalogue import Check, Exercise
from harness.grading import scenarios
from harness.grading.blame import blame
from harness.grading.budget import Budget, allowed
from harness.grading.submissions import Source
from harness.loading import Submission
from harness.running import CheckFunction, Result, load_checks, run_check, seeds_of
from harness.testing import Setting
from harness.trace import Trace

if TYPE_CHECKING:  # needs Linux
    from harness.grading.hosting import SandboxedSubmission
    from harness.grading.sandbox import Sandbox

NOWHERE = Path(os.devnull)
"""Folder of a sandboxed file: nothing can be read there, whatever a program says about lines."""
SECONDS_PER_STORY = 10.0
NO_SANDBOX = "a sandbox: the submission ran inside the grader"


@dataclass(frozen=True)
class Job:
    """What an examiner is asked.

    Args:
        root, slug: the exercise.
        name, text: the student's file.
        hash_seed: PYTHONHASHSEED of the workers.
        base: family of seeds of the hidden checks.
        isolated: in sandboxed workers, or else in the examiner's own process.
        tells: shrink failing public checks and tell their stories.
        without: layers of isolation to do without, for tests.
        slot: which of the processors to stay on.
        scenario: the student's file with a scenario, if the exercise has a bonus and one was handed in.
        apart: give each object of a plain-class exercise a process of its own.
        count: scenarios per check at most, to prove something about many programs; a mark needs all of them.
    """

    root: str
    slug: str
    name: str
    text: str
    hash_seed: int
    base: int
    isolated: bool
    tells: bool
    without: tuple[str, ...] = ()
    slot: int = 0
    scenario: str | None = None
    apart: bool = False
    count: int | None = None


@dataclass(frozen=True)
class Finding:
    """What became of one check in one examination.

    Args:
        seen: digest of every run, and of how the check ended: two examinations of a deterministic program agree on it.
        text, story, replay_id: of a public check that fails.
        objects: whether the check creates objects of a plain-class exercise.
        verdict, way: as in `running.Result`; of an `infra`, `text` says what is wrong on our side.
    """

    check: str
    verdict: str
    way: str
    seen: str = ""
    text: str = ""
    story: str = ""
    replay_id: str = ""
    objects: bool = False


class Examiner:
    """Keeps a sandbox per hash seed from one job to the next."""

    def __init__(self) -> None:
        self.sandboxes: dict[int, Sandbox] = {}
        self.budget = Budget()
        self.code = ""

    def sandbox(self, job: Job) -> Sandbox:
        """Return the sandbox for a job."""
        from harness.grading.sandbox import Sandbox

        if job.hash_seed not in self.sandboxes:
            exercises = catalogue.exercises(Path(job.root))
            given = [exercise.folder / f"{name}.py" for exercise in exercises for name in exercise.given]
            self.sandboxes[job.hash_seed] = Sandbox(job.hash_seed, given, job.without, job.slot)
        return self.sandboxes[job.hash_seed]

    def examine(self, job: Job, progress: Callable[[str, str], None]) -> dict[str, Any]:
        """Return the findings, and the isolation they were made under."""
        exercise = catalogue.exercise(job.slug, Path(job.root))
        self.budget, self.code = Budget(), ""
        level = 0
        missing: tuple[str, ...] = (NO_SANDBOX,)
        with ExitStack() as stack:
            if job.isolated:
                box = self.sandbox(job)
                level, missing = box.level, box.missing
            else:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="course-")))
                (folder / job.name).write_text(job.text, encoding="utf-8", newline="")
            results: list[Result] = []
            broken: list[Finding] = []
            seen: dict[str, str] = {}
            used: dict[str, float] = {}
            with_objects: set[str] = set()
            functions = load_checks(exercise)
            for check in exercise.checks:
                if check.id not in functions:
                    continue
                make = self._sandboxed(exercise, job) if job.isolated else _practising(exercise, folder / job.name)
                asked: Any = None
                try:
                    with make as submission, allowed(self.budget.judge, self.budget):
                        asked, digest = submission, Digest(submission)
                        results.append(_run(exercise, check, functions[check.id], submission, job, digest))
                    if results[-1].verdict == "timeout" or results[-1].code == "storm":
                        self.budget.tighten()
                    used[check.id] = self.budget.used - self.budget.used_before
                    seen[check.id] = digest.with_end(results[-1])
                    with_objects |= {check.id} if not submission.runs_here and submission.created else set()
                    progress(check.id, results[-1].verdict)
                except Exception as error:
                    broken.append(Finding(check.id, *blame(exercise, check, asked, error)))
                    progress(check.id, broken[-1].verdict)
            scenario = self._scenario(exercise, job, stack) if job.scenario is not None else {}
            told = [_told(exercise, result, results, seen[result.check], job.tells) for result in results]
            findings = broken + [replace(finding, objects=finding.check in with_objects) for finding in told]
        return {"findings": [asdict(finding) for finding in findings], "level": level, "missing": list(missing), "used": used, **scenario}

    def _scenario(self, exercise: Exercise, job: Job, stack: ExitStack) -> dict[str, Any]:
        """Return what became of the student's scenario."""

        def make(known: Exercise, name: str, text: str) -> AbstractContextManager[Any]:
            if job.isolated:
                self.code = ""
                return self._sandboxed(known, replace(job, name=name, text=text))
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="course-")))
            (folder / name).write_text(text, encoding="utf-8", newline="")
            return _practising(known, folder / name)

        return scenarios.examined(exercise, job.scenario or "", job.base, make, allowed(self.budget.judge))

    @contextmanager
    def _sandboxed(self, exercise: Exercise, job: Job) -> Iterator[SandboxedSubmission]:
        from harness.grading.hosting import SandboxedSubmission

        self.budget.begin_check()
        submission = SandboxedSubmission(Source(NOWHERE / job.name, job.text), exercise, self.sandbox(job), self.budget, job.apart)
        submission.code = self.code
        try:
            yield submission
        finally:
            self.code = submission.code
            submission.rest()


@contextmanager
def _practising(exercise: Exercise, path: Path) -> Iterator[Submission]:
    yield Submission(path, exercise.module, {name: exercise.folder / f"{name}.py" for name in exercise.given})


def _run(exercise: Exercise, check: Check, function: CheckFunction, submission: Any, job: Job, digest: Digest) -> Result:
    using = Setting(shrinks=job.tells and check.public, saw=digest.add)
    if job.isolated:
        from harness.grading.hosting import host

        using = replace(using, transport=host)
    seeds = seeds_of(function, 0 if check.public else job.base)[: job.count]
    return run_check(exercise, check, function, submission, seeds, using)


class Digest:
    """A running digest of what the workers of a check said, as far as the check has seen it.

    All else that happens in a run follows from that. What is said while a failing run is shrunk is left out.
    """

    def __init__(self, submission: Any) -> None:
        self.submission = submission
        self._hash = hashlib.sha256()

    def add(self, trace: Trace) -> None:
        """Take in what was said until the end of one more run."""
        if not self.submission.runs_here:
            self._hash.update(self.submission.heard.digest())

    def with_end(self, result: Result) -> str:
        """Return the digest so far, and of how the check ended, in hexadecimal digits."""
        if result.passed:
            self.add(Trace([]))
        said = "" if result.verdict == "wrong" else result.text  # the text of a shrunk run depends on the shrinking
        self._hash.update(json.dumps([result.way, result.seed, said]).encode())
        return self._hash.hexdigest()


def _told(exercise: Exercise, result: Result, others: list[Result], seen: str, tells: bool) -> Finding:
    """Return what may leave the examiner: what a submission could have put into a text is told for public checks only."""
    open_book = exercise.check(result.check).public and not result.passed
    return Finding(
        check=result.check,
        verdict=result.verdict,
        way=result.way if open_book or result.verdict in ("pass", "wrong") else result.verdict,
        seen=seen,
        text=result.text if open_book else "",
        story=_story(exercise, result, others) if open_book and tells else "",
        replay_id=result.replay_id if open_book else "",
    )


def _story(exercise: Exercise, result: Result, others: list[Result]) -> str:
    try:
        with allowed(SECONDS_PER_STORY):
            return telling.tell(exercise, result, others)
    except Exception:  # what a submission says need not be tellable; the verdict stands
        return ""


def main(judge: int) -> None:
    """Answer the jobs of a judge's process, one JSON line each, until there are no more. Whatever is printed meanwhile goes nowhere."""
    die_with(judge)
    asked, answers = os.fdopen(os.dup(0), encoding="utf-8"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)

    def say(entry: dict[str, Any]) -> None:
        answers.write(json.dumps(entry) + "\n")
        answers.flush()

    examiner = Examiner()
    for line in asked:
        entries = json.loads(line)
        job = Job(**{**entries, "without": tuple(entries["without"])})
        try:
            say(examiner.examine(job, lambda check, verdict: say({"check": check, "verdict": verdict})))
        except Exception as error:
            say({"trouble": f"{type(error).__name__}: {error}"})


def die_with(parent: int) -> None:
    """Have the kernel end this process when its parent ends, however that comes about; end it now if that has happened (Linux)."""
    if sys.platform == "linux":
        from harness.grading.lockdown import PARENT_DEATH_SIGNAL, prctl

        prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit("whoever has started this has ended")


if __name__ == "__main__":
    main(int(sys.argv[1]))
