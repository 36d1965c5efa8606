"""Lets plain `pytest` run checks: `pytest exercises/03_fenced_lock` tries the student's file, `pytest solutions` the references.

A failing check shows its story instead of a traceback, and the last lines say, for each exercise, what holds.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from harness import catalogue, watchdog
from harness.catalogue import CatalogueError, Exercise
from harness.errors import Problem
from harness.loading import Submission, load_given
from harness.running import Result, run_check, submission_of

if TYPE_CHECKING:
    from harness.bonus import Outcome

RESULT = pytest.StashKey[Result]()
EXERCISE = pytest.StashKey[Exercise]()
SESSION = pytest.StashKey["Session"]()


class Session:
    """The results of this run, by exercise: a diagnosis looks at all of an exercise's failures together."""

    def __init__(self) -> None:
        self.results: dict[str, list[Result]] = {}
        self.exercises: dict[str, Exercise] = {}
        self.bonuses: dict[str, str] = {}

    def add(self, exercise: Exercise, result: Result) -> None:
        """Note the result of a check."""
        self.exercises[exercise.slug] = exercise
        self.results.setdefault(exercise.slug, []).append(result)


class Story:
    """What pytest shows for a failing check. It is told at the end of the run, when all results are known."""

    def __init__(self, exercise: Exercise, result: Result, session: Session) -> None:
        self.exercise = exercise
        self.result = result
        self.session = session
        self.reprcrash = self  # pytest's summary takes its line from `reprcrash.message`
        self.message = result.text

    def __str__(self) -> str:
        from harness.telling import tell, tell_briefly  # what only a failure needs

        others = self.session.results[self.exercise.slug]
        first = next(other for other in others if other.verdict == self.result.verdict)
        if self.result.verdict in ("not_attempted", "load_error") and first is not self.result:
            return tell_briefly(self.result)
        return tell(self.exercise, self.result, others)

    def toterminal(self, tw: Any) -> None:
        """Write the story; the line that breaks the promise is red."""
        from harness.telling import speakable

        for line in str(self).splitlines():
            tw.line(speakable(line, getattr(tw._file, "encoding", None)), red=line.startswith("✗"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--submission`."""
    parser.addoption("--submission", type=Path, help="file or folder to check instead of the student's own")


def pytest_configure(config: pytest.Config) -> None:
    """Let the watchdog speak where pytest does not listen: at this moment descriptor 2 is still the real one."""
    config.stash[SESSION] = Session()
    watchdog.console = os.dup(2)


def pytest_unconfigure() -> None:
    """Close the watchdog's copy."""
    os.close(watchdog.console)
    watchdog.console = 2


@pytest.fixture
def submission(request: pytest.FixtureRequest) -> Any:
    """The program under test: the file beside the public tests, or the reference for hidden ones."""
    exercise = request.node.stash[EXERCISE]
    given: Path | None = request.config.getoption("--submission")
    own = exercise.solution if exercise.solution in request.path.parents else exercise.folder
    return submission_of(exercise, given.resolve() if given else own)


@pytest.fixture
def seed() -> int:
    """The scenario's seed; checks with `@scenarios` are run for many."""
    return 0


def exercise_of(path: Path, root: Path) -> Exercise | None:
    """Return the exercise that a test file belongs to, or None for any other test file."""
    for folder in path.parents:
        if folder.parent.name in ("exercises", "solutions") and folder.parent.parent == root:
            return _read(root / "exercises" / folder.name, root)
    return None


@cache
def _read(folder: Path, root: Path) -> Exercise:
    try:
        return catalogue.read_exercise(folder, root)
    except CatalogueError as error:
        raise pytest.UsageError(str(error)) from error


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> None:
    """Load the modules that an exercise gives before its test file asks for them."""
    exercise = exercise_of(module_path, parent.config.rootpath)
    if exercise is None:
        return
    for name in exercise.given:
        load_given(name, exercise.folder / f"{name}.py")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a student's own scenario as a test of its own; until it is written there is nothing to test."""
    exercise = exercise_of(file_path, parent.config.rootpath)
    if exercise is None or exercise.bonus is None or file_path != exercise.folder / f"{exercise.bonus.module}.py":
        return None
    return ScenarioFile.from_parent(parent, path=file_path)


class ScenarioFile(pytest.File):
    """The file with a student's scenario."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the one test of it, once the function is written."""
        exercise = exercise_of(self.path, self.config.rootpath)
        if exercise is None:
            return
        from harness import bonus  # only where there is one

        given: Path | None = self.config.getoption("--submission")
        program = given.resolve() if given else exercise.folder
        outcome = bonus.practised(exercise, bonus.scenario_file(exercise, self.path.parent), program)
        self.config.stash[SESSION].bonuses[exercise.slug] = bonus.standing(exercise, outcome)
        if outcome.verdict != "not_attempted":
            yield ScenarioItem.from_parent(self, name=self.path.stem, outcome=outcome)


class ScenarioItem(pytest.Item):
    """A student's scenario: it passes if it can be run. What it is worth is decided at grading."""

    def __init__(self, *, outcome: Outcome, **given: Any) -> None:
        super().__init__(**given)
        self.outcome = outcome

    def runtest(self) -> None:
        """Fail if it cannot be run."""
        if self.outcome.verdict != "plausible":
            pytest.fail(self.outcome.text, pytrace=False)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Note which exercise a check belongs to."""
    exercise = exercise_of(item.path, item.config.rootpath)
    if exercise is not None:
        item.stash[EXERCISE] = exercise


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a check through `run_check` instead of calling it."""
    if EXERCISE not in pyfuncitem.stash or "submission" not in pyfuncitem.fixturenames:
        return None
    exercise = pyfuncitem.stash[EXERCISE]
    check = exercise.check(pyfuncitem.name.removeprefix("test_"))
    result = run_check(exercise, check, pyfuncitem.obj, cast(Submission, pyfuncitem.funcargs["submission"]))
    pyfuncitem.stash[RESULT] = result
    pyfuncitem.config.stash[SESSION].add(exercise, result)
    if not result.passed:
        pytest.fail(result.text, pytrace=False)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Replace the traceback of a failing check by its story, and of a misused harness by its one sentence."""
    report: Any = yield
    result = item.stash.get(RESULT, None)
    if result is not None and report.when == "call" and report.failed:
        report.longrepr = Story(item.stash[EXERCISE], result, item.config.stash[SESSION])
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, Any]:
    """Tell a test file that cannot be loaded in one sentence where the harness knows the reason."""
    report: Any = yield
    error = getattr(getattr(report, "call", None), "excinfo", None)
    if error is not None and isinstance(error.value, Problem | CatalogueError):
        report.longrepr = str(error.value)
    return report


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say for each exercise what holds and what is decided at grading: never that all tests passed."""
    session = config.stash[SESSION]
    if not session.results and not session.bonuses:
        return
    from harness.telling import speakable, standing

    terminalreporter.section("what holds")
    for slug, results in sorted(session.results.items()):
        terminalreporter.write_line(speakable(f"{slug}: {standing(session.exercises[slug], results)}", None))
    for slug, told in sorted(session.bonuses.items()):
        terminalreporter.write_line(speakable(f"{slug}: {told}", None))
