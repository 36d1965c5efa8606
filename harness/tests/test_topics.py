"""Every heading and bullet of the outline is enforced by a check, and the page for teachers says by which."""

from harness import catalogue
from harness.cli.topics import BEGIN, END, Coverage, outline, with_table
from harness.tests.course_copy import ROOT

COVERAGE = Coverage(ROOT, catalogue.exercises(ROOT))


def test_every_topic_of_the_outline_has_a_check():
    assert len(COVERAGE.headings) >= 16 and sum(len(heading.topics) for heading in COVERAGE.headings) > 100
    assert COVERAGE.missing() == []


def test_checks_name_only_what_is_in_the_outline():
    assert COVERAGE.unknown() == []


def test_the_page_for_teachers_is_up_to_date():
    page = (ROOT / "docs/teaching.md").read_text(encoding="utf-8")
    assert with_table(page, COVERAGE.table()) == page, "run: course topics --write"


def test_a_topic_without_a_check_is_found():
    none = Coverage(ROOT, [])
    assert len(none.missing()) == sum(1 + len(heading.topics) for heading in outline(ROOT)) and none.unknown() == []
    assert "none yet" in none.table() and "none yet" in with_table(BEGIN + END, none.table())
