"""The judge: has every check of the known list run against a submission and states, positively, what became of each.

The verdict is never an exit code, a report file or a comparison made where student code runs. Each check is examined twice, in
workers with different hash seeds, at the same time where there are two processors; a submission whose two examinations differ
anywhere is `nondeterministic`, or shares between machines what machines cannot share.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import harness
from harness.catalogue import Check, Exercise
from harness.diagnosis import diagnose, misconceptions
from harness.grading import scenarios
from harness.grading.blame import notes_of
from harness.grading.examiner import NO_SANDBOX, Finding, Job
from harness.grading.panel import Answer, Panel, findings_of
from harness.grading.submissions import Handed, Source, handed_in
from harness.grading.verdicts import REQUIRED_LEVEL, BonusMark, Mark, Report, printable
from harness.watchdog import GAVE_UP

HASH_SEEDS = (0, 1)

Progress = Callable[[str, str], None]
"""Called with exercise and check whenever a check has been examined."""


def grade(
    where: Path | str,
    exercises: Sequence[Exercise],
    *,
    isolated: bool = True,
    seed: str | None = None,
    jobs: int | None = None,
    tells: bool = True,
    only_here: bool = False,
    without: Sequence[str] = (),
    progress: Progress = lambda exercise, check: None,
) -> Report:
    """Grade what was handed in.

    Args:
        where: a folder shaped like `exercises/`, an exercise's folder, a file, a zip archive, a notebook, or `repository@commit`.
        exercises: those to grade; one that was not handed in gets `not_handed_in` for each of its checks.
        isolated: in sandboxed workers; otherwise inside the examiner, which is not authoritative.
        seed: private seed of the course, by default `$COURSE_SEED`.
        jobs: how many examiners work at a time; by default one for each processor.
        tells: shrink the failing runs of public checks and tell their stories.
        only_here: leave out checks whose tests are not here; otherwise such a check is `infra`.
        without: layers of isolation not to use, for tests of what happens where a machine lacks them.
        progress: called as checks are done.

    Raises:
        Misuse: nothing there belongs to any exercise.
    """
    seed = os.environ.get("COURSE_SEED", "") if seed is None else seed
    handed = handed_in(where, exercises)
    wanted = [job_of(exercise, handed, seed, isolated, tells, without) for exercise in exercises]
    panel = Panel(jobs or os.cpu_count() or 1, lambda job, check, verdict: progress(job.slug, check))
    answers = examined(panel, [job for job in wanted if job is not None])
    marks: list[Mark] = []
    bonus: list[BonusMark] = []
    for exercise in exercises:
        bonus += scenarios.marks(exercise, handed.scenarios.get(exercise.slug), answers.get(exercise.slug, []))
        marks += marks_of(exercise, handed.sources.get(exercise.slug), answers.get(exercise.slug, []), only_here)
    found = [answer for pair in answers.values() for answer in pair if "level" in answer]
    return Report(
        submission=Path(where).name,
        digest=tuple((slug, source.digest) for slug, source in sorted(handed.sources.items())),
        marks=tuple(marks),
        level=min((answer["level"] for answer in found), default=REQUIRED_LEVEL if isolated and not answers else 0),
        missing=tuple(dict.fromkeys(layer for answer in found for layer in answer["missing"])) or (() if isolated else (NO_SANDBOX,)),
        harness=fingerprint(),
        seed=hashlib.sha256(f"fingerprint/{seed}".encode()).hexdigest()[:16],
        notes=tuple(printable(note) for note in (*handed.notes, *notes_of(marks))),
        bonus=tuple(bonus),
    )


def examined(panel: Panel, jobs: Sequence[Job]) -> dict[str, list[Answer]]:
    """Have each exercise examined: twice, in different ways; and a third time where that makes a difference to objects.

    The second time, objects live in processes of their own. If only that makes the difference, they share what machines cannot share.
    """
    first = [replace(job, hash_seed=seed, apart=seed != HASH_SEEDS[0]) for job in jobs for seed in HASH_SEEDS[: 1 + job.isolated]]
    answers: dict[str, list[Answer]] = {job.slug: [] for job in jobs}
    for job, answer in zip(first, panel.run(first), strict=True):
        answers[job.slug].append({**answer, "isolated": job.isolated})
    third = [replace(job, hash_seed=HASH_SEEDS[1], tells=False) for job in jobs if _objects_differ(answers[job.slug])]
    for job, answer in zip(third, panel.run(third), strict=True):
        answers[job.slug].append({**answer, "isolated": True})
    return answers


def _objects_differ(answers: Sequence[Answer]) -> bool:
    found = [findings_of(answer) for answer in answers]
    return len(found) > 1 and any(
        first.objects and name in found[1] and found[1][name].seen != first.seen for name, first in found[0].items()
    )


def job_of(exercise: Exercise, handed: Handed, seed: str, isolated: bool, tells: bool, without: Sequence[str] = ()) -> Job | None:
    """Return what an examiner is asked about an exercise; None if there is nothing to examine."""
    source, scenario = handed.sources.get(exercise.slug), handed.scenarios.get(exercise.slug)
    if source is None or source.text is None:
        return None
    return Job(
        root=str(exercise.root),
        slug=exercise.slug,
        name=f"{exercise.module}.py",
        text=source.text,
        hash_seed=HASH_SEEDS[0],
        base=base_of(seed, exercise, source),
        isolated=isolated,
        tells=tells,
        without=tuple(without),
        scenario=scenario.text if scenario else None,
    )


def base_of(seed: str, exercise: Exercise, source: Source) -> int:
    """Return the family of seeds for the hidden checks: of the course's private seed and the submission itself."""
    text = f"{seed}/{exercise.slug}/{source.digest}"
    return 1 + int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def marks_of(exercise: Exercise, source: Source | None, answers: Sequence[Answer], only_here: bool) -> list[Mark]:
    """Return one mark for each check in exercise.toml, whatever happens."""
    if source is None or source.text is None:
        verdict, why = ("bad_file", source.problem) if source else ("not_handed_in", f"{exercise.module}.py was not handed in")
        return [_mark(check, exercise, Finding(check.id, verdict, verdict, text=why)) for check in exercise.checks]
    found = [findings_of(answer) for answer in answers]
    troubles = [_trouble(answer) for answer in answers if "trouble" in answer]
    here = {name for findings in found for name in findings}
    marks = []
    for check in exercise.checks:
        if only_here and not troubles and check.id not in here:
            continue
        marks.append(_mark(check, exercise, _agreed(check, [findings.get(check.id) for findings in found], troubles)))
    known = misconceptions(exercise)
    likely = {mark.check: diagnose(known, marks, mark.check) for mark in marks if mark.verdict == "wrong"}
    marks = [replace(mark, misconception=it.misconception, hint=it.hint) if (it := likely.get(mark.check)) else mark for mark in marks]
    return [mark if mark.public else replace(mark, way=_without_shape(mark.way)) for mark in marks]


def _without_shape(way: str) -> str:
    """Return verdict and code: in the shape are names of message classes, which a program could have made of what it was asked."""
    return ":".join(way.split(":")[:2])


def _agreed(check: Check, findings: Sequence[Finding | None], troubles: Sequence[tuple[str, str]]) -> Finding:
    """Return what the examinations of a check say together."""
    if troubles:
        verdict, text = troubles[0]
        return Finding(check.id, verdict, verdict, text=text)
    there = [finding for finding in findings if finding is not None]
    if len(there) < len(findings) or not there:
        return Finding(check.id, "infra", "infra", text="the test of this check is not here")
    for finding in there:
        if finding.verdict == "infra":
            return finding
    first, *others = there
    if first.verdict not in ("pass", "wrong") or all(finding.seen == first.seen for finding in others):
        return first
    if len(others) > 1 and others[1].seen == first.seen:
        return first if first.verdict == "wrong" else Finding(check.id, "wrong", "wrong:shared", text=SHARED)
    return Finding(check.id, "nondeterministic", "nondeterministic", text=DIFFERENT)


def _trouble(answer: Answer) -> tuple[str, str]:
    """Return verdict and text for an examination that came to nothing; without a sandbox the submission may have ended it."""
    if answer["isolated"] or "status" not in answer:
        return "infra", answer["trouble"]
    if answer["status"] == GAVE_UP:
        return "timeout", "something in the file runs for ever and cannot be interrupted"
    return "crash", "the process that ran the file ended before the checks did"


SHARED = (
    "objects that stand for different machines share something, a global or a class attribute; "
    "in processes of their own they did something else"
)
DIFFERENT = "the same runs came out differently a second time; something depends on the order of a set, on id(), a clock or chance"


def _mark(check: Check, exercise: Exercise, finding: Finding) -> Mark:
    return Mark(
        exercise=exercise.slug,
        check=check.id,
        promise=check.promise,
        verdict=finding.verdict,
        points=check.points if finding.verdict == "pass" else 0,
        max_points=check.points,
        public=check.public,
        text=printable(finding.text),
        story=printable(finding.story),
        replay_id=finding.replay_id,
        way=finding.way,
    )


def fingerprint() -> str:
    """Return the digest of the harness that judges."""
    digest = hashlib.sha256()
    folder = Path(harness.__file__).parent
    for path in sorted(folder.rglob("*.py")):
        if "tests" not in path.relative_to(folder).parts:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
