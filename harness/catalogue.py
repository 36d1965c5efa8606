"""Reads `exercises/*/exercise.toml`, the only place where an exercise is described. Nothing else names exercises by hand."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

VISIBILITIES = ("public", "sealed", "secret")


class CatalogueError(Exception):
    """An `exercise.toml` is missing, malformed or contradicts itself; the text names the file, the entry and the remedy."""


@dataclass(frozen=True)
class Check:
    """One named guarantee.

    Args:
        id: slug; the test function is called `test_<id>`.
        promise: one sentence a student can read: what must hold.
        points: integer >= 0.
        visibility: `public` (shipped), `sealed` (in a grading bundle) or `secret` (instructor-controlled runs only).
        hint: what to look at first when it fails; never the answer.
        anchor: heading of the lesson that explains it.
        topics: headings and bullets of the outline that it enforces.
    """

    id: str
    promise: str
    points: int
    visibility: str = "public"
    hint: str = ""
    anchor: str = ""
    topics: tuple[str, ...] = ()

    @property
    def public(self) -> bool:
        """True if students have the test itself."""
        return self.visibility == "public"


@dataclass(frozen=True)
class Bonus:
    """A scenario that a student writes, for points apart from the others; see `harness.bonus`.

    Args:
        promise: one sentence: what a good scenario does.
        catches: names of the wrong programs that a scenario may catch, none of which fails when nothing happens.
        needs: how many of them have to be caught for one point, for two, and so on.
        calls: names of the messages that clients may send in a scenario.
        hint: what to think about first.
        module: the student's file without `.py`.
    """

    promise: str
    catches: tuple[str, ...]
    needs: tuple[int, ...]
    calls: tuple[str, ...] = ()
    hint: str = ""
    module: str = "my_scenario"

    @property
    def points(self) -> int:
        """Points to be had."""
        return len(self.needs)

    def worth(self, caught: int) -> int:
        """Return the points for so many wrong programs."""
        return sum(caught >= need for need in self.needs)


@dataclass(frozen=True)
class Exercise:
    """One exercise: what its `exercise.toml` says, and where its files are.

    Args:
        slug: folder name, e.g. `03_fenced_lock`.
        title: a few words.
        module: the student's file without `.py`.
        given: modules beside it that the exercise gives, e.g. `fenced_lock_protocol`.
        lesson: name of the page in `docs/lessons/` without `.md`.
        summary: one sentence.
        minutes: how long it takes, roughly.
        checks: in the order to show them.
        folder: where the student's files are.
        root: the repository.
        bonus: what can be done beyond the checks.
    """

    slug: str
    title: str
    module: str
    given: tuple[str, ...]
    lesson: str
    summary: str
    minutes: int
    checks: tuple[Check, ...]
    folder: Path
    root: Path
    bonus: Bonus | None = None

    @property
    def number(self) -> str:
        """The two digits in front, e.g. `03`."""
        return self.slug[:2]

    @property
    def points(self) -> int:
        """Sum of the checks' points."""
        return sum(check.points for check in self.checks)

    @property
    def stub(self) -> Path:
        """The student's file."""
        return self.folder / f"{self.module}.py"

    @property
    def solution(self) -> Path:
        """The folder with the reference, the hidden checks and the zoo; it need not exist."""
        return self.root / "solutions" / self.slug

    @property
    def lesson_page(self) -> str:
        """Path of the lesson from the repository's root."""
        return f"docs/lessons/{self.lesson}.md"

    @property
    def lesson_link(self) -> str:
        """Where to read the lesson: on the course's site if `pyproject.toml` says where that is, else `lesson_page`."""
        site = site_of(self.root)
        return f"{site}/lessons/{self.lesson}/" if site else self.lesson_page

    def check(self, id: str) -> Check:
        """Return a check by id.

        Raises:
            CatalogueError: there is none; the text lists those there are.
        """
        for check in self.checks:
            if check.id == id:
                return check
        raise CatalogueError(f"{self.slug} has no check {id!r}; it has {', '.join(check.id for check in self.checks)}")

    @cached_property
    def public_tests(self) -> Path:
        """The test file that students have."""
        return self.folder / f"test_{self.module}.py"

    @property
    def hidden_tests(self) -> tuple[Path, ...]:
        """The hidden test files, if they are here."""
        return tuple(sorted((self.solution / "hidden").glob("test_*.py")))


def find_root(start: Path | None = None) -> Path:
    """Return the nearest folder upwards that holds `exercises/`, from `$COURSE_ROOT`, `start` or the working directory.

    Raises:
        CatalogueError: there is none.
    """
    if start is None and os.environ.get("COURSE_ROOT"):
        start = Path(os.environ["COURSE_ROOT"])
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / "exercises").is_dir() and (folder / "pyproject.toml").is_file():
            return folder
    raise CatalogueError(f"no exercises/ in {start} or above it; run this inside the course's folder")


@cache
def site_of(root: Path) -> str:
    """Return the address of the course's site without a slash at its end: `Documentation` under `[project.urls]` in `pyproject.toml`.

    Empty if it is not said there.

    Raises:
        CatalogueError: it is no address, or the file is malformed.
    """
    path = root / "pyproject.toml"
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CatalogueError(f"pyproject.toml is malformed: {error}") from error
    site = entries.get("project", {}).get("urls", {}).get("Documentation", "")
    if site and not re.fullmatch(r"https?://\S+", str(site)):
        raise CatalogueError(f"pyproject.toml: Documentation is the address of the site, like https://example.org/course, not {site!r}")
    return str(site).rstrip("/")


def exercises(root: Path | None = None) -> tuple[Exercise, ...]:
    """Return every exercise of the repository, in order of number.

    Raises:
        CatalogueError: one of them is malformed.
    """
    root = root or find_root()
    folders = sorted(folder.parent for folder in (root / "exercises").glob("*/exercise.toml"))
    return tuple(read_exercise(folder, root) for folder in folders)


def exercise(name: str, root: Path | None = None) -> Exercise:
    """Return one exercise by number (`3`, `03`), slug or module.

    Raises:
        CatalogueError: there is none of that name; the text lists those there are.
    """
    root = root or find_root()
    folders = sorted(path.parent for path in (root / "exercises").glob("*/exercise.toml"))
    for folder in folders:
        number, _, rest = folder.name.partition("_")
        if name in (folder.name, number, number.lstrip("0") or "0", rest):
            return read_exercise(folder, root)
    for folder in folders:
        if name == (found := read_exercise(folder, root)).module:
            return found
    near = difflib.get_close_matches(name, [folder.name for folder in folders] + [folder.name[3:] for folder in folders], 1)
    meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(folder.name for folder in folders)}"
    raise CatalogueError(f"no exercise {name!r}; {meant}")


def read_exercise(folder: Path, root: Path, description: Path | None = None) -> Exercise:
    """Return the exercise in a folder.

    Args:
        description: its exercise.toml, if that is not in the folder.

    Raises:
        CatalogueError: its exercise.toml is missing, malformed, or contradicts itself.
    """
    path = description or folder / "exercise.toml"
    where = path.relative_to(root) if path.is_relative_to(root) else path
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))
        checks = tuple(_check(entry, f"{where}, check {place}") for place, entry in enumerate(entries.pop("checks"), 1))
        if not re.fullmatch(r"\d\d_[a-z][a-z0-9_]*", folder.name):
            raise CatalogueError(f"{where}: the folder must be called like 03_fenced_lock, not {folder.name!r}")
        if len({check.id for check in checks}) < len(checks):
            raise CatalogueError(f"{where}: two checks have the same id")
        entries["given"] = tuple(entries.get("given", ()))
        if "bonus" in entries:
            entries["bonus"] = _bonus(entries["bonus"], f"{where}, bonus")
        return Exercise(slug=folder.name, checks=checks, folder=folder, root=root, **entries)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise CatalogueError(f"{where} is malformed ({error}); compare it with exercises/00_ping/exercise.toml") from error


def _check(entry: dict[str, Any], where: str) -> Check:
    check = Check(**{**entry, "topics": tuple(entry.get("topics", ()))})
    if check.visibility not in VISIBILITIES:
        raise CatalogueError(f"{where}: visibility is one of {', '.join(VISIBILITIES)}, not {check.visibility!r}")
    if type(check.points) is not int or check.points < 0:
        raise CatalogueError(f"{where}: points are a whole number from 0 up, not {check.points!r}")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", check.id):
        raise CatalogueError(f"{where}: an id is lower case words joined by _, not {check.id!r}")
    return check


def _bonus(entry: dict[str, Any], where: str) -> Bonus:
    plain: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    bonus = Bonus(**plain)
    needs = bonus.needs
    if not needs or list(needs) != sorted(set(needs)) or not all(type(need) is int and 1 <= need <= len(bonus.catches) for need in needs):
        raise CatalogueError(f"{where}: needs are whole numbers that go up, from 1 to the {len(bonus.catches)} in catches, not {needs}")
    return bonus
