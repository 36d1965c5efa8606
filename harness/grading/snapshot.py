"""Takes what was handed in out of a place that the student can still write to, and lays it out for the judge.

Nothing on the way is followed: no symbolic link in any part of the path, so that `exercises/05_quorum_election` cannot be a way
into somebody else's folder. What is found is a few bytes for each exercise; they can wait, be compared, and be sent elsewhere.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.catalogue import Exercise
from harness.loading import MAX_BYTES

NOT_A_FILE = None
"""In place of bytes: something has the file's name and is no regular file."""
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


@dataclass(frozen=True)
class HandedIn:
    """One submission, taken at one moment.

    Args:
        name: the student's, or the folder's.
        files: for each exercise that is there its file's bytes (at most one more than may be graded), or `NOT_A_FILE`; likewise for
            a scenario, under names like `05_quorum_election/my_scenario.py`.
    """

    name: str
    files: tuple[tuple[str, bytes | None], ...]

    @property
    def digest(self) -> str:
        """SHA-256 over what is there."""
        found = hashlib.sha256()
        for slug, data in self.files:
            found.update(f"{slug} {'none' if data is None else len(data)} ".encode() + (data or b""))
        return found.hexdigest()

    def lay_out(self, exercises: Sequence[Exercise], folder: Path) -> Path:
        """Write it into a folder that the judge can grade, every exercise in it: what was not handed in is missing there too."""
        files = dict(self.files)
        for exercise in exercises:
            place = folder / exercise.slug / f"{exercise.module}.py"
            place.parent.mkdir(parents=True)
            if exercise.slug in files:
                data = files[exercise.slug]
                place.mkdir() if data is None else place.write_bytes(data)
            if exercise.bonus is not None and scenario_of(exercise) in files:
                (folder / scenario_of(exercise)).write_bytes(files[scenario_of(exercise)] or b"")
        return folder


def scenario_of(exercise: Exercise) -> str:
    """Return the place of a student's scenario below the folder of all exercises."""
    return f"{exercise.slug}/{exercise.bonus.module if exercise.bonus else ''}.py"


def take(name: str, path: Path, exercises: Sequence[Exercise]) -> HandedIn:
    """Return what was handed in at `path`: a folder shaped like the repository or like `exercises/`, one exercise's folder, or a file."""
    found = []
    for exercise in exercises:
        file = f"{exercise.module}.py"
        if path.is_file() and path.name == file:
            found.append((exercise.slug, _read(path.parent, (file,))))
        elif path.is_dir():
            for parts in (("exercises", exercise.slug, file), (exercise.slug, file), (file,)):
                if _is_there(path, parts):
                    found.append((exercise.slug, _read(path, parts)))
                    scenario = (*parts[:-1], scenario_of(exercise).partition("/")[2])
                    if exercise.bonus is not None and _is_there(path, scenario):
                        found.append((scenario_of(exercise), _read(path, scenario)))
                    break
    return HandedIn(name, tuple(found))


def _is_there(root: Path, parts: Sequence[str]) -> bool:
    return os.path.lexists(root.joinpath(*parts))


def _read(root: Path, parts: Sequence[str]) -> bytes | None:
    """Return a file's bytes; each part of the way is opened from the one before, and a link on it is the end of it."""
    opened = [os.open(root, os.O_RDONLY | os.O_CLOEXEC)]
    try:
        for part in parts:
            opened.append(os.open(part, _FLAGS, dir_fd=opened[-1]))
        if not stat.S_ISREG(os.fstat(opened[-1]).st_mode):
            return NOT_A_FILE
        with os.fdopen(opened.pop(), "rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError:
        return NOT_A_FILE
    finally:
        for descriptor in opened:
            os.close(descriptor)
