"""Runs what a `run` or `knob` block of a page describes, and returns what happened. Runs unchanged in a browser.

    ```run
    exercise = "05"
    program = "wrong/e08_term_not_saved"   # or "right/…"; without it, our own solution
    check = "vote_survives"
    seed = 0                               # without it, the first one that fails
    passes = false                         # true: the promise holds, and one of the check's runs is shown
    ```

Instead of a check, a block may describe a world of its own: `code` is Python that sets `world`, perhaps `properties` to judge it by, and
perhaps `says`, a function from the trace to the sentence that tells how it ended. It may use everything that the exercise's public tests
define or import, and `submission`. In a `knob`, `value` is what the reader chose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from harness import catalogue, report, testing
from harness.catalogue import Exercise
from harness.errors import Broken, Misuse
from harness.loading import Submission, load_given
from harness.running import load_checks, run_check, submission_of
from harness.testing import PromiseBroken, Setting, setting, verify
from harness.trace import Trace

Number = int | float


@dataclass(frozen=True)
class Recipe:
    """What a block of a page says.

    Args:
        exercise: number or slug; empty if `code` stands alone.
        program: `wrong/…`, `right/…` or `reference`.
        check: id.
        seed: of the scenario; None takes the first that fails.
        passes: the promise holds, and this is how.
        which: number of the run to show, of those that a passing check makes.
        code: Python that describes a world.
        title: heading of the picture.
        promise: what should hold; by default what the check promises.
        label, unit: name and unit of a knob's value.
        values: what a knob can be set to.
        value: where it stands at first.
    """

    exercise: str = ""
    program: str = "reference"
    check: str = ""
    seed: int | None = None
    passes: bool = False
    which: int = 0
    code: str = ""
    title: str = ""
    promise: str = ""
    label: str = ""
    unit: str = ""
    values: Sequence[Number] = ()
    value: Number | None = None

    @classmethod
    def read(cls, entries: Mapping[str, Any]) -> Recipe:
        """Return the recipe of a block.

        Raises:
            Misuse: an entry is unknown, or what it needs is missing.
        """
        unknown = sorted(set(entries) - {item.name for item in fields(cls)})
        if unknown:
            raise Misuse(f"unknown entry {unknown[0]!r}; there are {', '.join(item.name for item in fields(cls))}")
        recipe = cls(**entries)
        if bool(recipe.code) == bool(recipe.check):
            raise Misuse("a block names either a check of an exercise or a world of its own in `code`")
        if recipe.check and not recipe.exercise:
            raise Misuse(f"which exercise is the check {recipe.check!r} of?")
        if recipe.values and recipe.value not in recipe.values:
            raise Misuse(f"the knob stands at {recipe.value!r} at first, which is none of its values {list(recipe.values)}")
        return recipe


@dataclass(frozen=True)
class Recorded:
    """One run, and what broke in it, if anything did."""

    trace: Trace
    broken: Broken | None
    title: str
    promise: str
    said: str = ""

    def picture(self, name: str, level: int = 3) -> str:
        """Return the player that steps through it, as HTML; `name` makes its ids unique, `level` is that of its heading."""
        return report.player(self.trace, self.broken, title=self.title, promise=self.promise, name=name, level=level)


def outcome(recorded: Recorded) -> str:
    """Say in a line how a run ended."""
    end = f"✗ Broken: {recorded.broken.text}." if recorded.broken else "✓ Nothing breaks in this run."
    return f"{end} {recorded.said}".strip()


def record(recipe: Recipe, root: Path) -> Recorded:
    """Run what a recipe describes.

    Raises:
        Misuse: the run does not end as the recipe says, or it cannot be run at all.
    """
    exercise = catalogue.exercise(recipe.exercise, root) if recipe.exercise else None
    if recipe.code:
        return _of_a_world(recipe, exercise)
    assert exercise is not None
    return _of_a_check(recipe, exercise)


def program_of(exercise: Exercise, program: str) -> Path:
    """Return the file of a program of the zoo.

    Raises:
        Misuse: there is none.
    """
    path = exercise.solution / (exercise.stub.name if program == "reference" else f"{program}.py")
    if not path.is_file():
        there = sorted(f"{item.parent.name}/{item.stem}" for item in exercise.solution.glob("*/*.py") if item.parent.name != "hidden")
        raise Misuse(f"{exercise.slug} has no program {program!r}; it has {', '.join(there)}")
    return path


def _submission(exercise: Exercise, program: str) -> Submission:
    path = program_of(exercise, program)
    return submission_of(exercise, path)


def _of_a_check(recipe: Recipe, exercise: Exercise) -> Recorded:
    check, function = exercise.check(recipe.check), load_checks(exercise)[recipe.check]
    seen: list[Trace] = []
    seeds = None if recipe.seed is None or not hasattr(function, "scenarios") else [recipe.seed]
    using = Setting(shrinks=not recipe.passes, saw=seen.append)
    result = run_check(exercise, check, function, _submission(exercise, recipe.program), list(seeds) if seeds else None, using)
    title, promise = recipe.title or check.id.replace("_", " ").capitalize(), recipe.promise or check.promise
    if recipe.passes and result.passed and len(seen) > recipe.which:
        return Recorded(seen[recipe.which], None, title, promise)
    if not recipe.passes and isinstance(result.error, PromiseBroken) and len(result.error.trace):
        return Recorded(result.error.trace, result.error.broken, title, promise)
    raise Misuse(
        f"{exercise.slug}, {recipe.program}, {recipe.check}: expected a run that {'holds' if recipe.passes else 'breaks the promise'}, "
        f"got {result.verdict} {result.text}".rstrip()
    )


def _of_a_world(recipe: Recipe, exercise: Exercise | None) -> Recorded:
    names: dict[str, Any] = {name: getattr(testing, name) for name in testing.__all__}
    if exercise is not None:
        for given in exercise.given:
            names |= vars(load_given(given, exercise.folder / f"{given}.py"))
        functions = load_checks(exercise, (exercise.public_tests,)).values()
        names |= dict(next(iter(functions)).__globals__) if functions else {}
        names["submission"] = _submission(exercise, recipe.program)
    names |= {"value": recipe.value, "__name__": "recipe"}
    exec(compile(recipe.code, "<the page's block>", "exec", dont_inherit=True), names)  # noqa: S102 - the page's own code
    if "world" not in names:
        raise Misuse("the block's code has to set `world`")
    return _verified(recipe, names)


def _verified(recipe: Recipe, names: Mapping[str, Any]) -> Recorded:
    token = setting.set(Setting(shrinks=False))
    broken: Broken | None = None
    try:
        trace = verify(names["world"], *names.get("properties", ()))
    except PromiseBroken as found:
        trace, broken = found.trace, found.broken
    finally:
        setting.reset(token)
    said = names["says"](trace) if "says" in names else ""
    return Recorded(trace, broken, recipe.title, recipe.promise, said)
