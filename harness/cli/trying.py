"""`course test`: an exercise's public checks, each in a line, and the story of the first that fails."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from harness import bonus, catalogue
from harness.catalogue import Exercise
from harness.cli.console import existing, filled, say, story
from harness.cli.standing import next_exercise
from harness.running import CheckFunction, Result, load_checks, run_check, submission_of
from harness.telling import LABEL, standing, tell

MARKS = {"pass": "holds", "wrong": "BROKEN", "not_attempted": "to do", "timeout": "stuck", "inconclusive": "unknown"}
TONES = {"pass": "good", "not_attempted": "dim"}


def chosen(name: str | None) -> Exercise:
    """Return the exercise of that name; without a name the one in whose folder the command is given, else the one to do next."""
    root, here = catalogue.find_root(), Path.cwd().resolve()
    if name:
        return catalogue.exercise(name, root)
    inside = (exercise for exercise in catalogue.exercises(root) if here.is_relative_to(exercise.folder))
    return next(inside, None) or next_exercise(root)


@click.command("test")
@click.argument("exercise", required=False, metavar="[NN]")
@click.option("--all", "everything", is_flag=True, help="Tell the story of every failing check, not only of the first.")
@click.option("--submission", type=click.Path(path_type=Path), callback=existing, help="File or folder to check instead of your own.")
def test_command(exercise: str | None, everything: bool, submission: Path | None) -> int:
    """Run the public checks of an exercise.

    Without a number: of the one in whose folder you are, else of the one to do next.
    """
    found = chosen(exercise)
    functions = load_checks(found, (found.public_tests,))
    results = try_out(found, functions, submission)
    tell_all(found, results, everything)
    held = all(result.passed for result in results)
    return 0 if tell_bonus(found, submission) and held else 1


def tell_bonus(exercise: Exercise, path: Path | None) -> bool:
    """Say how the student's own scenario stands, where there can be one; False if it cannot be used."""
    folder = path.resolve() if path else exercise.folder
    folder = folder / exercise.slug if (folder / exercise.slug).is_dir() else folder
    if exercise.bonus is None or not (folder / f"{exercise.bonus.module}.py").is_file():
        return True
    outcome = bonus.practised(exercise, bonus.scenario_file(exercise, folder), folder)
    filled(bonus.standing(exercise, outcome), {"plausible": "good", "not_attempted": "dim"}.get(outcome.verdict, "bad"))
    return outcome.verdict in ("plausible", "not_attempted")


def try_out(exercise: Exercise, functions: dict[str, CheckFunction], path: Path | None = None) -> list[Result]:
    """Run checks and print a line for each as it is done."""
    say(f"{exercise.slug}  {exercise.title}", "strong")
    results = []
    for name, function in functions.items():
        submission = submission_of(exercise, path.resolve() if path else exercise.folder)
        result = run_check(exercise, exercise.check(name), function, submission)
        say(_line(exercise, result), TONES.get(result.verdict, "bad"))
        sys.stdout.flush()
        results.append(result)
    return results


def _line(exercise: Exercise, result: Result) -> str:
    word = MARKS.get(result.verdict, result.verdict.replace("_", " "))
    points = f"{result.points} of {result.max_points}" if exercise.points else ""
    return f"  {word + ' ':<{LABEL}}{result.check:<44}{points:>10}".rstrip()


def tell_all(exercise: Exercise, results: Sequence[Result], everything: bool = False) -> None:
    """Tell the first failing check, or all, and what holds."""
    failing = [result for result in results if not result.passed]
    for result in failing if everything else failing[:1]:
        say()
        say(f"-- {result.check} ".ljust(78, "-"), "dim")
        story(tell(exercise, result, results))
    say()
    filled(f"{exercise.slug}: {standing(exercise, results)}", "good" if not failing else "")
    if failing and not everything and failing[0].verdict == "wrong":
        say(f"Stuck? course hint {exercise.number}", "dim")
