"""`course watch`: stays, and checks again whenever a file of the exercise is saved."""

from __future__ import annotations

import time
from pathlib import Path

import click

from harness.catalogue import Exercise
from harness.cli.console import say
from harness.cli.trying import chosen, tell_all, try_out
from harness.errors import Problem
from harness.running import CheckFunction, load_checks

LOOK_EVERY_SECONDS = 0.1


@click.command("watch")
@click.argument("exercise", required=False, metavar="[NN]")
def watch_command(exercise: str | None) -> int:
    """Check an exercise again whenever you save; Ctrl-C ends it."""
    found = chosen(exercise)
    try:
        watch_for(found)
    except KeyboardInterrupt:
        say()
        say("Stopped watching.")
    return 0


def watch_for(exercise: Exercise, rounds: int | None = None) -> None:
    """Check, wait for a change, and check again.

    Args:
        rounds: end after this many checks; by default only Ctrl-C ends it.
    """
    tests: tuple[float, dict[str, CheckFunction]] | None = None
    while rounds is None or rounds > 0:
        before = _saved(exercise)
        if tests is None or tests[0] != before.get(exercise.public_tests):
            tests = before.get(exercise.public_tests, 0.0), load_checks(exercise, (exercise.public_tests,))
        begun = time.perf_counter()
        try:
            tell_all(exercise, try_out(exercise, tests[1]))
        except Problem as problem:
            say(str(problem), "bad")
        say(f"({time.perf_counter() - begun:.2f} s; watching {exercise.stub.name}, Ctrl-C ends)", "dim")
        rounds = None if rounds is None else rounds - 1
        while rounds != 0 and _saved(exercise) == before:
            time.sleep(LOOK_EVERY_SECONDS)
        say()


def _saved(exercise: Exercise) -> dict[Path, float]:
    """Return when each file of the exercise was saved; one that is being replaced at this moment is left out."""
    found = {}
    for path in exercise.folder.glob("*.py"):
        try:
            found[path] = path.stat().st_mtime
        except OSError:
            continue
    return found
