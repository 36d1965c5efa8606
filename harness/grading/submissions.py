"""Finds and reads what a student handed in. Reading is all it does, and each file is read as if an enemy had put it there.

A submission is a *tree*: a folder shaped like `exercises/`, one exercise's folder, a file, a zip archive or a commit. A tree answers
one question, what stands at a path below it, and never follows a symbolic link. Only the files an exercise asks for are
looked at: regular ones of at most 200 KB, UTF-8, without NUL.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from harness.catalogue import Exercise
from harness.errors import Misuse
from harness.loading import MAX_BYTES

SLUG = re.compile(r"\d\d_[a-z0-9_]{1,40}")
COMMIT = re.compile(r"(.+)@([0-9a-f]{7,64})")


class BadFile(Exception):
    """Something stands at a path but cannot be read as a submission's file; the text says why."""


class Unreadable(Misuse):
    """What was handed in is there, but cannot be read as a whole; the text says why."""


class Tree(Protocol):
    """What was handed in, whatever it came in."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks for the teacher."""

    def read(self, path: str, limit: int) -> bytes | None:
        """Return what a regular file holds, cut off after `limit` + 1 bytes; None if nothing is there.

        Raises:
            BadFile: it is a link, a device, a folder, or damaged.
        """

    def has_folder(self, path: str) -> bool:
        """True if there is a folder of that name, reached without a link."""

    def folders(self, path: str) -> list[str]:
        """Return the names of the folders in one that is there: the tree itself (an empty path), or e.g. `exercises/`."""


@dataclass(frozen=True)
class Source:
    """One exercise's file as it was handed in.

    Args:
        path: where it was found, for messages.
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


@dataclass(frozen=True)
class Handed:
    """All that was handed in.

    Args:
        sources: by exercise slug; exercises that are not there at all are left out.
        notes: remarks for the teacher.
        scenarios: files with scenarios, for the exercises that have a bonus, where there is one.
    """

    sources: dict[str, Source]
    notes: tuple[str, ...] = ()
    scenarios: dict[str, Source] = field(default_factory=dict)


def handed_in(where: str | Path, exercises: Sequence[Exercise], any_name: bool = True) -> Handed:
    """Return what was handed in for these exercises.

    Args:
        where: a folder, a file, a zip archive, a notebook, or `repository@commit` with the path or URL of a git repository.
        any_name: a single file is for the only exercise there is, whatever it is called.

    Raises:
        Misuse: nothing there belongs to any exercise; the text says what was expected.
    """
    path = Path(where)
    commit = COMMIT.fullmatch(str(where))
    there = os.path.lexists(path) if "\0" not in str(where) else False
    if not there and commit is not None:
        from harness.grading.repositories import Commit

        with Commit(commit[1], commit[2]) as tree:
            return found_in(tree, str(where), exercises)
    if not there:
        raise Misuse(f"{where} does not exist; give the folder, file, archive or repository@commit that was handed in")
    if path.is_dir():
        return found_in(Folder(path), str(where), exercises)
    if path.suffix.lower() == ".zip":
        from harness.grading.archives import Archive

        with Archive(path) as archive:
            return found_in(archive, str(where), exercises)
    return Handed(_one_file(path, exercises, any_name and len(exercises) == 1))


class Folder:
    """A folder on disk."""

    notes: tuple[str, ...] = ()

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, path: str, limit: int) -> bytes | None:
        """Read a file; see `Tree`."""
        return read_file(self.root, path.split("/"), limit)

    def has_folder(self, path: str) -> bool:
        """True if there is a folder; see `Tree`."""
        inner = self.root
        for part in path.split("/"):
            inner = inner / part
            if inner.is_symlink() or not inner.is_dir():
                return False
        return True

    def folders(self, path: str) -> list[str]:
        """Return the names of the folders in one; see `Tree`."""
        return sorted(inner.name for inner in (self.root / path).iterdir() if inner.is_dir() and not inner.is_symlink())


def read_file(root: Path, parts: Sequence[str], limit: int) -> bytes | None:
    """Read a file below `root` without following a link on the way; see `Tree.read`."""
    no_follow = getattr(os, "O_NOFOLLOW", 0)
    name = parts[-1]
    if any((root / Path(*parts[: depth + 1])).is_symlink() for depth in range(len(parts))):
        raise BadFile(f"{name} is not a regular file, or a folder above it is a link")
    try:
        opened = os.open(root.joinpath(*parts), os.O_RDONLY | no_follow | getattr(os, "O_NONBLOCK", 0))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise BadFile(f"{name} is not a regular file that can be read") from error
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        raise BadFile(f"{name} is not a regular file")
    with os.fdopen(opened, "rb") as file:
        return file.read(limit + 1)


def found_in(tree: Tree, where: str, exercises: Sequence[Exercise]) -> Handed:
    """Return what a tree holds for these exercises; `where` names it, if that is nothing.

    Raises:
        Misuse: nothing there belongs to any exercise.
    """
    found: dict[str, Source] = {}
    changed: list[str] = []
    scenarios: dict[str, Source] = {}
    for exercise in exercises:
        for folder in (f"exercises/{exercise.slug}/", f"{exercise.slug}/", ""):
            source = _source(tree, folder, exercise)
            if source is not None:
                found[exercise.slug] = source
                scenarios |= _scenario(tree, folder, exercise)
                changed += [f"{folder}{name}" for name in _changed(tree, folder, exercise)]
                break
    if not found:
        wanted = ", ".join(f"{exercise.slug}/{exercise.module}.py" for exercise in exercises[:3])
        held = _other_exercises(tree, exercises) or "no exercise"
        raise Misuse(f"{where} holds {held}; it should hold files such as {wanted}")
    notes = (f"changed protected files: {', '.join(changed)}",) if changed else ()
    return Handed(found, (*tree.notes, *notes), scenarios)


def _other_exercises(tree: Tree, exercises: Sequence[Exercise]) -> str:
    """Say which exercises a tree holds instead of these, e.g. `09_idempotent_consumer, but neither 00 nor 05`; empty if none."""
    places = ["", *(["exercises/"] if tree.has_folder("exercises") else [])]
    found = [name for place in places for name in tree.folders(place) if SLUG.fullmatch(name)]
    if not found:
        return ""
    *others, last = [exercise.number for exercise in exercises]
    return f"{', '.join(found[:3])}, but " + (f"neither {', '.join(others)} nor {last}" if others else f"not {last}")


def _scenario(tree: Tree, folder: str, exercise: Exercise) -> dict[str, Source]:
    """Return the file with a student's scenario, if the exercise has a bonus and one is there."""
    if exercise.bonus is None:
        return {}
    path = Path(f"{folder}{exercise.bonus.module}.py")
    try:
        raw = tree.read(path.as_posix(), MAX_BYTES)
    except BadFile as error:
        return {exercise.slug: Source(path, None, str(error))}
    return {} if raw is None else {exercise.slug: decoded(path, raw)}


def _source(tree: Tree, folder: str, exercise: Exercise) -> Source | None:
    """Return what stands for an exercise in a folder: its file, or a notebook of that name; None if the folder is not there."""
    path = f"{folder}{exercise.module}.py"
    try:
        raw = tree.read(path, MAX_BYTES)
        if raw is not None:
            return decoded(Path(path), raw)
        notebook = f"{folder}{exercise.module}.ipynb"
        from harness.grading import notebooks

        raw = tree.read(notebook, notebooks.MAX_BYTES)
        if raw is not None:
            return notebooks.source_of(Path(notebook), raw, exercise)
    except BadFile as error:
        return Source(Path(path), None, str(error))
    if folder and tree.has_folder(folder.rstrip("/")):
        return Source(Path(path), None, f"{exercise.module}.py is missing")
    return None


def _changed(tree: Tree, folder: str, exercise: Exercise) -> list[str]:
    """Return the names of files that are ours and stand there in another version; grading uses ours whatever they say."""
    changed = []
    for name in (f"test_{exercise.module}.py", *(f"{given}.py" for given in exercise.given)):
        ours = exercise.folder / name
        try:
            theirs = tree.read(f"{folder}{name}", MAX_BYTES)
        except BadFile:
            theirs = b""
        if theirs is not None and ours.is_file() and theirs.replace(b"\r\n", b"\n") != ours.read_bytes().replace(b"\r\n", b"\n"):
            changed.append(name)
    return changed


def _one_file(path: Path, exercises: Sequence[Exercise], any_name: bool) -> dict[str, Source]:
    """Return a single file as a submission: for the exercise whose file is called so, or the only one asked for.

    A notebook of another name is for those that it has answer cells for.
    """
    from harness.grading import notebooks

    notebook = path.suffix.lower() == ".ipynb"
    named = [exercise for exercise in exercises if exercise.module == path.stem][:1] or [*exercises][: int(any_name)]
    if notebook and not named:
        named = notebooks.answered(path, exercises)
    if not named:
        names = ", ".join(f"{exercise.module}.py" for exercise in exercises)
        alone = f"or ask for its exercise alone, by the number, like {exercises[0].number}"
        raise Misuse(f"{path.name} is no exercise's file; name it like one ({names}), {alone}")
    return {exercise.slug: notebooks.read(path, exercise) if notebook else read_source(path) for exercise in named}


def read_source(path: Path) -> Source:
    """Read one file, or say why it cannot be graded."""
    try:
        raw = read_file(path.parent, [path.name], MAX_BYTES)
    except BadFile as error:
        return Source(path, None, str(error))
    return Source(path, None, f"{path.name} is missing") if raw is None else decoded(path, raw)


def decoded(path: Path, raw: bytes) -> Source:
    """Return what a file holds as text, or say why it is not a program's text."""
    if len(raw) > MAX_BYTES:
        return Source(path, None, f"{path.name} is larger than {MAX_BYTES:,} bytes")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Source(path, None, f"{path.name} is not UTF-8 text")
    if "\0" in text:
        return Source(path, None, f"{path.name} holds a NUL byte")
    return Source(path, text)
