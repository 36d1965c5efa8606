"""Where in the student's file something went wrong: the innermost line of the traceback that is theirs or, when the harness
noticed it outside their code, the line that the message talks about.

The file is searched as text and never parsed: this also runs where student code must not be touched.
"""

from __future__ import annotations

import re
import traceback
from pathlib import Path
from typing import NamedTuple

MAX_BYTES = 200_000


class Spot(NamedTuple):
    """One line of the student's file.

    Args:
        line: its number, from 1.
        name: the function it belongs to, or an empty string.
        text: the line itself, without the spaces around it.
    """

    line: int
    name: str
    text: str


def frames_in(error: BaseException, path: Path) -> list[Spot]:
    """Return the lines of the student's file in a traceback, outermost first."""
    found = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return [Spot(frame.lineno or 0, frame.name, (frame.line or "").strip()) for frame in found]


def spots_of(error: BaseException, path: Path) -> list[Spot]:
    """Return the lines of the student's file that explain an error: its frames, else the definition that its text names."""
    frames = frames_in(error, path)
    if frames:
        return frames
    lines = source_of(path).splitlines()
    said = re.search(rf"(?:^|\s){re.escape(path.name)}:(\d+)", str(error))
    if said and 0 < int(said[1]) <= len(lines):
        return [Spot(int(said[1]), "", lines[int(said[1]) - 1].strip())]
    named = named_in(str(error), lines)
    return [named] if named else []


def place_in(error: BaseException, path: Path) -> str:
    """Return `file.py:12`, the innermost line of the student's file that explains an error, or an empty string."""
    spots = spots_of(error, path)
    return f"{path.name}:{spots[-1].line}" if spots else ""


def named_in(text: str, lines: list[str]) -> Spot | None:
    """Return the first line that defines what a message names: an attribute, a method, or a class.

    Args:
        text: e.g. `PingClient has no on_pong(self, sender, pong); did you mean on_png?`
        lines: the file.
    """
    wanted = [("", rf"\bself\.{name}\b") for name in re.findall(r"attribute '(\w+)'", text)]
    wanted += [("", _method(name)) for name in re.findall(r"did you mean (\w+)\?", text)]
    wanted += [(kind, _method(name)) for kind, name in re.findall(r"\b(\w+)\.(\w+)(?:\(\)| returned| is written)", text)]
    wanted += [("", _method(name)) for name in re.findall(r"(?<![\w.])(\w+)\(\)", text)]
    wanted += [("", rf"^class {name}\b") for name in re.findall(r"\b([A-Za-z_]\w*)\b", text)]
    for kind, pattern in wanted:
        inside = _first(rf"^class {kind}\b", lines) if kind else None
        found = _first(pattern, lines, inside.line if inside else 0)
        if found is not None:
            return found
    return None


def _method(name: str) -> str:
    return rf"^\s*(async )?def {name}\b"


def _first(pattern: str, lines: list[str], after: int = 0) -> Spot | None:
    for number, line in enumerate(lines[after:], after + 1):
        if re.search(pattern, line):
            return Spot(number, "", line.strip())
    return None


def source_of(path: Path) -> str:
    """Return the text of the student's file, an empty one if it cannot be read."""
    try:
        return path.read_bytes()[:MAX_BYTES].decode("utf-8-sig", "replace")
    except OSError:
        return ""
