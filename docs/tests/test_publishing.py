"""The site's source: blocks become runs, links lead to pages, and an exercise appears without being named anywhere."""

import shutil
from pathlib import Path

import pytest

from docs.publishing import zoo_page
from docs.publishing.fences import Runs, blocks
from docs.publishing.links import relinked
from docs.publishing.pages import Site
from harness import catalogue
from harness.errors import Misuse
from harness.proving.results import digest_of

ROOT = Path(__file__).parents[2]

FAILING = """```run
exercise = "05"
program = "wrong/e24_answers_before_saving"
check = "vote_survives"
```"""

CALM = '''```run
exercise = "05"
title = "Calm"
code = """
ids = ("ada", "bob", "cat")
world = World(electors(submission, ids), 1, until_ms=400)
properties = (OneVotePerTerm(ids),)
"""
```'''


@pytest.fixture
def runs(tmp_path):
    return Runs(ROOT, tmp_path)


def test_a_block_becomes_the_run_that_it_names(runs):
    html = runs.filled(f"# Before\n\n{FAILING}\n\nafter", "page.md")
    assert "```" not in html and html.startswith("# Before\n") and html.endswith("\nafter")
    assert 'class="dsr-player"' in html and "votes twice in term 1" in html and "✗ breaks here" in html
    inside = html[html.index('<div class="dsr-run"') : html.rindex("</div>")]
    assert "\n\n" not in inside, "Markdown would end the HTML at a blank line"


def test_a_block_may_describe_a_world_of_its_own(runs):
    html = runs.filled(CALM, "page.md")
    assert "Heartbeat(1)" in html and "breaks here" not in html


def test_a_finished_run_is_kept_until_the_block_changes(runs, monkeypatch):
    first = runs.filled(CALM, "page.md")
    monkeypatch.setattr(Runs, "made", lambda *_: pytest.fail("it was run again"))
    assert Runs(ROOT, runs.kept).filled(CALM, "page.md") == first
    with pytest.raises(pytest.fail.Exception):
        Runs(ROOT, runs.kept).filled(CALM.replace("Calm", "Calmer"), "page.md")


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (FAILING.replace("check", "chek"), "unknown entry 'chek'"),
        (FAILING.replace("wrong/e24_answers_before_saving", "wrong/nobody"), "has no program 'wrong/nobody'"),
        (FAILING.replace('program = "wrong/e24_answers_before_saving"\n', ""), "expected a run that breaks the promise, got pass"),
        (FAILING.replace("\n```", "\npasses = true\n```"), "expected a run that holds, got wrong"),
        (CALM.replace("world =", "word ="), "has to set `world`"),
        (CALM.replace("```run", "```knob"), "a knob needs `values`"),
        ("```run\nexercise = \n```", "Invalid value"),
    ],
)
def test_a_block_that_says_something_else_than_its_run_is_refused_by_page_and_line(runs, block, said):
    with pytest.raises(Misuse, match=r"^page\.md:3: ") as refused:
        runs.filled(f"\n\n{block}", "page.md")
    assert said in str(refused.value)


def test_a_block_shown_inside_another_one_is_left_alone(runs):
    text = f"````\n{FAILING}\n````"
    assert runs.filled(text, "page.md") == text
    assert [block.word for block in blocks(text.split("\n"))] == [""]


def test_links_between_files_lead_to_their_pages():
    text = "[a](../exercises/05_quorum_election/README.md#x) [b](../CONTRIBUTING.md) [c](design.md) [d](https://e.org)\n```\n[e](../CONTRIBUTING.md)\n```"
    found = relinked(text, "docs/index.md", "index.md")
    assert found.startswith("[a](exercises/05_quorum_election.md#x) [b](contributing.md) [c](design.md) [d](https://e.org)")
    assert found.endswith("[e](../CONTRIBUTING.md)\n```")
    assert relinked("[a](../../docs/lessons/x.md#y)", "exercises/05_a/README.md", "exercises/05_a.md") == "[a](../lessons/x.md#y)"


def test_an_exercise_appears_without_being_named_anywhere(tmp_path):
    for name in ("docs/index.md", "CONTRIBUTING.md", "pyproject.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("# Home\n\n<!-- here: every exercise -->\n" if name.endswith("index.md") else "# Contributing\n")
    for slug in ("06_lamport_clock", "12_again"):
        shutil.copytree(ROOT / "exercises" / "06_lamport_clock", tmp_path / "exercises" / slug)
    site = Site(tmp_path, tmp_path / "build")
    site.write()
    assert {"exercises/06_lamport_clock.md", "exercises/12_again.md"} <= site.pages.keys()
    assert "exercises/12_again.md" in str(site.navigation())
    assert "(exercises/12_again.md)" in site.pages["index.md"]
    there = {path.name for path in (tmp_path / "build/pages/exercises/12_again").iterdir()}
    assert {"lamport_clock.py", "lamport_clock_protocol.py", "test_lamport_clock.py", "lamport_clock.ipynb"} == there


def measured(exercise, **parts):
    checks = {
        "wrong": 3,
        "killed": 2,
        "right": 4,
        "passed": 4,
        "seed_families": 20,
        "scenarios": 1000,
        "surroundings": ["Python 3.11, PYTHONHASHSEED=0", "Python 3.12, PYTHONHASHSEED=0"],
        "shortcomings": ["survives: x"],
        "allowed": {"e06_counts": "E06: counts."},
        "diagnosis": {"runs": 40, "named": 30, "one_of_two": 6, "silent": 3, "misnamed": 1},
        "stories": {"e01": 1.0, "e02": 2.0, "e03": 1.5},
    }
    mutants = {"mutants": 21, "killed": 19, "equivalent": {"0 -> 1": "counts may start anywhere"}, "unjudged": ["line 9: 1 -> 2"]}
    return {exercise.slug: {"checks": {"of": digest_of(exercise), **checks}, "mutants": {"of": digest_of(exercise), **mutants}} | parts}


def test_the_page_of_results_says_what_was_measured_and_what_falls_short(monkeypatch):
    exercise, other = catalogue.exercise("05"), catalogue.exercise("06")
    monkeypatch.setattr(zoo_page, "known", lambda root: measured(exercise))
    text = zoo_page.tables((exercise, other))
    assert "| 2 of 3 | 4 of 4 | 19 of 20 | 90% | 1.5 |" in text
    assert "Falls short: survives: x" in text and "not judged yet: `line 9: 1 -> 2`" in text and "at worst 2 (`e02`)" in text
    assert "`0 -> 1`, because counts may start anywhere" in text and "Looks wrong and is not: `e06_counts`" in text
    assert zoo_page.OLD not in text and text.count("not measured yet") == 3 and text.endswith("Not measured yet.")


def test_the_page_of_results_says_if_programs_have_changed_since(monkeypatch):
    exercise = catalogue.exercise("05")
    old = measured(exercise)
    old[exercise.slug]["mutants"]["of"] = "another digest"
    monkeypatch.setattr(zoo_page, "known", lambda root: old)
    assert f"The mutants were {zoo_page.OLD}." in zoo_page.tables((exercise,))
    assert "The checks were" not in zoo_page.tables((exercise,))
