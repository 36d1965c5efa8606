"""`course hint`: help with the first failing check beyond what `course test` prints, more specific each time it is asked for."""

from __future__ import annotations

import textwrap

import click

from harness.cli import memory
from harness.cli.console import WIDTH, say
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
        say(f"{found.slug}: {standing(found, results)}. No hint needed here.", "good")
        return 0
    kept = memory.recall(found.root, KEPT)
    name = f"{found.slug}.{failing.check}"
    given = kept[name] if isinstance(kept.get(name), list) else []
    steps = hints(found, failing, results)
    left = [hint for hint in steps if hint not in given]
    hint = left[0] if left else steps[-1]
    say(f"{failing.check}, hint {steps.index(hint) + 1} of {len(steps)}", "strong")
    say(textwrap.fill(hint, WIDTH, break_on_hyphens=False))
    if left[1:]:
        say("Ask again for a more specific one.", "dim")
    else:
        say(f"There are no more; `course test {found.number}` prints the story and the first hint.", "dim")
    memory.keep(found.root, KEPT, {**kept, name: [*given, *left[:1]]})
    return 0
