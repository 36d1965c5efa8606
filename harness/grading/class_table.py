"""A class at a glance: a spreadsheet, and a page with a heat map of checks and submissions and what many believe wrongly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape

from harness.catalogue import Exercise
from harness.grading.channels.table import rows_as_csv
from harness.grading.channels.text import identity, line
from harness.grading.collect import Verdict
from harness.grading.verdicts import Mark, Report

SIGNS = {
    **{"pass": "✓", "not_attempted": "·", "not_handed_in": "–", "bad_file": "∅", "load_error": "∅", "wrong": "✗"},
    **{"infra": "?", "inconclusive": "?"},
}
OTHER = "!"
MOST_MISCONCEPTIONS = 20

STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 2rem; max-width: none; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { padding: .15rem .4rem; text-align: center; }
tbody th, td.text { text-align: left; font-weight: normal; white-space: nowrap; }
thead th.check { writing-mode: vertical-rl; transform: rotate(180deg); font-weight: normal; text-align: left; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
td.mark { width: 1.6em; border: 1px solid #8884; color: #000; }
td.pass { background: #9ad3a6; } td.wrong { background: #f0a79a; } td.not_attempted { background: #e6e6e6; }
td.not_handed_in { color: inherit; }
td.bad_file, td.load_error { background: #d3c3e6; } td.infra, td.inconclusive { background: #f6e08a; } td.other { background: #f2bd7c; }
tr.again th, tr.flag th { font-weight: bold; }
"""


def class_csv(verdicts: Sequence[Verdict], exercises: Sequence[Exercise]) -> str:
    """Return a row per submission: points, standing, points per exercise, a verdict per check.

    One that must be run again has no points, not zero points. Bonus points are apart from the others.
    """
    checks = [(exercise, check) for exercise in exercises for check in exercise.checks]
    header = ["submission", "points", "of", "bonus", "standing", *(exercise.slug for exercise in exercises)]
    header += [f"{exercise.number}.{check.id}" for exercise, check in checks]
    return rows_as_csv(header, [_row(verdict, exercises) for verdict in verdicts])


def _row(verdict: Verdict, exercises: Sequence[Exercise]) -> list[str | int]:
    of = sum(exercise.points for exercise in exercises)
    if verdict.report is None:
        return [verdict.name, "", of, "", standing(verdict)]
    total: str | int = "" if verdict.unfinished else verdict.report.score
    sums: list[str | int] = []
    for exercise in exercises:
        marks = verdict.report.of(exercise.slug)
        sums.append("" if any(mark.verdict == "infra" for mark in marks) else sum(mark.points for mark in marks))
    undecided = any(mark.verdict == "infra" for mark in verdict.report.bonus)
    bonus: str | int = "" if undecided else sum(mark.points for mark in verdict.report.bonus)
    return [verdict.name, total, of, bonus, standing(verdict), *sums, *(mark.verdict for mark in verdict.report.marks)]


def standing(verdict: Verdict) -> str:
    """Return what a teacher must know of a submission besides its marks."""
    if verdict.report is None:
        return f"run again: {verdict.trouble}"
    if verdict.report.infra:
        return "; ".join(["run again: the grader itself failed", *(f"note: {note}" for note in verdict.report.notes)])
    said = [] if verdict.report.authoritative else [f"not authoritative: isolation level {verdict.report.level}"]
    return "; ".join([*said, *verdict.flags, *(f"note: {note}" for note in verdict.report.notes)])


def class_html(verdicts: Sequence[Verdict], exercises: Sequence[Exercise]) -> str:
    """Return a page that needs nothing but itself; every word of a submission in it is text."""
    graded = [verdict for verdict in verdicts if not verdict.unfinished]
    parts = [
        f"<h1>{len(verdicts)} submissions</h1>",
        f"<p>To be run again: {len(verdicts) - len(graded)}. Claiming other marks: {sum(bool(each.flags) for each in verdicts)}.</p>",
        "<p>✓ holds, ✗ does not, ! ends in an error, · not written yet, – not handed in, ∅ cannot be read, "
        "? to be run again. Point at a cell for more.</p>",
        _heat_map(verdicts, exercises),
        _beliefs(graded),
        _remarks(verdicts),
    ]
    body = "\n".join(parts)
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Class table</title><style>{STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n{body}\n</body></html>\n'


def _heat_map(verdicts: Sequence[Verdict], exercises: Sequence[Exercise]) -> str:
    groups = "".join(f'<th colspan="{len(each.checks)}">{_text(each.number)}</th>' for each in exercises if each.checks)
    names = "".join(f'<th class="check">{_text(check.id)}</th>' for each in exercises for check in each.checks)
    rows = [_line(verdict, exercises) for verdict in verdicts]
    head = f"<tr><th></th><th></th>{groups}</tr><tr><th>submission</th><th>points</th>{names}</tr>"
    shares = "".join(_share(verdicts, each, check.id) for each in exercises for check in each.checks)
    held = f'<tr><th scope="row">held by</th><td></td>{shares}</tr>'
    return f'<div class="scroll"><table><thead>{head}</thead><tbody>{"".join(rows)}</tbody><tfoot>{held}</tfoot></table></div>'


def _line(verdict: Verdict, exercises: Sequence[Exercise]) -> str:
    kind = "again" if verdict.unfinished else "flag" if verdict.flags else ""
    points = "" if verdict.unfinished or verdict.report is None else _with_bonus(verdict.report)
    first = f'<th scope="row" title="{_text(standing(verdict))}">{_text(verdict.name)}</th><td class="number">{points}</td>'
    if verdict.report is None:
        return f'<tr class="{kind}">{first}{"".join("<td></td>" for each in exercises for _ in each.checks)}</tr>'
    return f'<tr class="{kind}">{first}{"".join(_cell(mark) for mark in verdict.report.marks)}</tr>'


def _with_bonus(report: Report) -> str:
    bonus = sum(mark.points for mark in report.bonus)
    return f"{report.score} + {bonus}" if bonus else str(report.score)


def _cell(mark: Mark) -> str:
    kind = mark.verdict if mark.verdict in SIGNS else "other"
    said = f"{identity(mark)}: {mark.verdict.replace('_', ' ')}" + (f". {mark.misconception}" if mark.misconception else "")
    return f'<td class="mark {kind}" title="{_text(said)}">{SIGNS.get(mark.verdict, OTHER)}</td>'


def _share(verdicts: Sequence[Verdict], exercise: Exercise, check: str) -> str:
    marks = [mark for verdict in verdicts if verdict.report for mark in verdict.report.of(exercise.slug) if mark.check == check]
    decided = [mark for mark in marks if mark.verdict != "infra"]
    return f'<td class="number">{sum(mark.verdict == "pass" for mark in decided)}</td>' if decided else "<td></td>"


def _beliefs(graded: Sequence[Verdict]) -> str:
    found: Counter[tuple[str, str]] = Counter()
    for verdict in graded:
        assert verdict.report is not None
        found.update({(mark.exercise, mark.misconception) for mark in verdict.report.marks if mark.misconception})
    ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))[:MOST_MISCONCEPTIONS]
    rows = [
        f'<tr><td class="number">{count}</td><td class="text">{_text(slug)}</td><td class="text">{_text(belief)}</td></tr>'
        for (slug, belief), count in ranked
    ]
    told = f'<div class="scroll"><table><tbody>{"".join(rows)}</tbody></table></div>' if rows else "<p>None was recognised.</p>"
    return f"<h2>What they seem to believe</h2>\n{told}"


def _remarks(verdicts: Sequence[Verdict]) -> str:
    rows = [f"<li><b>{_text(each.name)}</b>: {_text(standing(each))}</li>" for each in verdicts if standing(each)]
    return f"<h2>To look at</h2>\n<ul>{''.join(rows)}</ul>" if rows else ""


def _text(words: str) -> str:
    return escape(line(words))
