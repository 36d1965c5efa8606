"""Lessons say what happens: every block of Python prints what stands below it, and every recorded run fails as its text tells."""

import contextlib
import io
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness import catalogue
from harness.loading import load_given
from harness.proving.audit import anchors
from harness.running import load_checks, run_check, submission_of

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs" / "lessons").glob("*.md"))
SHORT = ("illusions", "what-you-may-promise", "00-ping")
LAST_PARTS = ("What it does not give", "In the wild", "Now build it", "Questions", "Sources")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```\n", re.DOTALL | re.MULTILINE)
PEOPLE = re.compile(r"`(ada|bob|cat|dan|eve|fay|gus|hal|ivy|jim|kim|leo|mia|ned|oda|pat|roy|sue|tom|uma)`")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and whether nothing but blank lines stands between it and the block before."""

    language: str
    text: str
    follows: bool


def blocks_of(page: Path) -> list[Block]:
    text, end, found = page.read_text(encoding="utf-8"), 0, []
    for fence in FENCE.finditer(text):
        found.append(Block(fence[1], fence[2], not text[end : fence.start()].strip()))
        end = fence.end()
    return found


def prose_of(page: Path) -> str:
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def runs_of(page: Path) -> list[dict]:
    return [tomllib.loads(block.text) for block in blocks_of(page) if block.language == "run"]


ALL_RUNS = [pytest.param(run, id=f"{page.stem}-{run['check']}-{Path(run['program']).name}") for page in PAGES for run in runs_of(page)]


def recorded(run: dict):
    exercise = catalogue.exercise(run["exercise"], ROOT)
    function = load_checks(exercise)[run["check"]]
    submission = submission_of(exercise, exercise.solution / f"{run['program']}.py")
    return run_check(exercise, exercise.check(run["check"]), function, submission, [run["seed"] if hasattr(function, "scenarios") else None])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_prints_what_stands_below_it(page):
    for exercise in catalogue.exercises(ROOT):
        if exercise.lesson == page.stem:
            for name in exercise.given:
                load_given(name, exercise.folder / f"{name}.py")
    names: dict = {"__name__": f"lesson {page.stem}"}
    blocks = blocks_of(page)
    for place, block in enumerate(blocks):
        if block.language != "python":
            continue
        after = blocks[place + 1] if place + 1 < len(blocks) else None
        expected = after.text if after and after.follows and after.language == "text" else ""
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(compile(block.text, page.name, "exec", dont_inherit=True), names)
        assert printed.getvalue() == expected


@pytest.mark.parametrize("run", ALL_RUNS)
def test_every_recorded_run_breaks_its_promise(run):
    result = recorded(run)
    assert result.verdict == "wrong"
    assert len(result.trace)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_text_speaks_of_those_who_are_in_its_runs(page):
    seen = {record.node for run in runs_of(page) for record in recorded(run).trace}
    shown = " ".join(block.text for block in blocks_of(page) if block.language != "run")
    strangers = {name for name in PEOPLE.findall(prose_of(page)) if name not in seen and name not in shown}
    assert not strangers


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_lesson_has_its_parts(page):
    text = prose_of(page)
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    least = 450 if page.stem in SHORT else 1_200
    assert least <= len(re.findall(r"\w[\w'’-]*", text)) <= 2_500
    assert blocks_of(page)[0].language == "run", "a lesson opens with the failure"
    assert len(re.findall(r"^\* .*\b(19|20)\d\d", text.partition("## Sources")[2], re.MULTILINE)) >= 2
    assert text.count("<details") == text.count("<summary>") == text.count("</details>") >= 3
    if page.stem not in SHORT:
        assert headings[-len(LAST_PARTS) :] == list(LAST_PARTS)


def test_every_exercise_has_a_lesson_with_the_sections_that_its_checks_name():
    for exercise in catalogue.exercises(ROOT):
        page = ROOT / exercise.lesson_page
        assert page.is_file(), exercise.lesson_page
        there = anchors(page.read_text(encoding="utf-8"))
        assert not {check.anchor for check in exercise.checks} - {f"#{anchor}" for anchor in there}
