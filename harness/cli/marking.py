"""`course grade`: a table of marks for a submission, made on this machine. Marks that count are made in sandboxed workers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from harness import catalogue
from harness.catalogue import Exercise
from harness.cli.console import Refused, say, story
from harness.proving.crew import Crew, Finding, Task, Trouble

NOT_AUTHORITATIVE = "Not authoritative: the program ran unguarded on this machine.\nMarks that count are made by `course collect`."


@dataclass(frozen=True)
class Mark:
    """What became of one check of a submission; a row of the table."""

    exercise: Exercise
    finding: Finding

    def entry(self) -> dict[str, object]:
        """Return it as `--json` prints it."""
        found = self.finding
        return {
            "exercise": self.exercise.slug,
            "id": found.check,
            "verdict": found.verdict,
            "points": found.points,
            "max_points": found.max_points,
        }


@click.command("grade")
@click.argument("path", type=click.Path(path_type=Path))
@click.argument("exercises", nargs=-1, metavar="[NN]...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@click.option("--verbose", is_flag=True, help="Tell the story of each failing public check.")
def grade_command(path: Path, exercises: tuple[str, ...], as_json: bool, verbose: bool) -> None:
    """Mark a submission: a folder shaped like exercises/, one exercise's folder, or a single file."""
    root = catalogue.find_root()
    wanted = [catalogue.exercise(name, root) for name in exercises]
    found = submitted(path.absolute(), catalogue.exercises(root), wanted)
    marks = grade(root, found)
    if as_json:
        print(json.dumps(summary(marks), indent=1))
        return
    for exercise, _ in found:
        _tell(exercise, [mark for mark in marks if mark.exercise == exercise], verbose)
    held, most = _sum(marks)
    say(f"{held} of {most} points.", "strong")
    missing = sum(not _hidden_here(exercise) for exercise, _ in found)
    if missing:
        say(f"Hidden checks are not here for {missing} of {len(found)} exercises, so only public ones were run.")
    say(NOT_AUTHORITATIVE, "warn")


def submitted(path: Path, there: Sequence[Exercise], wanted: Sequence[Exercise]) -> list[tuple[Exercise, Path]]:
    """Return which exercises a submission holds, and the file of each.

    Raises:
        Refused: nothing that could be marked; the text says what to do.
    """
    if not path.exists():
        raise Refused(f"{path} does not exist; give the folder or the file that was handed in")
    known = wanted or there
    if path.is_file():
        for exercise in known:
            if exercise.stub.name == path.name:
                return [(exercise, path)]
        if len(wanted) == 1:
            return [(wanted[0], path)]
        names = ", ".join(exercise.stub.name for exercise in known)
        raise Refused(f"{path.name} is no exercise's file; name it like one ({names}), or say which it is: course grade {path.name} 03")
    for folder in (path, path / "exercises"):
        found = [(exercise, folder / exercise.slug / exercise.stub.name) for exercise in known if (folder / exercise.slug).is_dir()]
        if found:
            missing = [exercise for exercise in wanted if exercise not in [other for other, _ in found]]
            found += [(exercise, folder / exercise.slug / exercise.stub.name) for exercise in missing]
            return sorted(found, key=lambda pair: pair[0].slug)
    found = [(exercise, path / exercise.stub.name) for exercise in known if (path / exercise.stub.name).is_file()]
    if not found:
        like = f"{known[0].slug}/{known[0].stub.name}" if known else "03_fenced_lock/fenced_lock.py"
        raise Refused(f"{path} holds no exercise; it should hold folders like those in exercises/, for instance {like}")
    return found


def grade(root: Path, found: Sequence[tuple[Exercise, Path]]) -> list[Mark]:
    """Run all checks that are here, each exercise in a process of its own, and return a mark for each check."""
    tasks = [Task(exercise.slug, path.as_posix(), tells=True) for exercise, path in found]
    outcomes = dict(Crew(root).run(tasks))
    marks = []
    for (exercise, _), task in zip(found, tasks, strict=True):
        outcome = outcomes[task]
        findings = _lost(exercise, outcome) if isinstance(outcome, Trouble) else outcome
        marks += [Mark(exercise, finding) for finding in findings]
    return marks


def _lost(exercise: Exercise, trouble: Trouble) -> list[Finding]:
    """Return a finding for each check of an exercise whose process did not live to answer."""
    verdict = "timeout" if "cannot be interrupted" in trouble.text or "no answer" in trouble.text else "crash"
    verdict = "infra" if "a check has a bug" in trouble.text else verdict
    checks = [check for check in exercise.checks if check.public or _hidden_here(exercise)]
    return [Finding(check.id, verdict, 0, check.points, verdict, None, trouble.text, "") for check in checks]


def summary(marks: Sequence[Mark]) -> dict[str, object]:
    """Return what `--json` prints."""
    held, most = _sum(marks)
    return {"score": held, "max_score": most, "authoritative": False, "checks": [mark.entry() for mark in marks]}


def _sum(marks: Sequence[Mark]) -> tuple[int, int]:
    return sum(mark.finding.points for mark in marks), sum(mark.finding.max_points for mark in marks)


def _hidden_here(exercise: Exercise) -> bool:
    return bool(exercise.hidden_tests)


def _tell(exercise: Exercise, marks: Sequence[Mark], verbose: bool) -> None:
    held, most = _sum(marks)
    say(f"{exercise.slug}  {exercise.title}: {held} of {most} points", "strong")
    for mark in marks:
        found, check = mark.finding, exercise.check(mark.finding.check)
        points = f"{found.points} of {found.max_points}" if exercise.points else ""
        hidden = "" if check.public else "hidden"
        say(f"  {found.verdict:<17}{check.id:<32}{hidden:<8}{points:>10}".rstrip(), "good" if found.passed else "bad")
        if found.story and (verbose or not check.public):
            for line in [*found.story.splitlines(), ""]:
                story(f"      {line}".rstrip() if not check.public else line)
        elif verbose and not found.passed and not found.story:
            say(f"      {found.text}")
    say()
