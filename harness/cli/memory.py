"""Small things that the command remembers between two runs, in `.course/`. Losing them costs nothing but time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def folder(root: Path) -> Path:
    """Return `.course/`, made if need be."""
    path = root / ".course"
    path.mkdir(exist_ok=True)
    return path


def recall(root: Path, name: str) -> dict[str, Any]:
    """Return what was kept under a name; an empty dict if nothing was, or if it cannot be read."""
    try:
        found = json.loads((root / ".course" / name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def keep(root: Path, name: str, value: dict[str, Any]) -> None:
    """Keep a dict under a name. A folder that cannot be written to is no reason to stop."""
    try:
        (folder(root) / name).write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8", newline="\n")
    except OSError:
        return
