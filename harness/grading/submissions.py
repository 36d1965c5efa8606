"""Finds and reads what a student handed in: a folder shaped like `exercises/`, or one file. Reading is all it does.

Only the files an exercise asks for are read, each as if an enemy had put it there: no symbolic links, no devices, no pipes,
at most 200 KB, UTF-8, no NUL.
"""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from harness.catalogue import Exercise
from harness.errors import Misuse
from harness.loading import MAX_BYTES


@dataclass(frozen=True)
class Source:
    """One exercise's file as it was handed in.

    Args:
        path: where it was looked for.
        text: what it says; None if it cannot be graded.
        problem: then, why not.
    """

    path: Path
    text: str | None
    problem: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 of the text."""
        return hashlib.sha256((self.text or "").encode()).hexdigest()


def find_sources(path: Path, exercises: tuple[Exercise, ...]) -> dict[str, Source]:
    """Return what was handed in at `path`, by exercise slug; exercises that are not there at all are left out.

    Args:
        path: a folder with exercise folders in it, one exercise's folder, or one file named like an exercise's.

    Raises:
        Misuse: nothing there belongs to any exercise; the text says what was expected.
    """
    if not path.exists():
        raise Misuse(f"{path} does not exist; give the folder or the file that was handed in")
    found: dict[str, Source] = {}
    for exercise in exercises:
        name = f"{exercise.module}.py"
        places = [path / "exercises" / exercise.slug / name, path / exercise.slug / name, path / name]
        if not path.is_dir():
            places = [path] if path.name == name else []
        for place in places:
            if os.path.lexists(place) or (place.parent.name == exercise.slug and place.parent.is_dir()):
                found[exercise.slug] = read_source(place)
                break
    if not found:
        wanted = ", ".join(f"{exercise.slug}/{exercise.module}.py" for exercise in exercises[:3])
        raise Misuse(f"{path} holds no exercise; it should hold files such as {wanted}")
    return found


def read_source(path: Path) -> Source:
    """Read one file, or say why it cannot be graded."""
    try:
        opened = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        return Source(path, None, f"{path.name} is missing")
    except OSError:
        return Source(path, None, f"{path.name} is not a regular file")
    with os.fdopen(opened, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return Source(path, None, f"{path.name} is not a regular file")
        raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        return Source(path, None, f"{path.name} is larger than {MAX_BYTES:,} bytes")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Source(path, None, f"{path.name} is not UTF-8 text")
    if "\0" in text:
        return Source(path, None, f"{path.name} holds a NUL byte")
    return Source(path, text)
