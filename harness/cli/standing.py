"""`course`: where the student stands, and what to do next."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from harness import catalogue
from harness.catalogue import Exercise
from harness.cli import memory
from harness.cli.console import say

CACHE = "standing.json"


@dataclass(frozen=True)
class Stand:
    """How an exercise's public checks stand.

    Args:
        exercise: which.
        held: ids of those that hold.
        attempted: something is written.
    """

    exercise: Exercise
    held: tuple[str, ...]
    attempted: bool

    @property
    def public(self) -> int:
        """How many public checks there are."""
        return sum(check.public for check in self.exercise.checks)

    @property
    def done(self) -> bool:
        """True if every public check holds."""
        return len(self.held) == self.public

    @property
    def points_held(self) -> int:
        """Points of the public checks that hold."""
        return sum(check.points for check in self.exercise.checks if check.id in self.held)

    @property
    def points_open(self) -> int:
        """Points that are decided at grading."""
        return sum(check.points for check in self.exercise.checks if not check.public)


def overview() -> None:
    """Print one line per exercise, the sum, and the next command."""
    stands = stands_of(catalogue.exercises())
    if not stands:
        say("There are no exercises in exercises/ yet; `course new 01_name` makes one.")
        return
    say("Distributed System Realities", "strong")
    say()
    say(f"     {'exercise':<43}{'checks':>8}{'points':>10}{'at grading':>13}", "dim")
    for stand in stands:
        say(_line(stand), "good" if stand.done else "")
    say()
    held, most, still = (sum(values) for values in zip(*map(_points, stands), strict=True))
    say(f"The public checks hold {held} of their {most} points; {still} more points are hidden ones,")
    say("decided at grading.")
    say()
    for line in what_next(stands):
        say(line)


def _points(stand: Stand) -> tuple[int, int, int]:
    return stand.points_held, stand.exercise.points - stand.points_open, stand.points_open


def _line(stand: Stand) -> str:
    held, most, still = _points(stand)
    mark = "x" if stand.done else "-" if stand.attempted else " "
    title = f"{stand.exercise.number} {stand.exercise.title}"
    points = f"{held} of {most}" if stand.exercise.points else ""
    count = f"{len(stand.held)} of {stand.public}"
    return f" [{mark}] {title[:42]:<43}{count:>8}{points:>10}{still if stand.exercise.points else '':>13}".rstrip()


def what_next(stands: Iterable[Stand]) -> list[str]:
    """Return what to do next, in two or three lines."""
    unfinished = next((stand for stand in stands if not stand.done), None)
    if unfinished is None:
        return ["All public checks hold. What is hidden is decided at grading: read the READMEs' promises once more."]
    exercise = unfinished.exercise
    folder = exercise.folder.relative_to(exercise.root).as_posix()
    verb = "go on with" if unfinished.attempted else "start with"
    return [
        f"Next: {verb} {exercise.slug}, about {exercise.minutes} minutes.",
        f"      read   {folder}/README.md",
        f"      write  {folder}/{exercise.stub.name}",
        f"      run    course test {exercise.number}   (or: pytest {folder})",
    ]


def next_exercise(root: Path) -> Exercise:
    """Return the first exercise whose public checks do not all hold, or the last one."""
    stands = stands_of(catalogue.exercises(root))
    if not stands:
        raise catalogue.CatalogueError("there are no exercises in exercises/ yet; `course new 01_name` makes one")
    return next((stand for stand in stands if not stand.done), stands[-1]).exercise


def stands_of(exercises: Iterable[Exercise]) -> list[Stand]:
    """Return how each exercise stands. What did not change since last time is not run again."""
    found = []
    for exercise in exercises:
        known = memory.recall(exercise.root, CACHE)
        key = _state(exercise)
        entry = known.get(exercise.slug)
        if not isinstance(entry, dict) or entry.get("key") != key:
            entry = {"key": key, **_run(exercise)}
            memory.keep(exercise.root, CACHE, {**known, exercise.slug: entry})
        found.append(Stand(exercise, tuple(entry["held"]), bool(entry["attempted"])))
    return found


def _run(exercise: Exercise) -> dict[str, object]:
    from harness.running import load_checks, run_exercise  # not needed when nothing changed
    from harness.testing import Setting

    if not exercise.stub.is_file():
        return {"held": [], "attempted": False}
    functions = load_checks(exercise, (exercise.public_tests,))
    results = run_exercise(exercise, exercise.folder, functions, using=Setting(shrinks=False))
    held = [result.check for result in results if result.passed]
    return {"held": held, "attempted": any(result.verdict != "not_attempted" for result in results)}


def _state(exercise: Exercise) -> str:
    """Return a digest of everything that the results depend on."""
    harness = sorted(Path(__file__).parent.parent.glob("**/*.py"))
    found = hashlib.sha256()
    for path in [*sorted(exercise.folder.glob("*.py")), exercise.folder / "exercise.toml"]:
        found.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    for path in harness:
        status = path.stat()
        found.update(f"{path.name} {status.st_size} {status.st_mtime_ns}".encode())
    return found.hexdigest()
