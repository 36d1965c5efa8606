"""Lessons say what happens: every block of Python prints what stands below it, and every recorded run ends as its page tells."""

import contextlib
import io
import re
import tomllib
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from docs.publishing.fences import blocks
from docs.publishing.recording import Recipe, record
from harness import catalogue
from harness.loading import load_given
from harness.proving.audit import anchors, lines_of_code

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs" / "lessons").glob("*.md"))
SHORT = ("illusions", "what-you-may-promise", "00-ping")
LAST_PARTS = ["What it does not give", "In the wild", "Now build it", "Questions", "Sources"]
PEOPLE = re.compile(r"`(ada|bob|cat|dan|eve|fay|gus|hal|ivy|jim|kim|leo|mia|ned|oda|pat|roy|sue|tom|uma)`")

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


@cache
def text_of(page):
    return page.read_text(encoding="utf-8")


def fences_of(page):
    return list(blocks(text_of(page).split("\n")))


def prose_of(page):
    lines = text_of(page).split("\n")
    for fence in reversed(fences_of(page)):
        del lines[fence.first : fence.end]
    return "\n".join(lines)


def recipes_of(page, *words):
    return [Recipe.read(tomllib.loads(fence.text)) for fence in fences_of(page) if fence.word in words]


def named(words):
    found = [(page, recipe) for page in PAGES for recipe in recipes_of(page, *words)]
    return [pytest.param(recipe, id=f"{page.stem}-{recipe.title or recipe.check}") for page, recipe in found]


_recorded = {}


def recorded(recipe):
    key = repr(recipe)
    if key not in _recorded:
        _recorded[key] = record(recipe, ROOT)
    return _recorded[key]


@every_page
def test_every_block_prints_what_stands_below_it(page):
    for exercise in catalogue.exercises(ROOT):
        if exercise.lesson == page.stem:
            for name in exercise.given:
                load_given(name, exercise.folder / f"{name}.py")
    names = {"__name__": f"lesson {page.stem}"}
    fences, lines = fences_of(page), text_of(page).split("\n")
    for fence, after in zip(fences, [*fences[1:], None], strict=True):
        if fence.word == "python":
            shown = after is not None and after.word == "text" and not "".join(lines[fence.end : after.first]).strip()
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                exec(compile(fence.text, page.name, "exec", dont_inherit=True), names)
            assert printed.getvalue().rstrip("\n") == (after.text if shown else "")


@pytest.mark.parametrize("recipe", named(["run"]))
def test_every_recorded_run_ends_as_its_block_says(recipe):
    found = recorded(recipe)
    assert (found.broken is None) == recipe.passes
    assert len(found.trace)


@pytest.mark.parametrize("recipe", named(["knob"]))
def test_every_knob_makes_a_difference(recipe):
    outcomes = [recorded(replace(recipe, value=value)).broken for value in recipe.values]
    assert None in outcomes
    assert any(outcomes)


@every_page
def test_the_text_speaks_of_those_who_are_in_its_runs(page):
    seen = {record.node for recipe in recipes_of(page, "run", "knob") for record in recorded(recipe).trace}
    shown = " ".join(fence.text for fence in fences_of(page) if fence.word not in ("run", "knob"))
    assert not {name for name in PEOPLE.findall(prose_of(page)) if name not in seen and name not in shown}


@every_page
def test_no_two_headings_are_alike(page):
    headings = re.findall(r"^#+ (.*)$", prose_of(page), re.MULTILINE)
    assert len({heading.lower() for heading in headings}) == len(headings), "the second one's anchor would be another"


@every_page
def test_blocks_stand_by_themselves(page):
    lines = text_of(page).split("\n")
    assert not [line for fence in fences_of(page) for line in (lines[fence.first - 1], lines[fence.end]) if line.strip()]


@every_page
def test_code_fits_on_a_page(page):
    assert not [line for fence in fences_of(page) if fence.word in ("python", "text") for line in fence.text.split("\n") if len(line) > 88]


@every_page
def test_every_lesson_has_its_parts(page):
    text = prose_of(page)
    least = 450 if page.stem in SHORT else 1_200
    assert least <= len(re.findall(r"\w[\w'’-]*", text)) <= 2_500
    assert fences_of(page)[0].word == "run", "a lesson opens with the failure"
    assert len(re.findall(r"^\* .*\b(?:19|20)\d\d", text.partition("## Sources")[2], re.MULTILINE)) >= 2
    assert text.count('<details markdown="1">') == text.count("<summary>") == text.count("</details>") >= 3
    if page.stem not in SHORT:
        assert re.findall(r"^## (.*)$", text, re.MULTILINE)[-len(LAST_PARTS) :] == LAST_PARTS


def test_a_lesson_knows_how_small_our_own_solution_is():
    for exercise in catalogue.exercises(ROOT):
        claims = set(re.findall(r"solution\s+has\s+(\d+)\s+lines", text_of(ROOT / exercise.lesson_page)))
        assert claims <= {str(lines_of_code(exercise.solution / exercise.stub.name))}, exercise.lesson_page


def test_every_exercise_has_a_lesson_with_the_sections_that_its_checks_name():
    for exercise in catalogue.exercises(ROOT):
        page = ROOT / exercise.lesson_page
        assert page.is_file(), exercise.lesson_page
        assert not {check.anchor for check in exercise.checks} - {f"#{anchor}" for anchor in anchors(text_of(page))}
