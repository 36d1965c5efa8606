"""`course grade`: marks for a submission, made by the judge. They count if the sandbox was complete."""

from __future__ import annotations

import json
import os
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click

from harness import catalogue
from harness.catalogue import Exercise
from harness.cli.console import filled, remark, say, screen, story
from harness.grading.judge import grade
from harness.grading.submissions import handed_in
from harness.grading.verdicts import REQUIRED_LEVEL, BonusMark, Mark, Report
from harness.running import check_names

AGAIN = 3
"""Exit status when something failed on our side: no mark was made, run it again."""


@click.command("grade")
@click.argument("submission")
@click.argument("exercises", nargs=-1, metavar="[NN]...")
@click.option(
    "--isolation",
    type=click.Choice(["auto", "sandbox", "none"]),
    default="auto",
    help="Where the submission runs; auto: a sandbox on Linux.",
)
@click.option("--jobs", type=click.IntRange(1), help="How many examiners work at a time; by default one for each processor.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@click.option("--verbose", is_flag=True, help="Tell the story of each failing public check.")
def grade_command(submission: str, exercises: tuple[str, ...], isolation: str, jobs: int | None, as_json: bool, verbose: bool) -> int:
    """Mark a submission: a folder, file, archive, notebook or commit.

    A folder is shaped like exercises/ or is one exercise's. A commit is REPOSITORY@COMMIT of a git repository (path or URL)."""
    root = catalogue.find_root()
    wanted = [catalogue.exercise(name, root) for name in exercises] or list(catalogue.exercises(root))
    if not exercises:
        there = handed_in(submission, wanted, any_name=False).sources
        wanted = [exercise for exercise in wanted if exercise.slug in there]
    isolated = isolation == "sandbox" or (isolation == "auto" and sys.platform == "linux")
    without = [name for name in os.environ.get("COURSE_WITHOUT", "").split(",") if name]
    with _progress(wanted, isolated, quiet=as_json) as progress:
        report = grade(
            submission, wanted, isolated=isolated, jobs=jobs, tells=not as_json, only_here=True, without=without, progress=progress
        )
    if as_json:
        print(json.dumps(report.as_json(), indent=1))
    else:
        _tell(report, wanted, verbose)
    return AGAIN if report.infra else 0


@contextmanager
def _progress(exercises: Sequence[Exercise], isolated: bool, quiet: bool) -> Iterator[Callable[[str, str], None]]:
    """Show a bar while somebody watches, else a line for each exercise; nothing if `quiet`, for whoever reads both streams as one."""
    if not sys.stderr.isatty():
        yield (lambda exercise, check: None) if quiet else _remarks(exercises, 2 if isolated else 1)
        return
    from rich.progress import Progress

    total = sum(len(exercise.checks) for exercise in exercises) * (2 if isolated else 1)
    with Progress(console=screen(error=True), transient=True) as bar:
        task = bar.add_task("checks", total=total)
        yield lambda exercise, check: bar.update(task, advance=1, description=f"{exercise[:24]:<24}")


def _remarks(exercises: Sequence[Exercise], times: int) -> Callable[[str, str], None]:
    """Return what says when an exercise has been examined: each of its checks that are here, so many times."""
    tests = {exercise.slug: (exercise.public_tests, *exercise.hidden_tests) for exercise in exercises}
    left = {slug: times * sum(len(check_names(path)) for path in paths) for slug, paths in tests.items()}

    def progress(exercise: str, check: str) -> None:
        left[exercise] -= 1
        if left[exercise] == 0:
            remark(f"{exercise}: examined")

    return progress


def _tell(report: Report, exercises: Sequence[Exercise], verbose: bool) -> None:
    for exercise in exercises:
        _tell_exercise(exercise, report.of(exercise.slug), verbose)
        for mark in report.bonus:
            if mark.exercise == exercise.slug:
                _tell_bonus(mark)
        say()
    say(f"{report.score} of {report.max_score} points.", "strong")
    if report.bonus:
        extra, most = sum(mark.points for mark in report.bonus), sum(mark.max_points for mark in report.bonus)
        say(f"Apart from these, {extra} of {most} bonus points.", "strong")
    absent = sum(len(report.of(exercise.slug)) < len(exercise.checks) for exercise in exercises)
    if absent:
        say(f"Hidden checks are not here for {absent} of {len(exercises)} exercises, so only public ones were run.")
    for note in report.notes:
        filled(f"Note: {note}", "warn")
    filled(standing(report), "good" if report.authoritative else "warn")


def standing(report: Report) -> str:
    """Say whether the marks count, and if not, what is missing."""
    if report.infra:
        return "Something failed on our side: no mark there, and no zero. Run it again."
    level = f"isolation level {report.level} of {REQUIRED_LEVEL}"
    if report.authoritative:
        return f"Made in a sandbox, {level}."
    return f"Not authoritative: {level}; missing: {', '.join(report.missing) or 'nothing was run'}."


def _tell_exercise(exercise: Exercise, marks: Sequence[Mark], verbose: bool) -> None:
    held, most = sum(mark.points for mark in marks), sum(mark.max_points for mark in marks)
    say(f"{exercise.slug}  {exercise.title}: {held} of {most} points", "strong")
    told: set[str] = set()
    for mark in marks:
        points = f"{mark.points} of {mark.max_points}" if exercise.points else ""
        hidden = "" if mark.public else "hidden"
        say(f"  {mark.verdict:<17}{mark.check:<32}{hidden:<8}{points:>10}".rstrip(), "good" if mark.passed else "bad")
        if mark.public:
            _tell_public(mark, verbose, told)
        elif not mark.passed:
            _tell_hidden(mark, told)


def _tell_bonus(mark: BonusMark) -> None:
    """Say what became of a scenario, apart from the checks."""
    points = f"{mark.points} of {mark.max_points}"
    say(f"  {mark.verdict:<17}{'your own scenario':<32}{'bonus':<8}{points:>10}", "good" if mark.points else "dim")
    _indented("", mark.text)


def _tell_public(mark: Mark, verbose: bool, told: set[str]) -> None:
    """Say what happened: the whole story if asked for, else what ended it if no promise was broken, once for all checks that it ended."""
    if verbose and mark.story:
        story(mark.story)
        say()
    elif mark.verdict not in ("pass", "wrong", "not_attempted") and mark.text not in told:
        told.add(mark.text)
        _indented("", mark.text)


def _tell_hidden(mark: Mark, told: set[str]) -> None:
    """Say what a student may know: the promise, and the diagnosis if there is one."""
    _indented("Promised", mark.promise)
    if mark.verdict in ("infra", "nondeterministic"):
        _indented("", mark.text)
    if mark.misconception and mark.misconception not in told:
        told.add(mark.misconception)
        _indented("Likely", mark.misconception)
        _indented("Hint", mark.hint)


def _indented(label: str, text: str) -> None:
    head = f"{label}:".ljust(10) if label else ""
    for line in textwrap.wrap(head + text, 74, subsequent_indent=" " * len(head), break_on_hyphens=False)[:6]:
        say(f"      {line}")
