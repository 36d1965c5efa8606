"""Draws a `Picture` as SVG. Shapes, dashes and words say everything that colours say. Every text is escaped here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from math import hypot

from harness.report.arrows import beside, verdict_y
from harness.report.picture import ROW, TOP, Arrow, Band, Life, Picture, Step

RADIUS = 5


def svg(picture: Picture, name: str, title: str, numbers: Mapping[int, str]) -> str:
    """Return one `<svg>` element.

    Args:
        picture: what to draw.
        name: a prefix that makes the ids of this drawing unique on its page.
        title: what it shows, for those who do not see it.
        numbers: what stands beside a row.
    """
    parts = [
        f'<svg class="dsr-svg" viewBox="0 0 {picture.width} {picture.height}" style="--w:{picture.width}px" '
        f'role="img" aria-label="{escape(title)}">',
        f'<defs><pattern id="{name}-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<line class="hatch" x1="0" y1="0" x2="0" y2="6"/></pattern></defs>',
        f'<rect class="cursor" x="2" y="{TOP}" width="{picture.width - 4}" height="{ROW - 8}" rx="8"/>',
        *(_band(band, picture.width, name) for band in picture.bands),
        *(_life(life, name) for life in picture.lives),
        _text("when", 40, 42, "ms") if picture.timed else "",
        *(_head(node, x) for node, x in picture.columns),
        *(_arrow(arrow, "".join(_line(arrow))) for arrow in picture.arrows),
        *(_arrow(arrow, _text("label", arrow.label_x, arrow.label_y, arrow.label, "middle")) for arrow in picture.arrows),
        *(_step(step, numbers.get(step.number, "")) for step in picture.steps),
        "</svg>",
    ]
    return "\n".join(parts)


def _text(kind: str, x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'


def _head(node: str, x: int) -> str:
    short = node if len(node) <= 13 else node[:12] + "…"
    half = max(len(short) * 4.2 + 12, 24)
    return (
        f'<g class="head"><title>{escape(node)}</title><rect x="{x - half:g}" y="22" width="{2 * half:g}" height="30" rx="15"/>'
        f"{_text('name', x, 42, short, 'middle')}</g>"
    )


def _life(life: Life, name: str) -> str:
    line = f'<line class="life {life.state}" x1="{life.x}" y1="{life.y1 - (26 if life.y1 == TOP else 0)}" x2="{life.x}" y2="{life.y2}"/>'
    if life.state != "paused":
        return line
    box = f'x="{life.x - 6}" y="{life.y1}" width="12" height="{life.y2 - life.y1}"'
    return f'{line}<rect class="hold" {box} rx="3"/><rect {box} rx="3" fill="url(#{name}-hatch)"/>'


def _band(band: Band, width: int, name: str) -> str:
    walls = "".join(f'<line class="wall" x1="{x}" y1="{band.y1}" x2="{x}" y2="{band.y2}"/>' for x in band.walls)
    box = f'x="68" y="{band.y1}" width="{width - 78}" height="{band.y2 - band.y1}"'
    return f'<g class="band"><title>{escape(band.label)}</title><rect {box} rx="6"/>{walls}</g>'


def _arrow(arrow: Arrow, part: str) -> str:
    """Return a part of an arrow: its line, or its label, which no other arrow's line may cross."""
    kind = f"msg {arrow.fate}{' broken' if arrow.broken else ''}"
    return f'<g class="{kind}" data-step="{arrow.step}"><title>{escape(arrow.told)}</title>{part}</g>'


def _line(arrow: Arrow) -> Iterator[str]:
    """Yield an arrow's line and its tip: a filled head if it arrives, a cross if it is lost, an open end if nobody knows."""
    if arrow.x1 == arrow.x2:
        side = arrow.x1 + 40
        curve = f"M{arrow.x1:g} {arrow.y1:g} C{side:g} {arrow.y1:g} {side:g} {arrow.y2:g} {arrow.x2 + 9:g} {arrow.y2:g}"
        yield f'<path class="line" d="{curve}"/>'
        dx, dy = -1.0, 0.0
    else:
        size = hypot(arrow.x2 - arrow.x1, arrow.y2 - arrow.y1)
        dx, dy = (arrow.x2 - arrow.x1) / size, (arrow.y2 - arrow.y1) / size
    tip_x, tip_y = arrow.x2 - dx * arrow.short, arrow.y2 - dy * arrow.short
    if arrow.x1 != arrow.x2:
        yield f'<line class="line" x1="{arrow.x1:g}" y1="{arrow.y1:g}" x2="{tip_x:.1f}" y2="{tip_y:.1f}"/>'
    if arrow.fate == "lost":
        yield f'<path class="cross" d="M{tip_x - 6:.1f} {tip_y - 6:.1f}l12 12m0 -12l-12 12"/>'
        return
    left = f"{tip_x - dx * 10 - dy * 4.5:.1f},{tip_y - dy * 10 + dx * 4.5:.1f}"
    right = f"{tip_x - dx * 10 + dy * 4.5:.1f},{tip_y - dy * 10 - dx * 4.5:.1f}"
    yield f'<polygon class="tip" points="{tip_x:.1f},{tip_y:.1f} {left} {right}"/>'


def _step(step: Step, number: str) -> str:
    kind = f"step is-{step.kind}{' broken' if step.broken else ''}"
    inner = [f"<title>{escape(step.text)}</title>", f'<rect class="hit" x="0" y="{step.y - 19}" width="66" height="38"/>']
    inner.append(_text("number", 36, step.y + 4, number, "end") if number else "")
    inner.append(_text("when", 40, step.y + 4, step.when.removesuffix(" ms")) if step.when else "")
    if step.x is None:
        inner.append(_text("label", 80, step.y + 4, step.label))
    else:
        inner += _at_node(step, step.x)
    return f'<g class="{kind}" data-step="{step.number}">{"".join(inner)}</g>'


def _at_node(step: Step, x: int) -> Iterator[str]:
    side, anchor = (-1, "end") if step.left else (1, "start")
    if step.broken:
        yield f'<circle class="ring" cx="{x}" cy="{step.y}" r="11"/><circle class="ring" cx="{x}" cy="{step.y}" r="15"/>'
    yield _shape(step.kind, x, step.y)
    if step.label:
        yield _text("label", x + side * beside(step), step.y - 8, step.label, anchor)
    if step.writes:
        yield f'<rect class="disk" x="{x + side * 17 - 4}" y="{step.y + 12}" width="8" height="8"/>'
        yield _text("disk-label", x + side * 26, step.y + 20, step.writes, anchor)
    if step.broken:
        yield _text("verdict", x + side * 15, verdict_y(step), "✗ breaks here", anchor)


def _shape(kind: str, x: int, y: int) -> str:
    """Return the sign of an event: a dot for a message, a diamond for a timer, a barred square for a crash, a triangle for a start."""
    if kind == "fire":
        return f'<path class="dot" d="M{x} {y - 7}l7 7l-7 7l-7 -7z"/>'
    if kind == "crash":
        return f'<path class="stop" d="M{x - 8} {y - 8}h16v16h-16z"/><path class="cross" d="M{x - 5} {y - 5}l10 10m0 -10l-10 10"/>'
    if kind in ("restart", "start"):
        return f'<path class="open" d="M{x - 7} {y - 5}h14l-7 11z"/>'
    if kind in ("pause", "resume"):
        return f'<path class="bar" d="M{x - 9} {y}h18"/>'
    if kind == "step":
        return f'<circle class="open" cx="{x}" cy="{y}" r="7"/><path class="hand" d="M{x} {y - 4}v4h3"/>'
    return "" if kind == "lose" else f'<circle class="dot" cx="{x}" cy="{y}" r="{RADIUS}"/>'
