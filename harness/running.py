"""Runs checks against a submission and says, for each, what became of it. Pytest, the `course` command and grading all run
checks through `run_check`, so a check means the same everywhere.
"""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import catalogue
from harness.catalogue import Check, Exercise
from harness.errors import Broken, LoadMistake, Mistake, Misuse, Nondeterministic, Problem, Stuck
from harness.hints import wrongly_called
from harness.loading import Submission, load_given, raised_by_call
from harness.promised import misspoken
from harness.testing import Inconclusive, PromiseBroken, Setting, setting
from harness.testing.setting import SEEDS_PER_FAMILY
from harness.trace import Trace
from harness.watchdog import watch
from harness.whereabouts import Spot, frames_in, place_in, source_of, spots_of

CheckFunction = Callable[..., None]
VERDICTS = (
    *("pass", "wrong", "exception", "timeout", "memory", "crash", "protocol", "load_error", "bad_file", "not_attempted"),
    *("not_handed_in", "nondeterministic", "inconclusive", "infra"),
)


@dataclass(frozen=True)
class Result:
    """What became of one check.

    Args:
        exercise: slug.
        check: id.
        verdict: one of `VERDICTS`.
        points: granted.
        max_points: to be had.
        text: what happened, in one sentence; empty for a pass.
        code: how it broke, a slug.
        shape: how it broke, more finely; see `testing.shape_of`.
        spots: the lines of the student's file that explain it, outermost first, where there are any.
        place: `file.py:12`, the last of them.
        seed: of the failing scenario, if the check has seeds.
        error: what was raised; holds the run to tell a story from, if there is one.
        seconds: how long it took.
    """

    exercise: str
    check: str
    verdict: str
    points: int
    max_points: int
    text: str = ""
    code: str = ""
    shape: str = ""
    spots: tuple[Spot, ...] = ()
    place: str = ""
    seed: int | None = None
    error: BaseException | None = None
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """True if the promise holds."""
        return self.verdict == "pass"

    @property
    def replay_id(self) -> str:
        """What `course replay` needs to run this very run again: exercise, check and seed."""
        return ".".join([self.exercise[:2], self.check, *([str(self.seed)] if self.seed is not None else [])])

    @property
    def trace(self) -> Trace | None:
        """The failing run, where one was recorded; if an exception ended it, until then."""
        return getattr(self.error, "trace", getattr(self.error, "so_far", None))

    @property
    def way(self) -> str:
        """Verdict, code and shape together, from coarse to fine: what a diagnosis compares."""
        return ":".join(filter(None, [self.verdict, self.code, self.shape]))


def load_checks(exercise: Exercise, paths: tuple[Path, ...] | None = None) -> dict[str, CheckFunction]:
    """Return the check functions of an exercise's test files by check id, public and hidden, in the catalogue's order.

    Raises:
        Misuse: a function without an entry in exercise.toml, or two for one id.
    """
    for name in exercise.given:
        load_given(name, exercise.folder / f"{name}.py")
    found: dict[str, CheckFunction] = {}
    for path in paths if paths is not None else (exercise.public_tests, *exercise.hidden_tests):
        for name, function in _functions(path):
            if name in found:
                raise Misuse(f"{path.name} defines test_{name} a second time; a check is one function")
            exercise.check(name)
            found[name] = function
    return {check.id: found[check.id] for check in exercise.checks if check.id in found}


def _functions(path: Path) -> Iterator[tuple[str, CheckFunction]]:
    if not path.is_file():
        raise Misuse(f"{path} is missing; it holds the checks named in exercise.toml")
    name = f"checks_of_{path.parent.parent.name}_{path.parent.name}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise Misuse(f"{path} cannot be loaded as a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    for attribute, value in vars(module).items():
        if attribute.startswith("test_") and callable(value):
            yield attribute.removeprefix("test_"), value


def check_names(path: Path) -> frozenset[str]:
    """Return the ids of the checks that a test file defines, without running it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    return frozenset(name.removeprefix("test_") for name in names if name.startswith("test_"))


def submission_of(exercise: Exercise, path: Path) -> Submission:
    """Return the submission at `path`: the student's file itself, or a folder that holds it (perhaps under its slug)."""
    if path.is_dir():
        nested = path / exercise.slug / f"{exercise.module}.py"
        path = nested if nested.parent.is_dir() else path / f"{exercise.module}.py"
    return Submission(path, exercise.module, {name: exercise.folder / f"{name}.py" for name in exercise.given})


def seeds_of(function: CheckFunction, base: int = 0, count: int | None = None) -> list[int | None]:
    """Return the seeds a check runs with: base 0 gives 0, 1, 2 …; a check without scenarios runs once, without a seed."""
    scenarios = getattr(function, "scenarios", None)
    if scenarios is None:
        return [None]
    return [base * SEEDS_PER_FAMILY + number for number in range(count or scenarios)]


def run_check(
    exercise: Exercise,
    check: Check,
    function: CheckFunction,
    submission: Any,
    seeds: list[int | None] | None = None,
    using: Setting = Setting(),
) -> Result:
    """Run one check and return its result. Only Ctrl-C and the harness's own bugs come out as exceptions.

    Args:
        seeds: which scenarios to run; by default the check's own number of them, from base 0.
        using: transport, and whether to shrink.
    """
    begun = time.perf_counter()
    seen: deque[Trace] = deque(maxlen=1)
    token = setting.set(using.watched(seen.append))
    seed: int | None = None
    error: BaseException | None = None
    try:
        with watch(submission.path) if submission.runs_here else nullcontext():
            submission.load()
            for seed in seeds_of(function) if seeds is None else seeds:
                function(submission) if seed is None else function(submission, seed)
    except KeyboardInterrupt:
        raise
    except BaseException as raised:
        error = raised
    finally:
        setting.reset(token)
    verdict, code = ("pass", "") if error is None else _verdict(error, submission.path)
    if verdict == "infra" and isinstance(error, Exception):
        run = getattr(error, "so_far", seen[0] if seen else None)
        wrong = misspoken(run, [sys.modules[name] for name in exercise.given]) if submission.runs_here else ""
        if not wrong:
            raise error
        verdict, error = "protocol", Mistake(f"{wrong}; what each field holds is said where the exercise gives its messages")
    spots = spots_of(error, submission.path) if error is not None and verdict != "wrong" else []
    return Result(
        exercise=exercise.slug,
        check=check.id,
        verdict=verdict,
        points=check.points if verdict == "pass" else 0,
        max_points=check.points,
        text="" if error is None else _text(error, submission.path),
        code=code,
        shape=getattr(error, "shape", ""),
        spots=tuple(spots),
        place=_place(error, spots, submission.path),
        seed=seed if error is not None else None,
        error=error,
        seconds=time.perf_counter() - begun,
    )


def _place(error: BaseException | None, spots: list[Spot], path: Path) -> str:
    """Return `file.py:12`, where it happened; a sandboxed worker tells the line only."""
    line = spots[-1].line if spots else getattr(error, "line", 0)
    return f"{path.name}:{line}" if line else ""


def _verdict(error: BaseException, path: Path) -> tuple[str, str]:
    """Return (verdict, code) for what a check raised; an error from a sandboxed worker says its own verdict."""
    told = getattr(error, "verdict", None)
    if told is not None:
        return told, getattr(error, "kind", "")
    kinds: list[tuple[type[BaseException], str]] = [
        (LoadMistake, "load_error"),
        (Nondeterministic, "nondeterministic"),
        (Stuck, "timeout"),
        (Inconclusive, "inconclusive"),
    ]
    if isinstance(error, PromiseBroken | Broken):
        return "wrong", (error.broken if isinstance(error, PromiseBroken) else error).code
    for kind, verdict in kinds:
        if isinstance(error, kind):
            return verdict, ""
    for kind, verdict in ((NotImplementedError, "not_attempted"), (MemoryError, "memory")):
        if isinstance(error, kind) and frames_in(error, path):
            return verdict, ""
    if isinstance(error, Mistake) or frames_in(error, path) or (place_in(error, path) if _called_wrongly(error) else raised_by_call(error)):
        return "exception", type(error).__name__
    return "infra", type(error).__name__


def _text(error: BaseException, path: Path) -> str:
    if isinstance(error, NotImplementedError):
        return "not written yet: " + (str(error) or "it still raises NotImplementedError")
    if _called_wrongly(error):
        return f"{error}; {wrongly_called(str(error), source_of(path))}"
    if isinstance(error, Problem | PromiseBroken | Broken | Inconclusive) or hasattr(error, "kind"):  # a worker's tells its kind itself
        return str(error)
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _called_wrongly(error: BaseException) -> bool:
    """True for what Python raises when a function cannot take the arguments it is called with."""
    return isinstance(error, TypeError) and re.match(r"[\w.]+\(\) (takes|missing|got)", str(error)) is not None


def run_exercise(
    exercise: Exercise,
    path: Path,
    functions: dict[str, CheckFunction] | None = None,
    base: int = 0,
    count: int | None = None,
    using: Setting = Setting(),
) -> list[Result]:
    """Run an exercise's checks against the submission at `path`; return one result per check that is here.

    Each check loads it anew: what a program keeps in its classes does not reach the next one, nor change how that fails.

    Args:
        functions: checks to run, by default all that are here.
        base: which family of seeds.
        count: scenarios per check instead of its own number.
    """
    functions = load_checks(exercise) if functions is None else functions
    return [
        run_check(exercise, exercise.check(name), function, submission_of(exercise, path), seeds_of(function, base, count), using)
        for name, function in functions.items()
    ]


def replay(id: str, path: Path | None = None, root: Path | None = None) -> Result:
    """Run the run that a replay ID names once more.

    Args:
        id: `03.tokens_increase.17`.
        path: the submission; by default the student's file in the exercise's folder.

    Raises:
        Misuse: the ID names no exercise, check or seed.
    """
    number, _, rest = id.partition(".")
    name, _, seed = rest.partition(".")
    if not name or (seed and not seed.isdigit()):
        raise Misuse(f"{id!r} is not a replay ID; it looks like 03.tokens_increase.17 and a failing check prints it")
    exercise = catalogue.exercise(number, root)
    check = exercise.check(name)
    function = load_checks(exercise).get(name)
    if function is None:
        raise Misuse(f"the test of {name} is not here: it is one of those that are decided at grading")
    submission = submission_of(exercise, path or exercise.folder)
    return run_check(exercise, check, function, submission, [int(seed)] if seed else None)
