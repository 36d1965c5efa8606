"""Writes the source of the site: pages of the repository, of the exercises, of the harness; and the navigation between them."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from docs.publishing import api, exercise_pages, zoo_page
from docs.publishing.fences import Runs
from docs.publishing.links import page_of, relinked
from harness import catalogue
from harness.catalogue import Exercise
from harness.grading.worksheets import worksheet
from harness.proving import results

NOT_PAGES = ("example", "publishing", "assets-src", "tests", "assets")
TEACHERS = ("teaching.md", "grading.md", "security.md", "zoo.md")
LISTS: dict[str, Callable[[tuple[Exercise, ...]], str]] = {
    "<!-- here: every exercise -->": lambda exercises: exercise_pages.listing(exercises, "exercises/"),
    "<!-- here: what was measured -->": zoo_page.tables,
}
"""Marks in a page, and what is put in their place."""

Nav = list[dict[str, object]]


@dataclass
class Site:
    """The site's source while it is written.

    Args:
        root: the repository.
        build: where generated files go.
    """

    root: Path
    build: Path
    pages: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.exercises = catalogue.exercises(self.root)
        self.runs = Runs(self.root, self.build / "runs")

    def write(self) -> None:
        """Write every page, the files to download, and the configuration."""
        self.collect()
        folder = self.build / "pages"
        for path in [path for path in folder.rglob("*.md") if path.relative_to(folder).as_posix() not in self.pages]:
            path.unlink()
        for name, text in self.pages.items():
            _write(folder / name, text)
        for exercise in self.exercises:
            self.copy_files(exercise)
        if (self.root / results.PLACE).is_file():
            shutil.copyfile(self.root / results.PLACE, folder / "zoo.json")
        for name, site in (("mkdocs.yml", "site"), ("zensical.yml", "zensical")):
            config = {"INHERIT": "../mkdocs.yml", "docs_dir": "pages", "site_dir": site, "nav": self.navigation(), **self.address()}
            _write(self.build / name, json.dumps(config, indent=1, ensure_ascii=False) + "\n")
        self.runs.sweep()

    def address(self) -> dict[str, object]:
        """Return where the site will be, if that is known: builders write it into the pages."""
        site = catalogue.site_of(self.root)
        return {"site_url": f"{site}/"} if site else {}

    def collect(self) -> None:
        """Fill `self.pages`."""
        for path in [*sorted((self.root / "docs").rglob("*.md")), self.root / "CONTRIBUTING.md"]:
            source = path.relative_to(self.root).as_posix()
            name = page_of(source)
            if name and name.split("/")[0] not in NOT_PAGES:
                self.pages[name] = self.authored(path.read_text(encoding="utf-8"), source, name)
        for exercise in self.exercises:
            self.pages[exercise_pages.page_path(exercise)] = exercise_pages.page(exercise)
        self.pages["exercises/index.md"] = exercise_pages.index(self.exercises)
        self.pages["api.md"] = api.page()

    def authored(self, text: str, source: str, name: str) -> str:
        """Return a page of the repository as the site's: links followed, lists put in, blocks run."""
        text = relinked(text, source, name)
        for mark, made in LISTS.items():
            text = text.replace(mark, made(self.exercises))
        return self.runs.filled(self.with_way_to_exercise(text, name), source)

    def with_way_to_exercise(self, text: str, name: str) -> str:
        """Return a lesson with links to its exercises below its title."""
        built = [exercise for exercise in self.exercises if name == f"lessons/{exercise.lesson}.md"]
        if not built:
            return text
        title, _, rest = text.partition("\n")
        ways = " ".join(f"[Exercise {item.number}: {item.title}](../exercises/{item.slug}.md)" for item in built)
        return f"{title}\n\n{ways}\n{{ .dsr-ways }}\n{rest}"

    def copy_files(self, exercise: Exercise) -> None:
        """Copy what a reader may download: the file to fill in, what is given beside it, and both as a notebook."""
        folder = self.build / "pages" / "exercises" / exercise.slug
        folder.mkdir(parents=True, exist_ok=True)
        given = [exercise.folder / f"{name}.py" for name in exercise.given]
        for path in [exercise.stub, exercise.public_tests, *given]:
            shutil.copyfile(path, folder / path.name)
        notebook = worksheet(exercise, answer=exercise.stub.read_text(encoding="utf-8"))
        _write(folder / f"{exercise.module}.ipynb", json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n")

    def navigation(self) -> Nav:
        """Return the navigation: whatever pages there are, in the order in which a student needs them."""
        there = [name for name in sorted(self.pages) if "/" not in name]
        first = [name for name in ("index.md", "start.md", "knobs.md") if name in there]
        teachers = [name for name in TEACHERS if name in there]
        others = [name for name in there if name not in {*first, *teachers, "api.md"}]
        sections: Nav = [self.entry(name) for name in first]
        sections += [{"Lessons": [self.entry(name) for name in self.lessons()]}] if self.lessons() else []
        exercises: Nav = [{f"{item.number} {item.title}": exercise_pages.page_path(item)} for item in self.exercises]
        sections += [{"Exercises": [self.entry("exercises/index.md"), *exercises]}, self.entry("api.md")]
        sections += [{"For teachers": [self.entry(name) for name in teachers]}] if teachers else []
        return [*sections, {"How it is made": [self.entry(name) for name in others]}]

    def lessons(self) -> list[str]:
        """Return the lessons' pages: the opening one, the numbered ones, then what is left."""
        names = sorted(name for name in self.pages if name.startswith("lessons/"))
        numbered = [name for name in names if name[8:10].isdigit()]
        opening = [name for name in names if name == "lessons/illusions.md"]
        return [*opening, *numbered, *(name for name in names if name not in {*opening, *numbered})]

    def entry(self, name: str) -> dict[str, object]:
        """Return a page's entry in the navigation: its title leads to it."""
        title = next((line[2:].strip() for line in self.pages[name].split("\n") if line.startswith("# ")), name)
        number = re.match(r"lessons/(\d\d)-", name)
        short = {"index.md": "Home", "exercises/index.md": "All exercises"}.get(name, f"{number[1]} {title}" if number else title)
        return {short: name}


def _write(path: Path, text: str) -> None:
    """Write a file unless it says this already: a builder that watches should see only what changed."""
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
