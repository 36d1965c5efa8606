"""Which files go where: the course as students get it, as a grader outside gets it, and as it travels to another machine.

A set of files is a plain mapping from path to bytes. So it can be compared, hashed, sent, searched for leaks and written in an
order and with times that do not depend on the machine.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import harness
from harness import catalogue
from harness.bonus import right_programs, wrong_programs
from harness.catalogue import VISIBILITIES, Exercise
from harness.errors import Misuse
from harness.running import check_names

Files = Mapping[str, bytes]

SUFFIXES = (".py", ".md", ".toml", ".json", ".css", ".js")
EPOCH = (1980, 1, 1, 0, 0, 0)
FOR_GRADING = ("bench", "cli", "proving", "tests")
"""Parts of the harness that a grader outside does not need."""
FOR_STUDENTS = ("bench", "tests")
"""Parts of the harness that students do not get; its tests tell of the zoo."""


def up_to(exercise: Exercise, tier: str) -> Exercise:
    """Return the exercise with those checks only that are run in a place of this trust.

    Args:
        tier: `public` where students have all the tests, `sealed` in a bundle that a determined student can read, `secret` where
            only teachers are.
    """
    allowed = VISIBILITIES[: VISIBILITIES.index(tier) + 1]
    return replace(exercise, checks=tuple(check for check in exercise.checks if check.visibility in allowed))


def undecided(exercises: Sequence[Exercise], tier: str) -> str:
    """Say what is not decided by checks up to this tier; empty if nothing is left."""
    left = [check for exercise in exercises for check in exercise.checks if check not in up_to(exercise, tier).checks]
    if not left:
        return ""
    checks = "1 hidden check" if len(left) == 1 else f"{len(left)} hidden checks"
    return f"{checks}, {sum(check.points for check in left)} points, decided at grading"


def course_files(exercises: Sequence[Exercise], tier: str, overlay: Path | None = None) -> dict[str, bytes]:
    """Return the exercises as students see them and, above the tier `public`, their hidden tests.

    Args:
        overlay: a teacher's private folder, shaped like `solutions/`, with an `exercise.toml` beside `hidden/` where there are new
            checks; its files win.

    Raises:
        Misuse: a file of hidden tests mixes checks that may go there with checks that may not.
    """
    files = {"pyproject.toml": _marker(exercises)}
    for exercise in exercises:
        files |= _under(exercise.folder, f"exercises/{exercise.slug}")
        if tier == "secret" and exercise.bonus is not None:
            zoo = [*right_programs(exercise), *wrong_programs(exercise)]  # what a student's scenario is tried on
            files |= {f"solutions/{exercise.slug}/{path.relative_to(exercise.solution).as_posix()}": path.read_bytes() for path in zoo}
        for folder in (exercise.solution, *([overlay / exercise.slug] if overlay else [])):
            if (folder / "exercise.toml").is_file() and folder != exercise.solution:
                files[f"exercises/{exercise.slug}/exercise.toml"] = (folder / "exercise.toml").read_bytes()
                exercise = catalogue.read_exercise(exercise.folder, exercise.root, folder / "exercise.toml")
            for path in sorted((folder / "hidden").glob("test_*.py")):
                if tier != "public" and may_travel(path, exercise, tier):
                    files[f"solutions/{exercise.slug}/hidden/{path.name}"] = path.read_bytes()
    return files


def _marker(exercises: Sequence[Exercise]) -> bytes:
    site = catalogue.site_of(exercises[0].root) if exercises else ""
    said = f"\n[project.urls]\nDocumentation = {json.dumps(site)}\n" if site else ""
    return f"# marks the folder that holds exercises/\n{said}".encode()


def may_travel(path: Path, exercise: Exercise, tier: str) -> bool:
    """True if a file of hidden tests may go to a place of this trust.

    Raises:
        Misuse: some of its checks may and some may not.
    """
    known = {check.id for check in up_to(exercise, tier).checks}
    here = check_names(path)
    if here & known and here - known:
        secret = ", ".join(sorted(here - known))
        raise Misuse(f"{path.name} mixes checks for {tier} places with others ({secret}); put those into a file of their own")
    return bool(here) and here <= known


def harness_files(without: Iterable[str]) -> dict[str, bytes]:
    """Return the harness that is running now, without some of its folders."""
    folder = Path(harness.__file__).parent
    return {path: data for path, data in _under(folder, "harness").items() if path.split("/")[1] not in without}


def _under(folder: Path, prefix: str) -> dict[str, bytes]:
    paths = sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES and path.is_file())
    kept = [path for path in paths if not any(part.startswith((".", "__pycache__")) for part in path.relative_to(folder).parts)]
    return {f"{prefix}/{path.relative_to(folder).as_posix()}": path.read_bytes() for path in kept}


def digest(files: Files) -> str:
    """Return SHA-256 over names and contents."""
    found = hashlib.sha256()
    for name in sorted(files):
        found.update(f"{len(name)} {len(files[name])} {name}".encode() + files[name])
    return found.hexdigest()


def write(files: Files, folder: Path) -> None:
    """Write the files into a folder; scripts, which begin with `#!`, can be run.

    Raises:
        Misuse: the folder holds something already; nothing is mixed with what is there.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Misuse(f"{folder} is not empty; give a folder that does not exist yet")
    for name in sorted(files):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files[name])
        path.chmod(_mode(files[name]))


def zipped(files: Files) -> bytes:
    """Return a ZIP archive of the files: the same bytes for the same files, whenever and wherever it is made."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system = 3  # Unix, so that the mode counts
            entry.external_attr = _mode(files[name]) << 16
            archive.writestr(entry, files[name])
    return made.getvalue()


def _mode(data: bytes) -> int:
    return 0o755 if data.startswith(b"#!") else 0o644
