"""Proves an exercise in both directions: the stub attempts nothing, right programs get full marks, wrong ones are killed by the
checks they name and by no others.

Wrong programs are run on several families of seeds, because a check that kills one only when it is lucky is not a check.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from harness.catalogue import Exercise
from harness.diagnosis import Misconception, candidates, misconceptions, read_wrong, write_misconceptions
from harness.errors import Misuse
from harness.proving.crew import Finding, Outcome, Task, Trouble

WHOLE_BASES = 2
DEEP_BASES = 20
DEEP_SEEDS = 1_000
BRIEFLY = 2
NOT_KILLED = ("pass", "inconclusive", "infra", "not_attempted")


@dataclass(frozen=True)
class Program:
    """One program of an exercise, and what is expected of it.

    Args:
        exercise: whose it is.
        kind: `stub`, `reference`, `right` or `wrong`.
        path: its file.
        killers: ids of the checks that killed it when it was last measured, if it ever was.
    """

    exercise: Exercise
    kind: str
    path: Path
    killers: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """E.g. `03_fenced_lock/wrong/l01_no_fence`."""
        folder = f"{self.kind}/" if self.kind in ("right", "wrong") else ""
        return f"{self.exercise.slug}/{folder}{self.path.stem if folder else self.kind}"

    @cached_property
    def misconception(self) -> Misconception:
        """What a wrong program's docstring says."""
        return read_wrong(self.path)

    @cached_property
    def varies(self) -> bool:
        """True if no two runs of it need be the same: a wrong program that reads the real clock, say."""
        return bool(self.named and self.misconception.varies) if self.kind == "wrong" else False

    @cached_property
    def named(self) -> tuple[str, ...]:
        """Ids of the checks that may kill it; none if its docstring cannot be read, which the audit tells."""
        try:
            return (*self.misconception.fails, *self.misconception.may_fail)
        except (Misuse, SyntaxError, ValueError):
            return ()

    @cached_property
    def musts(self) -> tuple[str, ...]:
        """Ids of the checks that must kill it."""
        return tuple(check for check in self.named if check in self.misconception.fails)

    @cached_property
    def known_killers(self) -> tuple[str, ...]:
        """Ids of the checks that must kill it, and of those that may and did; of a program that was never measured, of all that may."""
        return tuple(check for check in self.named if check in {*self.musts, *self.killers}) if self.killers else self.named


@dataclass(frozen=True)
class Plan:
    """How thoroughly to look.

    Args:
        deep: 20 families of seeds instead of one, and many scenarios for right programs.
        seeds: scenarios per check for right programs; by default each check's own number, or 1,000 if deep.
        whole: two families of seeds, and try wrong programs on what they should pass too, briefly.
    """

    deep: bool = False
    seeds: int | None = None
    whole: bool = False

    def tasks(self, program: Program) -> list[Task]:
        """Return the runs that a program needs.

        All checks that a wrong program names try it on two families of seeds, those that must kill it on all. Those that it should pass
        try it once if deep, briefly if a look at the whole is wanted. If neither is, only those try it that are known to kill it.
        """
        slug, path = program.exercise.slug, program.path.as_posix()
        if program.kind == "stub":
            return [Task(slug, path)]
        if program.kind != "wrong":
            return [Task(slug, path, count=self.scenarios)]
        if not (self.deep or self.whole):
            return [Task(slug, path, named=program.known_killers, others=0)]
        first, *others = [program.named] * WHOLE_BASES + [program.musts] * (self.families - WHOLE_BASES)
        closely = Task(slug, path, named=first, others=None if self.deep else BRIEFLY)
        return [closely, *(Task(slug, path, base, named=named, others=0) for base, named in enumerate(others, start=1))]

    @property
    def families(self) -> int:
        """How many families of seeds a wrong program is run on."""
        return DEEP_BASES if self.deep else WHOLE_BASES if self.whole else 1

    @property
    def scenarios(self) -> int | None:
        """Scenarios per check for right programs; None is each check's own number."""
        return self.seeds or (DEEP_SEEDS if self.deep else None)


def programs(exercise: Exercise) -> list[Program]:
    """Return the programs of an exercise: stub, reference, right, wrong."""
    found = [Program(exercise, "stub", exercise.stub), Program(exercise, "reference", exercise.solution / exercise.stub.name)]
    found += [Program(exercise, "right", path) for path in sorted((exercise.solution / "right").glob("*.py"))]
    killers = {known.name: known.fails for known in misconceptions(exercise)}
    found += [Program(exercise, "wrong", path, killers.get(path.stem, ())) for path in sorted((exercise.solution / "wrong").glob("*.py"))]
    return found


Runs = Mapping[Task, Outcome]
"""What is known so far of each task."""


def shortcomings(program: Program, plan: Plan, runs: Runs) -> Iterator[str]:
    """Yield what a program does that it should not, one sentence each."""
    for task in plan.tasks(program):
        outcome = runs.get(task)
        if outcome is None:
            continue
        where = f"{program.name} on seed family {task.base}"
        if isinstance(outcome, Trouble):
            yield f"trouble: {where}: {outcome.text}"
            continue
        tried = {finding.check for finding in outcome}
        missing = {check.id for check in program.exercise.checks if task.count_for(check.id) != 0} - tried
        if missing:
            yield f"trouble: {where} was not tried by {', '.join(sorted(missing))}"
        judge = {"stub": _stub, "wrong": _wrong}.get(program.kind, _right)
        yield from judge(program, where, outcome)


def holds(program: Program, plan: Plan, runs: Runs) -> bool:
    """True if the program was run as planned and did what is expected of it."""
    return all(task in runs for task in plan.tasks(program)) and not any(shortcomings(program, plan, runs))


def _stub(program: Program, where: str, findings: list[Finding]) -> Iterator[str]:
    for finding in findings:
        if finding.verdict != "not_attempted":
            yield f"{program.name}: {finding.check} should stop at NotImplementedError, but its verdict is {_told(finding)}"


def _right(program: Program, where: str, findings: list[Finding]) -> Iterator[str]:
    for finding in findings:
        if not finding.passed:
            seed = "" if finding.seed is None else f" (seed {finding.seed})"
            yield f"fails: {program.name} should pass {finding.check}{seed}, but: {_told(finding)}"


def _wrong(program: Program, where: str, findings: list[Finding]) -> Iterator[str]:
    if not program.named:
        return
    expected = program.misconception
    for finding in findings:
        killed = finding.verdict not in NOT_KILLED
        if finding.check in expected.fails and not killed:
            yield f"survives: {program.name} should fail {finding.check} on {where.partition(' on ')[2]} (verdict {finding.verdict})"
        if not finding.passed and finding.check not in (*expected.fails, *expected.may_fail):
            yield f"unnamed: {where} fails {finding.check}, which its docstring does not name ({_told(finding)})"


def _told(finding: Finding) -> str:
    return f"{finding.way}: {finding.text}" if finding.text else finding.way


# --- diagnosis ---


def signed(program: Program, runs: Runs) -> Misconception | None:
    """Return a wrong program's misconception with its signature: how it fails on the first family of seeds."""
    outcome = next((runs[task] for plan in (Plan(), Plan(whole=True), Plan(deep=True)) if (task := plan.tasks(program)[0]) in runs), None)
    if not isinstance(outcome, list) or not program.named:
        return None
    known = program.misconception
    failed = [finding for finding in outcome if not finding.passed and (not known.varies or finding.check in known.fails)]
    signature = tuple((finding.check, finding.verdict if known.varies else finding.way) for finding in failed)
    return replace(known, signature=signature)


def known_misconceptions(exercise: Exercise, runs: Runs) -> list[Misconception]:
    """Return the measured misconceptions of an exercise; those that could not be measured are left out."""
    wrong = [program for program in programs(exercise) if program.kind == "wrong"]
    return [known for known in (signed(program, runs) for program in wrong) if known is not None]


def misconceptions_text(exercise: Exercise, runs: Runs) -> str:
    """Return what `misconceptions.json` should hold."""
    return write_misconceptions(exercise, known_misconceptions(exercise, runs))


@dataclass(frozen=True)
class Diagnosed:
    """How one run of a wrong program was diagnosed.

    Args:
        program: its name.
        named: the misconceptions that a student would be told: none, one or two.
        right: one of them is this program's, or has the same hint.
    """

    program: str
    named: tuple[str, ...]
    right: bool


def confusion(exercise: Exercise, runs: Runs, plan: Plan, public_only: bool = False) -> list[Diagnosed]:
    """Diagnose a run of every wrong program, on the second family of seeds: the first has made the signatures.

    Args:
        public_only: look at what a student's own run would show, instead of at all checks.
    """
    known = known_misconceptions(exercise, runs)
    visible = {check.id for check in exercise.checks if check.public or not public_only}
    found = []
    for program in programs(exercise):
        for task in plan.tasks(program)[1:WHOLE_BASES] if program.kind == "wrong" else ():
            outcome = runs.get(task)
            if not isinstance(outcome, list):
                continue
            seen = [finding for finding in _with_passes(exercise, outcome) if finding.check in visible]
            if any(not finding.passed for finding in seen):
                found.append(_diagnosed(program, known, seen))
    return found


def _with_passes(exercise: Exercise, findings: Sequence[Finding]) -> list[Finding]:
    """Add the checks that a quick look left out: it did so because the program passes them."""
    known = {finding.check for finding in findings}
    passes = [
        Finding(check.id, "pass", check.points, check.points, "pass", None, "", "") for check in exercise.checks if check.id not in known
    ]
    return [*findings, *passes]


def _diagnosed(program: Program, known: Sequence[Misconception], seen: Sequence[Finding]) -> Diagnosed:
    named, own = candidates(known, seen), program.misconception
    return Diagnosed(own.name, tuple(item.name for item in named), any(item.name == own.name or item.hint == own.hint for item in named))


# --- the same everywhere ---


def digest(runs: Runs) -> str:
    """Return one SHA-256 over all verdicts, codes, seeds and traces: equal on every Python and under every hash seed."""
    return hashlib.sha256("\n".join(fingerprints(runs).values()).encode()).hexdigest()


def fingerprints(runs: Runs) -> dict[str, str]:
    """Return the same per task, to find the first that differs."""
    found = {}
    for task in sorted(runs, key=lambda task: (task.exercise, task.path, task.base)):
        outcome = runs[task]
        plain: object
        if isinstance(outcome, Trouble):
            plain = outcome.text
        else:
            plain = [(finding.check, finding.way, finding.seed, finding.points, finding.trace) for finding in outcome]
        found[f"{task.exercise}/{Path(task.path).parent.name}/{Path(task.path).name} on seed family {task.base}"] = json.dumps(plain)
    return found
