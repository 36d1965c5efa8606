"""JUnit XML, which most systems can read: a suite per exercise, a case per check, its points in properties."""

from __future__ import annotations

from xml.etree import ElementTree

from harness.grading.channels.text import feedback, line
from harness.grading.verdicts import Mark, Report

ERRORS = ("load_error", "bad_file", "not_handed_in", "infra")
"""Verdicts that say that a check was not run; `infra` among them, so this is the one channel of marks that can tell it."""


def xml(report: Report) -> str:
    """Return the document."""
    root = ElementTree.Element("testsuites", {"name": line(report.submission), **_counts(report.marks)})
    for slug in dict.fromkeys(mark.exercise for mark in report.marks):
        suite = ElementTree.SubElement(root, "testsuite", {"name": slug, **_counts(report.of(slug))})
        for mark in report.of(slug):
            _case(suite, mark)
    ElementTree.indent(root, " ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _counts(marks: tuple[Mark, ...]) -> dict[str, str]:
    errors = sum(mark.verdict in ERRORS for mark in marks)
    failures = sum(mark.verdict != "pass" for mark in marks) - errors
    return {"tests": str(len(marks)), "failures": str(failures), "errors": str(errors), "skipped": "0", "time": "0"}


def _case(suite: ElementTree.Element, mark: Mark) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname=mark.exercise, name=mark.check, time="0")
    properties = ElementTree.SubElement(case, "properties")
    for key, value in (("points", mark.points), ("max_points", mark.max_points), ("verdict", mark.verdict)):
        ElementTree.SubElement(properties, "property", name=key, value=str(value))
    if mark.verdict != "pass":
        kind = "error" if mark.verdict in ERRORS else "failure"
        ElementTree.SubElement(case, kind, type=mark.verdict, message=line(mark.promise)).text = feedback(mark)
