"""A class's submissions: a folder with one entry per student, or a list of repositories and commits."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.catalogue import Exercise
from harness.errors import Misuse
from harness.grading import snapshot
from harness.grading.claims import claim_in
from harness.grading.repositories import Commit
from harness.grading.snapshot import Snapshot
from harness.grading.submissions import Folder, found_in

SUFFIXES = (".py", ".ipynb", ".zip")
COLUMNS = ("name", "repository", "commit")
_REMOTE = re.compile(r"(https|ssh|git)://[^\s-]|[\w.-]+@[\w.-]+:")


@dataclass(frozen=True)
class Entry:
    """One student's line.

    Args:
        name: unique in the cohort.
        path: a folder, archive, notebook or file on this machine; None for a commit.
        repository, commit: else, where to fetch what.
    """

    name: str
    path: Path | None = None
    repository: str = ""
    commit: str = ""


@dataclass(frozen=True)
class Taken:
    """What was taken: the submission, and what the student's side says about it."""

    snapshot: Snapshot
    claim: str = ""


def entries(where: Path, local: bool = False) -> list[Entry]:
    """Return the cohort, sorted by name.

    Args:
        where: a folder, or a CSV file with the columns name, repository, commit.
        local: a list may name repositories on this machine; else a student could name the course's own.

    Raises:
        Misuse: it is neither; the text says what is wrong in which line.
    """
    if where.is_dir():
        found = [Entry(path.stem if path.is_file() else path.name, path) for path in where.iterdir() if _submitted(path)]
    elif where.is_file():
        found = _listed(where, local)
    else:
        raise Misuse(f"{where} does not exist; give a folder with a folder per student, or a CSV list with {', '.join(COLUMNS)}")
    names = [entry.name for entry in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise Misuse(f"{where} has {twice[0]} more than once")
    if not found:
        raise Misuse(f"{where} holds no submission")
    return sorted(found, key=lambda entry: entry.name)


def left_out(where: Path) -> list[str]:
    """Return the names of what lies in a folder of submissions and is none: notes, lists, hidden files."""
    return sorted(path.name for path in where.iterdir() if not _submitted(path)) if where.is_dir() else []


def _submitted(path: Path) -> bool:
    """True for what may be a submission; a link is one that is refused, not one that is overlooked."""
    return not path.name.startswith(".") and (path.suffix.lower() in SUFFIXES or path.is_dir() or path.is_symlink())


def _listed(path: Path, local: bool) -> list[Entry]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if not set(COLUMNS) <= set(reader.fieldnames or ()):
            raise Misuse(f"{path.name} needs a first line that says {','.join(COLUMNS)}")
        return [_entry(row, f"{path.name}, line {number}", local) for number, row in enumerate(reader, 2)]


def _entry(row: dict[str, str], where: str, local: bool) -> Entry:
    name, repository, commit = ((row.get(column) or "").strip() for column in COLUMNS)
    if not name:
        raise Misuse(f"{where}: no name")
    if not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", commit):
        raise Misuse(f"{where}: {commit[:50]!r} is not a whole commit id; a branch or a tag can be moved after the deadline")
    if not _REMOTE.match(repository) and not (local and Path(repository).is_dir()):
        raise Misuse(f"{where}: {repository[:80]!r} is no https or ssh address of a repository; --local allows folders of this machine")
    return Entry(name, None, repository, commit)


def taken_from(entries: dict[str, Any]) -> Taken:
    """Return what `dataclasses.asdict` made of it, after JSON."""
    taken = entries["snapshot"]
    pairs = {key: tuple((slug, text) for slug, text in taken[key]) for key in ("texts", "problems", "scenarios")}
    return Taken(Snapshot(taken["name"], notes=tuple(taken["notes"]), **pairs), entries["claim"])


def take(entry: Entry, exercises: Sequence[Exercise]) -> Taken:
    """Take what an entry names.

    Raises:
        Misuse: a commit cannot be fetched now; that is nobody's zero.
    """
    if entry.path is None:
        with Commit(entry.repository, entry.commit) as tree:
            try:
                taken = snapshot.of(entry.name, found_in(tree, entry.name, exercises))
            except Misuse as error:
                taken = Snapshot(entry.name, notes=(*tree.notes, str(error)))
            return Taken(taken, claim_in(tree))
    if entry.path.is_symlink():
        return Taken(snapshot.unreadable(entry.name, exercises, "it is a link to somewhere else, and was not followed"))
    return Taken(snapshot.take(entry.name, entry.path, exercises), claim_in(Folder(entry.path)) if entry.path.is_dir() else "")
