"""`course topics`: which checks enforce which part of the outline; the table in docs/teaching.md is made of it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from harness import catalogue
from harness.catalogue import Check, Exercise
from harness.cli.console import Refused, say

OUTLINE, PAGE = "docs/outline.toml", "docs/teaching.md"
BEGIN, END = "<!-- made by: course topics --write -->\n", "<!-- end of what course topics has made -->\n"


@dataclass(frozen=True)
class Heading:
    """A heading of the outline.

    Args:
        name: section and title, e.g. `3.3 Leader Election`.
        topics: its bullets.
        labels: other words of it that a check may name.
    """

    name: str
    topics: tuple[str, ...]
    labels: tuple[str, ...]

    @property
    def known(self) -> set[str]:
        """Everything that a check may name."""
        return {self.name, *(f"{self.name} / {topic}" for topic in (*self.topics, *self.labels))}


def outline(root: Path) -> list[Heading]:
    """Return the outline's headings."""
    entries = tomllib.loads((root / OUTLINE).read_text(encoding="utf-8"))["headings"]
    return [Heading(f"{entry['section']} {entry['title']}".strip(), tuple(entry["topics"]), tuple(entry["labels"])) for entry in entries]


class Coverage:
    """Which checks enforce what."""

    def __init__(self, root: Path, exercises: Sequence[Exercise]) -> None:
        self.root = root
        self.headings = outline(root)
        self.checks: dict[str, list[tuple[Exercise, Check]]] = {}
        for exercise in exercises:
            for check in exercise.checks:
                for topic in check.topics:
                    self.checks.setdefault(topic.rstrip(":"), []).append((exercise, check))

    def of(self, heading: Heading, topic: str = "") -> list[tuple[Exercise, Check]]:
        """Return the checks for a bullet; or those for a heading, by its name, a label of it, or any of its bullets."""
        if topic:
            return self.checks.get(f"{heading.name} / {topic}".rstrip(":"), [])
        found = [pair for name in sorted(heading.known) for pair in self.checks.get(name.rstrip(":"), [])]
        return sorted(dict.fromkeys(found), key=lambda pair: (pair[0].slug, pair[0].checks.index(pair[1])))

    def missing(self) -> list[str]:
        """Return the headings and bullets that no check enforces."""
        found = []
        for heading in self.headings:
            found += [heading.name] if not self.of(heading) else []
            found += [f"{heading.name} / {topic}" for topic in heading.topics if not self.of(heading, topic)]
        return found

    def unknown(self) -> list[str]:
        """Return what checks name that is not in the outline."""
        known = {name.rstrip(":") for heading in self.headings for name in heading.known}
        return sorted(set(self.checks) - known)

    def table(self) -> str:
        """Return the table as Markdown."""
        lines = ["| topic | lesson | checks |", "|---|---|---|"]
        for heading in self.headings:
            named = [pair for pair in self.of(heading) if heading.name in pair[1].topics]
            lines.append(self._row(f"**{_escaped(heading.name)}**", named, ""))
            lines += [self._row(_escaped(topic), self.of(heading, topic)) for topic in heading.topics]
        return "\n".join(lines) + "\n"

    def _row(self, name: str, pairs: Sequence[tuple[Exercise, Check]], nothing: str = "none yet") -> str:
        lessons = dict.fromkeys(self._lesson(exercise, check) for exercise, check in pairs)
        checks = ", ".join(f"`{exercise.number}.{check.id}`" for exercise, check in pairs)
        return f"| {name} | {', '.join(lessons)} | {checks or nothing} |"

    def _lesson(self, exercise: Exercise, check: Check) -> str:
        name = f"{exercise.number} {check.anchor.removeprefix('#').replace('-', ' ')}".strip()
        there = (self.root / exercise.lesson_page).is_file()
        return f"[{name}](lessons/{exercise.lesson}.md{check.anchor})" if there else name


def _escaped(text: str) -> str:
    return re.sub(r"([|*_`<\[\]])", r"\\\1", text)


@click.command("topics")
@click.option("--write", is_flag=True, help=f"Put the table into {PAGE}.")
def topics_command(write: bool) -> int:
    """Show which checks enforce which topic of the outline."""
    root = catalogue.find_root()
    if not (root / OUTLINE).is_file():
        raise Refused(f"there is no {OUTLINE} here; this is for the repository of the course")
    coverage = Coverage(root, catalogue.exercises(root))
    if write:
        page = root / PAGE
        page.write_text(with_table(page.read_text(encoding="utf-8"), coverage.table()), encoding="utf-8")
        say(f"Wrote the table into {PAGE}.", "good")
    else:
        for heading in coverage.headings:
            say(heading.name, "strong")
            for topic in heading.topics:
                names = [f"{exercise.number}.{check.id}" for exercise, check in coverage.of(heading, topic)]
                say(f"  {topic}: {', '.join(names) or 'none'}", "" if names else "bad")
    for name in coverage.unknown():
        say(f"not in {OUTLINE}: {name}", "bad")
    for name in coverage.missing():
        say(f"no check enforces: {name}", "bad")
    return int(bool(coverage.missing() or coverage.unknown()))


def with_table(page: str, table: str) -> str:
    """Return the page with the table between its marks.

    Raises:
        Refused: the marks are not there.
    """
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise Refused(f"{PAGE} has no line {BEGIN.strip()!r} with {END.strip()!r} below it")
    return f"{head}{begin}\n{table}\n{end}{tail}"
