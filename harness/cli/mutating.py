"""`course mutants`: changes our own solutions by machine, a little each, and names the changes that no check notices."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from harness import catalogue
from harness.catalogue import Exercise
from harness.cli.console import Refused, say, screen
from harness.proving import results
from harness.proving.crew import Crew, Outcome, Task, Trouble
from harness.proving.mutants import Mutant, excused, write_all
from harness.proving.zoo import NOT_KILLED

TO_REACH = 0.95


@click.command("mutants")
@click.argument("exercises", nargs=-1, metavar="[NN]...")
@click.option("--json", "report", type=click.Path(path_type=Path), metavar="FILE", help="Write what was measured to a file.")
@click.option("--results", "keep", is_flag=True, help=f"Keep what was measured in {results.PLACE}, of which the site's page is made.")
@click.option("--jobs", type=click.IntRange(1), help="How many worker processes; by default one for each processor.")
def mutants_command(exercises: tuple[str, ...], report: Path | None, keep: bool, jobs: int | None) -> int:
    """Change our own solutions by machine; do the checks notice?"""
    root = catalogue.find_root()
    if not (root / "solutions").is_dir():
        raise Refused("there is no solutions/ here: only the repository of the course has solutions to change")
    chosen = [catalogue.exercise(name, root) for name in exercises] if exercises else list(catalogue.exercises(root))
    found = [measure(Crew(root, jobs), exercise) for exercise in chosen]
    for entry in found:
        _tell(entry)
    if report is not None:
        report.write_text(json.dumps([asdict(entry) for entry in found], indent=1) + "\n", encoding="utf-8", newline="\n")
    for exercise, entry in zip(chosen, found, strict=True) if keep else []:
        results.note(exercise, "mutants", results.of_mutants(entry))
    killed, total, same = (sum(numbers) for numbers in zip(*[(one.killed, one.mutants, len(one.equivalent)) for one in found], strict=True))
    fine = all(entry.fine for entry in found)
    say(f"{killed} of {total} mutants are killed, {same} mean the same as our own solution", "good" if fine else "bad")
    return 0 if fine else 1


@dataclass(frozen=True)
class Measured:
    """What became of an exercise's mutants.

    Args:
        exercise: slug.
        mutants: how many there are.
        killed: how many fail a check.
        equivalent: those that live and may, with the reason.
        unjudged: those that live, and nobody has said why.
        stale: those that `mutants.toml` excuses, but that are killed or gone.
    """

    exercise: str
    mutants: int
    killed: int
    equivalent: dict[str, str]
    unjudged: list[str]
    stale: list[str]

    @property
    def fine(self) -> bool:
        """True if enough are killed, and every other one is judged."""
        return not self.unjudged and not self.stale and self.killed >= TO_REACH * (self.mutants - len(self.equivalent))


def measure(crew: Crew, exercise: Exercise) -> Measured:
    """Run every mutant of an exercise until the first check that fails."""
    with tempfile.TemporaryDirectory() as folder:
        written = write_all(exercise, Path(folder))
        tasks = [Task(exercise.slug, path.as_posix(), stops=True) for path in written]
        alive = [written[Path(task.path)] for task, outcome in _watched(crew, tasks, exercise) if _lives(outcome)]
    known, names = excused(exercise), {mutant.name for mutant in alive}
    return Measured(
        exercise.slug,
        len(written),
        len(written) - len(alive),
        {name: reason for name, reason in known.items() if name in names},
        [f"line {mutant.line}: {mutant.name}" for mutant in sorted(alive, key=_place) if mutant.name not in known],
        [name for name in known if name not in names],
    )


def _place(mutant: Mutant) -> tuple[int, str]:
    return mutant.line, mutant.name


def _watched(crew: Crew, tasks: Sequence[Task], exercise: Exercise) -> Iterator[tuple[Task, Outcome]]:
    if not sys.stderr.isatty():
        return crew.run(tasks)
    from rich.progress import track

    return iter(track(crew.run(tasks), exercise.slug, total=len(tasks), console=screen(error=True), transient=True))


def _lives(outcome: Outcome) -> bool:
    """True if no check noticed. A program that hangs or takes its process with it is noticed."""
    return not isinstance(outcome, Trouble) and all(finding.verdict in NOT_KILLED for finding in outcome)


def _tell(found: Measured) -> None:
    say(f"{found.exercise}: {found.killed} of {found.mutants} mutants killed, {len(found.equivalent)} equivalent")
    for line in found.unjudged:
        say(f"  survives: {line}", "bad")
    for line in found.stale:
        say(f"  named in mutants.toml, but killed or gone: {line}", "bad")
