"""`course emit` and `course points`: marks for another system to read, made in a workflow."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import click

from harness import catalogue
from harness.catalogue import VISIBILITIES
from harness.cli.console import Refused, complain, say
from harness.grading.bundle import undecided, up_to
from harness.grading.channels import APPENDED, EMITTERS, classroom
from harness.grading.channels.text import Unfinished
from harness.grading.snapshot import grade_snapshot, take
from harness.grading.verdicts import Report

NOT_GRADED = 3
TARGETS = f"Which channel, and where to; - is standard output. Channels: {', '.join(EMITTERS)}."


@click.command("emit")
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.argument("exercises", nargs=-1, metavar="[NN]...")
@click.option("--to", "targets", multiple=True, required=True, metavar="CHANNEL=FILE", help=TARGETS)
@click.option("--tier", type=click.Choice(VISIBILITIES), default=VISIBILITIES[-1], help="Run the checks up to this tier; by default all.")
def emit_command(path: Path, exercises: tuple[str, ...], targets: tuple[str, ...], tier: str) -> int:
    """Grade a submission and write its marks as other systems read them."""
    wanted = [_target(target) for target in targets]
    report = _report(path.absolute(), exercises, tier)
    try:
        written = [(channel, file, EMITTERS[channel](report)) for channel, file in wanted]
    except Unfinished as error:
        complain(str(error))
        return NOT_GRADED
    for channel, file, text in written:
        if file == "-":
            sys.stdout.write(text)
        else:
            with Path(file).open("a" if channel in APPENDED else "w", encoding="utf-8") as opened:
                opened.write(text)
    return NOT_GRADED if report.infra else 0


def _target(target: str) -> tuple[str, str]:
    channel, given, file = target.partition("=")
    if channel not in EMITTERS or not given or not file:
        raise Refused(f"--to {target}: write it like junit=marks.xml; there are {', '.join(EMITTERS)}")
    return channel, file


def _report(path: Path, exercises: tuple[str, ...], tier: str) -> Report:
    root = catalogue.find_root()
    chosen = [catalogue.exercise(name, root) for name in exercises] or list(catalogue.exercises(root))
    run = [up_to(exercise, tier) for exercise in chosen]
    report = grade_snapshot(take(path.name, path, run), run, isolated=sys.platform == "linux")
    return replace(report, notes=(*filter(None, [undecided(chosen, tier)]), *report.notes))


@click.command("points")
def points_command() -> int:
    """Add up the points that the steps of a workflow left.

    They are in variables like EX03_RESULTS. The status is 1 until every check holds."""
    results = classroom.results_in(os.environ)
    told = classroom.points(results)
    for step, result in results.items():
        score = sum(test["score"] for test in result["tests"])
        say(f"{step}  {score}/{result['max_score']}")
    say(told)
    left = undecided(catalogue.exercises(), VISIBILITIES[0])
    if left:
        say(f"Besides: {left}.")
    if os.environ.get("GITHUB_ACTIONS"):
        print(f"::notice title=Autograding complete::{told}")
    return int(any(result["status"] != "pass" for result in results.values()))
