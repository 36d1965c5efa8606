"""Searches a release for lines of `solutions/` that are not also in `exercises/` or in `harness/`.

A line counts unless it is shorter than a dozen characters without its indentation (`return`, `else:`, `self.n = 0`), or nothing but an
import. Everything else that stands in a reference, a right or a wrong program, or their notes, must not be in what students get.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from harness.grading.bundle import Files

SHORTEST = 12
_IMPORT = re.compile(r"(from [\w.]+ )?import [\w., ()*]+$")


def search(files: Files, root: Path, *, hidden_may_leave: bool) -> list[str]:
    """Return what leaks, one sentence each; empty if nothing does.

    Args:
        hidden_may_leave: lines of the hidden tests may be there, as in a grading bundle.
    """
    secret = secret_lines(root, hidden_may_leave)
    found = []
    for name, data in opened(files):
        for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
            if line.strip() in secret:
                found.append(f"{name}:{number}, a line of {secret[line.strip()]}")
    return found


def secret_lines(root: Path, hidden_may_leave: bool) -> dict[str, str]:
    """Return the lines that must not leave, each with the file that it stands in."""
    public = {line for top in ("exercises", "harness") for path in _texts(root / top) if _shown(path, root) for line in counted(path)}
    secret: dict[str, str] = {}
    for path in _texts(root / "solutions"):
        where = path.relative_to(root).as_posix()
        for line in counted(path):
            secret.setdefault(line, where)
    if hidden_may_leave:
        public |= {line for path in _texts(root / "solutions") if path.parent.name == "hidden" for line in counted(path)}
    return {line: where for line, where in secret.items() if line not in public}


def counted(path: Path) -> Iterator[str]:
    """Yield the lines of a file that say something of their own."""
    for line in path.read_text(encoding="utf-8").splitlines():
        stripped = line.strip()
        if len(stripped) >= SHORTEST and not _IMPORT.fullmatch(stripped):
            yield stripped


def opened(files: Files) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents, those of archives and of notebooks' cells among them."""
    for name, data in files.items():
        if name.endswith(".zip"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                yield from ((f"{name}/{inner}", archive.read(inner)) for inner in archive.namelist())
        elif name.endswith(".ipynb"):
            yield name, "\n".join(cell["source"] for cell in json.loads(data)["cells"]).encode()
        else:
            yield name, data


def _texts(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in (".py", ".md", ".toml", ".json", ".txt") and path.is_file())


def _shown(path: Path, root: Path) -> bool:
    """True for what students get: the harness's own tests and measurements, which tell of the zoo, stay here."""
    return not {"tests", "bench"} & set(path.relative_to(root).parts[1:-1])
