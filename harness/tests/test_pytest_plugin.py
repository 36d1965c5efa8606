"""Plain pytest does what a student expects: stories instead of tracebacks, and an exact last word."""

import pytest

from harness.tests.course_copy import copy_of_the_course


@pytest.fixture
def course(tmp_path):
    return copy_of_the_course(tmp_path)


def test_an_untouched_exercise_tells_once_what_to_do(course):
    ran = course.pytest()
    assert ran.status == 1
    assert ran.out.count("Promised:") == 1 and "To do:" in ran.out and "Next:" in ran.out
    assert "00_ping: 0 of 3 public checks hold; 2 hidden ones are decided at grading" in ran.out
    assert "Traceback" not in ran.text and "Error" not in ran.out.replace("NotImplementedError", "")


def test_a_finished_exercise_is_told_exactly(course):
    course.submit(course.reference)
    for args in ([], ["exercises"], ["exercises/00_ping/test_ping.py"]):
        ran = course.pytest(*args)
        assert ran.status == 0
        assert "00_ping: all 3 public checks hold; 2 hidden ones are decided at grading" in ran.out


def test_a_broken_promise_is_a_story_with_its_replay(course):
    course.change("            self.ping(seq)\n", "            pass\n")
    ran = course.pytest()
    assert ran.status == 1 and "What happened:" in ran.out and "course show 00.lost_messages." in ran.out
    assert "2 of 3 public checks hold" in ran.out


def test_one_check_alone_is_not_told_as_all(course):
    course.submit(course.reference)
    ran = course.pytest("exercises/00_ping", "-k", "answered")
    assert ran.status == 0 and "1 of 1 public check that ran holds; there are 3 of them" in ran.out


def test_references_are_tried_by_hidden_and_public_checks(course):
    ran = course.pytest("solutions", "exercises", "--submission", "solutions")
    assert ran.status == 0 and "00_ping: all 3 public checks hold; all 2 hidden checks hold" in ran.out


def test_a_submission_elsewhere_can_be_tried(course):
    ran = course.pytest("exercises/00_ping", "--submission", "solutions/00_ping/wrong/no_retry.py")
    assert ran.status == 1 and "Broken:" in ran.out


def test_a_malformed_catalogue_is_one_sentence(course):
    (course.root / "exercises/00_ping/exercise.toml").write_text("title = [", encoding="utf-8")
    ran = course.pytest()
    assert ran.status != 0 and "exercise.toml is malformed" in ran.text and "INTERNALERROR" not in ran.text


def test_it_works_without_the_hypothesis_plugin_and_on_an_old_console(course):
    course.change("            self.ping(seq)\n", "            pass\n")
    ran = course.python("-m", "pytest", "exercises/00_ping", PYTHONIOENCODING="cp1252", PYTHONUTF8="0")
    assert "->" in ran.out and "\\u" not in ran.out and "INTERNALERROR" not in ran.text


def test_plugins_of_the_students_own_may_warn(course):
    course.submit(course.reference)
    (course.root / "warns.py").write_text(
        "import warnings\n\ndef pytest_configure(config):\n    warnings.warn('set this option')\n"
        "\ndef pytest_runtest_call(item):\n    warnings.warn('old name')\n",
        encoding="utf-8",
    )
    ran = course.pytest("-p", "warns", "exercises/00_ping")
    assert ran.status == 0 and "all 3 public checks hold" in ran.text
