"""A zip archive as a submission: read from where it is, never unpacked."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from pathlib import Path
from types import TracebackType
from typing import Any

from harness.grading.submissions import BadFile, Unreadable

MAX_ARCHIVE_BYTES = 50_000_000
MAX_ENTRIES = 20_000
MAX_DIRECTORY_BYTES = 200 * MAX_ENTRIES
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""What every system packs with. Others may take gigabytes of memory for a few bytes, or fail with errors of their own."""


class Archive:
    """The files of a zip archive, by their exact names; a single folder around everything is left out of them.

    Names that lead elsewhere (`../x`, `/x`) are names like any other here: nothing asks for them.

    Raises:
        Unreadable: it is no archive, or too large.
    """

    notes: tuple[str, ...] = ()

    def __init__(self, path: Path) -> None:
        if not path.is_file():  # a pipe would let whoever opens it wait for ever
            raise Unreadable(f"{path.name} is not a regular file")
        if path.stat().st_size > MAX_ARCHIVE_BYTES:
            raise Unreadable(f"{path.name} is larger than {MAX_ARCHIVE_BYTES:,} bytes; hand in the exercises' files only")
        try:
            _check_directory(path)
            self.zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, OverflowError, struct.error) as error:
            raise Unreadable(f"{path.name} is not a zip archive that can be read; hand in the files again") from error
        entries = self.zip.infolist()
        self.entries: dict[str, list[zipfile.ZipInfo]] = {}
        around = _common_folder([entry.filename for entry in entries])
        for entry in entries:
            self.entries.setdefault(entry.filename.removeprefix(around), []).append(entry)

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.zip.close()

    def read(self, path: str, limit: int) -> bytes | None:
        """Read a file; see `Tree`. No more than `limit` + 1 bytes are ever unpacked."""
        name = path.rpartition("/")[2]
        found = self.entries.get(path, [])
        if not found:
            if path + "/" in self.entries or any(other.startswith(path + "/") for other in self.entries):
                raise BadFile(f"{name} is a folder")
            return None
        if len(found) > 1:
            raise BadFile(f"{name} is in the archive {len(found)} times")
        kind = stat.S_IFMT(found[0].external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise BadFile(f"{name} is not a regular file")
        if found[0].compress_type not in METHODS:
            raise BadFile(f"{name} is packed in an unusual way; make the archive anew, with deflate or without compression")
        try:
            with self.zip.open(found[0]) as file:
                return file.read(limit + 1)
        except (zipfile.BadZipFile, zlib.error, struct.error, RuntimeError, NotImplementedError, OSError, EOFError, ValueError) as error:
            raise BadFile(f"{name} cannot be unpacked") from error

    def has_folder(self, path: str) -> bool:
        """True if there is a folder; see `Tree`."""
        return any(name.startswith(path + "/") for name in self.entries)

    def folders(self, path: str) -> list[str]:
        """Return the names of the folders in one; see `Tree`."""
        below = [name.removeprefix(path).partition("/") for name in self.entries if name.startswith(path)]
        return sorted({name for name, slash, _ in below if slash})


def _check_directory(path: Path) -> None:
    """Refuse an archive by what its last record says of its list of files; reading a list of a million takes more than a minute."""
    inside: Any = zipfile  # the very function that ZipFile uses, so that both see the same record
    with path.open("rb") as file:
        end = inside._EndRecData(file)
    if end is None:
        raise zipfile.BadZipFile("it has no end")
    entries, size = end[inside._ECD_ENTRIES_TOTAL], end[inside._ECD_SIZE]
    if entries > MAX_ENTRIES or size > MAX_DIRECTORY_BYTES:
        raise Unreadable(f"{path.name} holds {entries:,} files, {size:,} bytes of names; hand in the exercises' files only")


def _common_folder(names: list[str]) -> str:
    """Return the one folder that everything is in, with its slash, if that is not one that submissions have themselves."""
    tops = {name.partition("/")[0] for name in names if not name.startswith("__MACOSX/")}
    if len(tops) != 1 or not all("/" in name for name in names):
        return ""
    top = tops.pop()
    return "" if top == "exercises" or top[:2].isdigit() else top + "/"
