"""A run as one self-contained web page: the story, a space-time diagram, and a player that steps through it.

The page asks no other server for anything. Its data is JSON in a script element that no browser runs; `player.js` and
`player.css` know nothing of a particular run, so a site with many diagrams loads them once and embeds `player(...)` only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files

from harness.errors import Broken
from harness.report.arrows import lost_at_once
from harness.report.cause import cone_of, last_of
from harness.report.layout import layout
from harness.report.picture import Picture
from harness.report.states import states_of
from harness.report.story import StoryLine, steps_of
from harness.report.svg import svg
from harness.trace import Trace

MOST_RECORDS = 2_000


def diagram(trace: Trace, broken: Broken | None = None, *, title: str, promise: str = "", lines: Sequence[StoryLine] = ()) -> str:
    """Return a whole HTML page.

    Args:
        trace: the run.
        broken: what broke in it; None shows a run in which nothing did.
        title: heading, e.g. the check's title.
        promise: what should have held.
        lines: the story; made from `broken` if left out.
    """
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title)}</title>
<style>
{asset("player.css")}</style>
</head>
<body class="dsr-page">
<main>
{player(trace, broken, title=title, promise=promise, lines=lines)}
</main>
<script>
{asset("player.js")}</script>
</body>
</html>
"""


def player(
    trace: Trace,
    broken: Broken | None = None,
    *,
    title: str,
    promise: str = "",
    lines: Sequence[StoryLine] = (),
    name: str = "run",
    level: int = 1,
) -> str:
    """Return the part of the page that a site embeds. Arguments as for `diagram`, and:

    Args:
        name: makes its ids unique there.
        level: of its heading, 1 to 5.
    """
    lines = lines or (steps_of(trace, broken) if broken else ())
    views = views_of(trace, broken)
    pictures = {view: layout(trace, records, broken.proof if broken else ()) for view, records in views.items()}
    data = {view: _steps_data(trace, picture) for view, picture in pictures.items()}
    first = next(iter(pictures))
    rows = {view: _rows(picture, trace) for view, picture in pictures.items()}
    numbers = {view: _numbers(lines, rows[view], picture) for view, picture in pictures.items()}
    return "\n".join(
        [
            f'<section class="dsr-player" aria-label="{escape(title)}">',
            "<header>",
            f'<h{level} class="title">{escape(title)}</h{level}>' if title else "",
            f'<p class="promise"><b>Promised</b> {escape(promise)}</p>' if promise else "",
            f'<p class="verdict"><b>Broken</b> {escape(broken.text)}</p>' if broken else "",
            "</header>",
            '<div class="sides">',
            '<div class="drawing">',
            _switch(views, trace),
            *(_view(view, picture, f"{name}-{view}", title, numbers[view], view != first) for view, picture in pictures.items()),
            _legend(pictures.values()),
            "</div>",
            PANEL.format(most=len(pictures[first].steps)),
            _story(lines, rows[first]),
            "</div>",
            f'<script type="application/json" class="dsr-data">{embedded(data)}</script>',
            "</section>",
        ]
    )


def asset(name: str) -> str:
    """Return the text of `player.js` or `player.css`."""
    return (files("harness.report") / name).read_text(encoding="utf-8")


def embedded(data: object) -> str:
    """Return JSON that can stand inside a script element whatever strings it holds."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def coded(text: str) -> str:
    """Return text as HTML, with what stands in backquotes as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def views_of(trace: Trace, broken: Broken | None) -> dict[str, set[int]]:
    """Return which records each view shows: what led to the broken promise, and everything (of a long run, the part around it)."""
    end = max(len(trace) if broken is None else last_of(trace, broken) + 1, min(len(trace), MOST_RECORDS))
    everything = set(range(max(end - MOST_RECORDS, 0), end))
    if broken is None:
        return {"all": everything}
    cone = cone_of(trace, broken)
    return {"cone": set(sorted(cone)[-MOST_RECORDS:]), "all": everything} if everything - cone else {"all": everything}


def _steps_data(trace: Trace, picture: Picture) -> list[dict[str, object]]:
    states = states_of(trace, [max(step.records) for step in picture.steps])
    return [
        {"y": step.y, "when": step.when, "text": step.text, "facts": step.facts, "broken": step.broken, "state": state}
        for step, state in zip(picture.steps, states, strict=True)
    ]


def _rows(picture: Picture, trace: Trace) -> dict[int, int]:
    """Return which row shows a record: that of its event, and a message that is lost at once that of its sending."""
    rows = {index: step.number for step in picture.steps for index in step.records}
    return rows | {index + 1: row for index, row in rows.items() if index + 1 < len(trace) and lost_at_once(trace, index + 1)}


def _row_of(line: StoryLine, rows: Mapping[int, int]) -> int | None:
    return next((rows[index] for index in line.records if index in rows), None)


def _numbers(lines: Sequence[StoryLine], rows: Mapping[int, int], picture: Picture) -> dict[int, str]:
    """Return what stands beside each row: the lines of the story that tell it, or without a story its place."""
    if not lines:
        return {step.number: str(step.number) for step in picture.steps}
    told: dict[int, list[int]] = {}
    for line in lines:
        row = _row_of(line, rows)
        if line.number and row is not None:
            told.setdefault(row, []).append(line.number)
    return {row: str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}–{numbers[-1]}" for row, numbers in told.items()}


def _story(lines: Sequence[StoryLine], rows: Mapping[int, int]) -> str:
    if not lines:
        return ""
    items = []
    for line in lines:
        row = _row_of(line, rows)
        mark = ' <b class="mark">✗ breaks here</b>' if line.mark else ""
        if not line.number:
            items.append(f'<li class="gap">{coded(line.text)}</li>')
        elif row is None:
            items.append(f'<li class="aside" value="{line.number}">{coded(line.text)}{mark}</li>')
        else:
            button = f'<button type="button" data-go="{row}">{coded(line.text)}{mark}</button>'
            items.append(f'<li value="{line.number}">{button}</li>')
    return f'<div class="telling">\n<p class="above">What happened</p>\n<ol class="story">\n{chr(10).join(items)}\n</ol>\n</div>'


def _view(view: str, picture: Picture, name: str, title: str, numbers: Mapping[int, str], hidden: bool) -> str:
    steps = "\n".join(f"<li>{coded(f'{step.when}: {step.text}' if step.when else step.text)}</li>" for step in picture.steps)
    about = f"Space-time diagram: {title}. The same as text below the diagram."
    return (
        f'<div class="view" data-view="{view}"{" hidden" if hidden else ""}>\n'
        '<div class="scroll" tabindex="0" role="group" aria-label="Diagram">\n'
        f"{svg(picture, name, about, numbers)}\n</div>\n"
        f"<details><summary>The diagram as text</summary>\n<ol>\n{steps}\n</ol></details>\n</div>"
    )


SIGNS = {
    "deliver": "● a message arrives",
    "call": "● a call",
    "fire": "◆ a timer goes off",
    "lost": "✕ lost",
    "unknown": "dashed: still on its way",
    "crash": "☒ a crash",
    "restart": "▽ a restart",
    "step": "◷ a clock is set",
    "pause": "hatched: paused",
    "cut": "shaded: cut off at the dashed walls",
    "writes": "■ written to disk",
    "broken": "double ring: breaks the promise",
}
"""What the signs of a drawing mean, by what a picture has."""


def _legend(pictures: Iterable[Picture]) -> str:
    """Say what the signs mean that are in the pictures, and no others."""
    there: set[str] = set()
    for picture in pictures:
        there |= {step.kind for step in picture.steps} | {arrow.fate for arrow in picture.arrows}
        there |= {"writes" for step in picture.steps if step.writes} | {"broken" for step in picture.steps if step.broken}
    told = " · ".join(f"<span>{sign}</span>" for kind, sign in SIGNS.items() if kind in there)
    return f'<p class="legend">Time runs down, one line for each machine. {told}</p>'


def _switch(views: dict[str, set[int]], trace: Trace) -> str:
    if len(views) < 2:
        return ""
    part = f" (records {min(views['all']) + 1} to {max(views['all']) + 1} of {len(trace)})" if len(views["all"]) < len(trace) else ""
    return f'<label class="switch"><input type="checkbox" data-all> Show everything that happened{part}</label>'


PANEL = """<div class="panel">
<div class="buttons" role="group" aria-label="Step through the run">
<button type="button" data-to="back" aria-label="One step back">←</button>
<button type="button" data-to="play" aria-label="Play" aria-pressed="false">▶</button>
<button type="button" data-to="on" aria-label="Next step">→</button>
<input type="range" class="scrub" min="0" max="{most}" value="0" aria-label="Event" aria-valuetext="all events">
<button type="button" data-to="none">All</button>
</div>
<div class="now" aria-live="polite"><p class="place">All {most} events</p>
<p class="text">Play it, or step through it with the arrow keys.</p>
<dl class="facts"></dl></div>
<details class="machines"><summary>The machines at this step</summary><dl></dl></details>
</div>"""
