"""Replaces the `run` and `knob` blocks of a page by what the harness says when it runs them."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from html import escape
from pathlib import Path

from docs.publishing.recording import Recipe, Recorded, outcome, program_of, record
from harness import catalogue
from harness.errors import Misuse, Problem
from harness.report.diagram import embedded

OPEN = re.compile(r"^(`{3,}|~{3,})\s*([\w-]*)")


@dataclass(frozen=True)
class Block:
    """A fenced block: its word, its text, and the lines that it takes, from `first` up to and without `end`."""

    word: str
    text: str
    first: int
    end: int


def blocks(lines: list[str]) -> Iterator[Block]:
    """Yield the fenced blocks of a page, outermost ones only."""
    fence, word, first = "", "", 0
    for place, line in enumerate(lines):
        opens = OPEN.match(line)
        if not fence and opens:
            fence, word, first = opens[1], opens[2], place
        elif fence and line.strip() == fence:
            yield Block(word, "\n".join(lines[first + 1 : place]), first, place + 1)
            fence = ""


class Runs:
    """Makes the runs of a site's pages, and keeps them, so that only what changed is run again.

    Args:
        root: the repository.
        kept: folder of finished runs.
    """

    def __init__(self, root: Path, kept: Path) -> None:
        self.root = root
        self.kept = kept
        self.used: set[Path] = set()

    @cached_property
    def harness(self) -> bytes:
        """Digest of the code that makes runs and pictures."""
        files = [path for path in sorted((self.root / "harness").rglob("*")) if path.suffix in (".py", ".js", ".css")]
        files += sorted(Path(__file__).parent.glob("*.py"))
        return _digest(path for path in files if "tests" not in path.parts)

    def filled(self, text: str, page: str) -> str:
        """Return a page's text with its blocks run.

        Raises:
            Misuse: a block is wrong, or its run ends in another way than it says; the text names page and line.
        """
        lines = text.split("\n")
        for block in reversed([block for block in blocks(lines) if block.word in ("run", "knob")]):
            try:
                lines[block.first : block.end] = ["", self.html(block), ""]
            except Exception as error:  # whatever a page's own code raises: the page and the line are what helps
                said = str(error) if isinstance(error, Problem) else f"{type(error).__name__}: {error}"
                raise Misuse(f"{page}:{block.first + 1}: {said}") from error
        return "\n".join(lines)

    def html(self, block: Block) -> str:
        """Return what stands in the place of a block."""
        recipe = Recipe.read(tomllib.loads(block.text))
        if block.word == "knob" and not recipe.values:
            raise Misuse("a knob needs `values` to choose from, and `value`, where it stands at first")
        path = self.kept / f"{self.digest(recipe).hex()[:24]}.html"
        self.used.add(path)
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.made(recipe, path.stem), encoding="utf-8", newline="\n")
        return path.read_text(encoding="utf-8")

    def made(self, recipe: Recipe, name: str) -> str:
        """Run a recipe and return its HTML, which Markdown passes through untouched: no blank line in it."""
        recorded = record(recipe, self.root)
        picture = _without_blank_lines(recorded.picture(f"r{name}"))
        frame = knob(recipe, recorded, picture, self.source(recipe)) if recipe.values else picture
        return f'<div class="dsr-run" data-search-exclude>\n{frame}\n</div>'

    def source(self, recipe: Recipe) -> dict[str, object]:
        """Return the text of a recipe's program, for a browser."""
        if not recipe.exercise:
            return {}
        exercise = catalogue.exercise(recipe.exercise, self.root)
        path = program_of(exercise, recipe.program)
        return {"source": {"name": path.relative_to(exercise.solution).as_posix(), "text": path.read_text(encoding="utf-8")}}

    def digest(self, recipe: Recipe) -> bytes:
        """Return what a recipe's run depends on, as a digest."""
        folders = [path for kind in ("exercises", "solutions") for path in (self.root / kind).glob(f"{recipe.exercise or '-'}*")]
        files = [file for folder in folders for file in sorted(folder.rglob("*.py")) if _matters(file, recipe)]
        said = json.dumps(asdict(recipe), sort_keys=True).encode()
        return hashlib.sha256(self.harness + _digest(files) + said).digest()

    def sweep(self) -> None:
        """Remove kept runs that no page shows any more."""
        for path in set(self.kept.glob("*.html")) - self.used:
            path.unlink()


def knob(recipe: Recipe, recorded: Recorded, picture: str, source: dict[str, object]) -> str:
    """Return a slider above a picture that a script draws anew, from a run in the reader's browser, when it is moved.

    Args:
        recipe, recorded, picture: how it stands at first.
        source: the program's text, if it is one of the zoo: the browser has only what students have.
    """
    place = list(recipe.values).index(recipe.value)  # type: ignore[arg-type]
    said = embedded({**asdict(recipe), "values": list(recipe.values), **source})
    return (
        f'<div class="dsr-knob">\n<script type="application/json" class="dsr-recipe">{said}</script>\n'
        f'<label class="dsr-slider"><span>{escape(recipe.label)}</span>'
        f'<input type="range" min="0" max="{len(recipe.values) - 1}" step="1" value="{place}" '
        f'aria-valuetext="{recipe.value} {escape(recipe.unit)}">'
        f"<output>{recipe.value} {escape(recipe.unit)}</output></label>\n"
        f'<p class="dsr-outcome" aria-live="polite">{escape(outcome(recorded))}</p>\n'
        f'<div class="dsr-picture">\n{picture}\n</div>\n</div>'
    )


def _without_blank_lines(html: str) -> str:
    return "\n".join(line for line in html.split("\n") if line.strip())


def _matters(file: Path, recipe: Recipe) -> bool:
    """True for the exercise's own files, its tests and the program; other programs of the zoo have no say."""
    return file.parent.name not in ("right", "wrong") or recipe.program == f"{file.parent.name}/{file.stem}"


def _digest(files: Iterator[Path] | list[Path]) -> bytes:
    whole = hashlib.sha256()
    for path in files:
        whole.update(path.name.encode() + b"\0" + path.read_bytes())
    return whole.digest()
