"""The bonus of an exercise: a scenario that a student writes. It counts if wrong programs break a promise in it and right ones keep theirs.

The student's function runs where student code runs, and what comes out is plain data (`harness.scenario`). Everything after that
takes plain data only: the programs that a scenario is tried on are the course's own.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from harness.catalogue import Bonus, CatalogueError, Check, Exercise
from harness.errors import Misuse
from harness.faults import Faults
from harness.loading import Submission, load_given
from harness.running import Result, run_check, submission_of
from harness.scenario import ScenarioMistake, faults_of
from harness.testing import Setting


@dataclass(frozen=True)
class Outcome:
    """What became of a scenario.

    Args:
        verdict: `judged` by the zoo; `plausible` if the zoo is not here; `refused` if it breaks a rule or would fail a right program;
            otherwise a verdict of `running.VERDICTS`, such as `not_attempted`.
        text: why, or what is known.
        caught: names of the wrong programs that break a promise in it.
        points: granted, apart from the exercise's own.
        max_points: to be had.
    """

    verdict: str
    text: str = ""
    caught: tuple[str, ...] = ()
    points: int = 0
    max_points: int = 0


@dataclass(frozen=True)
class Trial:
    """How an exercise tries a scenario: what its `scenario_trial.py` defines.

    Args:
        ids: from a seed to the names that the scenario is called with.
        run: (submission, seed, faults): raises `PromiseBroken` if a promise breaks in this run.
    """

    ids: Callable[[int], tuple[str, ...]]
    run: Callable[[Any, int, Faults], None]


def bonus_of(exercise: Exercise) -> Bonus:
    """Return an exercise's bonus.

    Raises:
        CatalogueError: it has none.
    """
    if exercise.bonus is None:
        raise CatalogueError(f"{exercise.slug} has no bonus")
    return exercise.bonus


def trial_of(exercise: Exercise) -> Trial:
    """Load an exercise's `scenario_trial.py`.

    Raises:
        Misuse: it is missing, or does not define `ids` and `trial`.
    """
    for name in exercise.given:
        load_given(name, exercise.folder / f"{name}.py")
    path = exercise.folder / "scenario_trial.py"
    name = f"scenario_trial_of_{exercise.slug}"
    spec = importlib.util.spec_from_file_location(name, path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise Misuse(f"{path} is missing; it says how a scenario is tried")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    if not hasattr(module, "ids") or not hasattr(module, "trial"):
        raise Misuse(f"{path.name} has to define ids(seed) and trial(submission, seed, faults)")
    return Trial(module.ids, module.trial)


def scenario_file(exercise: Exercise, folder: Path) -> Submission:
    """Return the file with a student's scenario in a folder."""
    name = bonus_of(exercise).module
    return Submission(folder / f"{name}.py", name, {given: exercise.folder / f"{given}.py" for given in exercise.given})


def written(exercise: Exercise, submission: Any, seed: int, using: Setting = Setting()) -> tuple[Outcome, Any]:
    """Call a student's function, wherever it runs, and read what it returns.

    Returns:
        A `plausible` outcome and the scenario's words as plain data; or another outcome, and None.
    """
    bonus, ids, found = bonus_of(exercise), trial_of(exercise).ids(seed), list[Any]()

    def ask(asked: Any) -> None:
        words = asked.apply("scenario", ids).plain
        faults_of(words, ids, bonus.calls)
        found.append(words)

    result = run_check(exercise, Check(bonus.module, bonus.promise, 0), ask, submission, [None], using)
    if not found:
        verdict = "refused" if isinstance(result.error, ScenarioMistake) else result.verdict
        return Outcome(verdict, result.text, max_points=bonus.points), None
    return Outcome("plausible", "", max_points=bonus.points), found[0]


def tried(exercise: Exercise, path: Path, words: Any, seed: int) -> Result:
    """Run one of the course's programs, or the student's own, in a scenario. The result passes if it keeps its promises.

    Raises:
        ScenarioMistake: the words break a rule that only shows when they are tried.
    """
    bonus, trial = bonus_of(exercise), trial_of(exercise)
    faults = faults_of(words, trial.ids(seed), bonus.calls)
    check = Check(bonus.module, bonus.promise, 0)
    function = partial(_trial, trial, seed, faults)
    try:
        return run_check(exercise, check, function, submission_of(exercise, path), [None], Setting(shrinks=False))
    except Misuse as error:
        raise ScenarioMistake(str(error)) from error


def _trial(trial: Trial, seed: int, faults: Faults, submission: Any) -> None:
    trial.run(submission, seed, faults)


def right_programs(exercise: Exercise) -> list[Path]:
    """Return the reference and the right programs, if they are here."""
    found = [exercise.solution / exercise.stub.name, *sorted((exercise.solution / "right").glob("*.py"))]
    return [path for path in found if path.is_file()]


def wrong_programs(exercise: Exercise) -> list[Path]:
    """Return the wrong programs that a scenario may catch, if they are here."""
    found = [exercise.solution / "wrong" / f"{name}.py" for name in bonus_of(exercise).catches]
    return [path for path in found if path.is_file()]


def judged(exercise: Exercise, words: Any, seed: int) -> Outcome:
    """Judge a scenario by the zoo: no right program may fail in it, and each wrong one that does is caught.

    Args:
        words: plain data, as `written` returns it; nothing in it is believed.
        seed: names and order of the nodes.
    """
    bonus, wrong = bonus_of(exercise), wrong_programs(exercise)
    if not wrong:
        return Outcome("plausible", "", max_points=bonus.points)
    try:
        for path in right_programs(exercise):
            result = tried(exercise, path, words, seed)
            if not result.passed:
                text = f"a right program would fail in this scenario, so it proves nothing. It is told: {result.text}"
                return Outcome("refused", text, max_points=bonus.points)
    except ScenarioMistake as mistake:
        return Outcome("refused", str(mistake), max_points=bonus.points)
    caught = tuple(path.stem for path in wrong if catches(exercise, path, words, seed))
    text = f"{len(caught)} of {len(wrong)} wrong programs break a promise in it, and no right one"
    return Outcome("judged", text, caught, bonus.worth(len(caught)), bonus.points)


def catches(exercise: Exercise, path: Path, words: Any, seed: int) -> bool:
    """True if a wrong program breaks a promise in a scenario that right programs have been through."""
    try:
        return not tried(exercise, path, words, seed).passed
    except ScenarioMistake:  # not the words' fault: they were fine for the right programs, and this one made something else of them
        return True


def practised(exercise: Exercise, submission: Submission, program: Path, seed: int = 0) -> Outcome:
    """Try a scenario where there is no zoo: it must make sense, and the student's own program should keep its promises in it.

    Args:
        submission: the file with the scenario.
        program: the student's own solution.
    """
    outcome, words = written(exercise, submission, seed)
    if words is None:
        return outcome
    try:
        own = tried(exercise, program, words, seed)
    except ScenarioMistake as mistake:
        return Outcome("refused", str(mistake), max_points=outcome.max_points)
    if own.verdict in ("not_attempted", "load_error"):
        text = "it can be run; your own program is not far enough to be tried in it"
    elif own.passed:
        text = "it can be run, and your own program keeps its promises in it"
    else:
        text = f"it can be run, and your own program fails in it: {own.text}"
    return Outcome("plausible", text, max_points=outcome.max_points)


def standing(exercise: Exercise, outcome: Outcome) -> str:
    """Say in one line how a bonus stands before grading, e.g. `bonus: it can be run …; up to 3 points apart are decided at grading`."""
    bonus = bonus_of(exercise)
    file = f"{bonus.module}.py"
    if outcome.verdict == "not_attempted":
        return f"bonus: {file} is not written yet; {bonus.points} points can be had with it, apart from the others"
    if outcome.verdict != "plausible":
        return f"bonus: {file} cannot be used: {outcome.text}"
    needs = ", ".join(map(str, bonus.needs))
    points = f"{needs} of them for {', '.join(str(point) for point in range(1, bonus.points + 1))} points apart"
    return f"bonus: {outcome.text}; which of {len(bonus.catches)} wrong programs it catches, {points}, is decided at grading"
