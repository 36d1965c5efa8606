"""`course list`: the exercises and their checks, for people and for programs."""

from __future__ import annotations

import json
from typing import Any

import click

from harness import catalogue
from harness.catalogue import Bonus, Exercise
from harness.cli.console import say


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead.")
def list_command(as_json: bool) -> None:
    """List exercises, checks and points."""
    found = catalogue.exercises()
    if as_json:
        say(json.dumps({"exercises": [_entry(exercise) for exercise in found]}, indent=1))
        return
    for exercise in found:
        say(f"{exercise.slug}  {exercise.title}, {exercise.points} points, {exercise.minutes} minutes", "strong")
        for check in exercise.checks:
            say(f"  {check.id:<40}{check.points:>4}  {check.visibility}")
        if exercise.bonus is not None:
            say(f"  {exercise.bonus.module:<40}{exercise.bonus.points:>4}  bonus, apart from the others", "dim")


def _entry(exercise: Exercise) -> dict[str, Any]:
    checks = [
        {"id": check.id, "promise": check.promise, "points": check.points, "visibility": check.visibility, "topics": list(check.topics)}
        for check in exercise.checks
    ]
    return {
        "slug": exercise.slug,
        "title": exercise.title,
        "summary": exercise.summary,
        "file": exercise.stub.relative_to(exercise.root).as_posix(),
        "lesson": exercise.lesson_link,
        "minutes": exercise.minutes,
        "points": exercise.points,
        "checks": checks,
        "bonus": _bonus(exercise.bonus) if exercise.bonus else None,
    }


def _bonus(bonus: Bonus) -> dict[str, Any]:
    return {"file": f"{bonus.module}.py", "promise": bonus.promise, "points": bonus.points, "needs": list(bonus.needs)}
