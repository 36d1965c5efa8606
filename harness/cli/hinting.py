"""`course hint`: help with the first failing check, more specific each time it is asked for."""

from __future__ import annotations

import click

from harness.cli import memory
from harness.cli.console import filled, say
from harness.cli.trying import chosen
from harness.running import load_checks, run_exercise
from harness.telling import hints, standing
from harness.testing import Setting

KEPT = "hints.json"


@click.command("hint")
@click.argument("exercise", required=False, metavar="[NN]")
def hint_command(exercise: str | None) -> int:
    """Give the next hint for the first check that fails."""
    found = chosen(exercise)
    functions = load_checks(found, (found.public_tests,))
    results = run_exercise(found, found.folder, functions, using=Setting(shrinks=False))
    failing = next((result for result in results if not result.passed), None)
    if failing is None:
        filled(f"{found.slug}: {standing(found, results)}.", "good")
        say("No hint needed here.", "good")
        return 0
    given = memory.recall(found.root, KEPT)
    name = f"{found.slug}.{failing.check}"
    steps = hints(found, failing, results)
    place = min(int(given.get(name, 0)), len(steps) - 1)
    memory.keep(found.root, KEPT, {**given, name: place + 1})
    say(f"{failing.check}, hint {place + 1} of {len(steps)}", "strong")
    filled(steps[place])
    if place + 1 < len(steps):
        say("Ask again for a more specific one.", "dim")
    return 0
