"""`course release`: what leaves the house, for students or for a grader elsewhere."""

from __future__ import annotations

from pathlib import Path

import click

from harness import catalogue
from harness.cli.console import filled, say
from harness.grading import bundle
from harness.grading.release import CHANNELS, release

NEXT = {
    "template": "Make it a repository of its own: git init, add, commit; then mark it as a template on GitHub.",
    "classroom50": "Copy autograders/ into the classroom's folder of your configuration repository.",
    "gradescope": "Upload one of the archives under Configure Autograder; give it Ubuntu 24.04.",
    "nbgrader": "In that folder: nbgrader generate_assignment {first}; release/ is for students, the rest for you.",
}


@click.command("release")
@click.option("--channel", type=click.Choice(list(CHANNELS)), required=True, help="Who it is for.")
@click.argument("out", type=click.Path(path_type=Path))
@click.argument("exercises", nargs=-1, metavar="[NN]...")
def release_command(channel: str, out: Path, exercises: tuple[str, ...]) -> None:
    """Write what students or graders outside get to the new folder OUT.

    No solutions, no history, the same bytes each time."""
    root = catalogue.find_root()
    chosen = [catalogue.exercise(name, root) for name in exercises] or list(catalogue.exercises(root))
    files = release(channel, root, chosen)
    bundle.write(files, out)
    say(f"Wrote {len(files)} files to {out}; digest {bundle.digest(files)[:16]}.", "good")
    filled(NEXT[channel].format(first=chosen[0].slug))
