"""Where everything stands in a space-time diagram: nodes are columns, time runs down, one row for each thing that happens.

Pure functions from a trace to numbers and texts; `svg` draws them. Rows are evenly spread, because in a distributed run the
order is the story and the milliseconds are a footnote (they are written beside the row).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from itertools import pairwise

from harness.report.arrows import Arrows, lost_at_once
from harness.report.cause import EFFECTS, Moment, moments, sides_of
from harness.report.picture import BOTTOM, EDGE, GAP, GUTTER, NARROW_GAP, ROW, TOP, WIDE_GAP, Band, Life, Picture, Step
from harness.report.words import clean, fields_shown, groups_of, happening, key_of, lost, said, shown, timer_of, write_of
from harness.trace import Record, Trace


def columns_of(trace: Trace, shown_records: Collection[int]) -> dict[str, int]:
    """Return the x of everybody's life line: nodes in the order they start, then clients."""
    nodes = [record.node for _, record in trace.of("start")]
    others: list[str] = []
    seen = set()
    for index, (_, kind, node, _, other, _) in enumerate(trace.records):
        if index in shown_records and node:
            both = [node, *([other] if kind in ("send", "deliver") else other[:1] if kind == "lose" else [])]
            others += both
            seen |= set(both)
    names = [name for name in dict.fromkeys(nodes + others) if name in seen]
    gap = WIDE_GAP if len(names) < 3 else GAP if len(names) < 7 else NARROW_GAP
    return {name: GUTTER + 26 + gap * place for place, name in enumerate(names)}


def layout(trace: Trace, shown_records: Collection[int], proof: Collection[int] = ()) -> Picture:
    """Return the picture of some of a trace's records.

    Args:
        trace: the run.
        shown_records: places of the records to show.
        proof: places of the records that break the promise.
    """
    columns = columns_of(trace, shown_records)
    steps = list(_steps(trace, set(shown_records), set(proof), columns))
    bottom = (steps[-1].y if steps else TOP) + _height(steps[-1] if steps else None)
    arrows = Arrows(trace, columns, steps, set(shown_records), set(proof)).all()
    lives = tuple(life for name in columns for life in _lives(trace, name, columns[name], steps, bottom))
    width = max(columns.values(), default=GUTTER) + EDGE
    return Picture(
        width,
        bottom + BOTTOM,
        tuple(columns.items()),
        tuple(steps),
        tuple(arrows),
        lives,
        tuple(_bands(trace, columns, steps, bottom)),
        trace.header.get("timed", True),
    )


# --- rows ---


def _steps(trace: Trace, shown_records: set[int], proof: set[int], columns: dict[str, int]) -> Iterator[Step]:
    y, number, started = TOP, 0, set[str]()
    timed, last_x = trace.header.get("timed", True), max(columns.values(), default=0)
    for moment in moments(trace):
        record = moment.record
        records = tuple(index for index in (moment.index, *moment.effects) if index in shown_records)
        first_start = record.kind == "start" and record.node not in started
        started |= {record.node} if record.kind == "start" else set()
        if not records or lost_at_once(trace, moment.index) or (first_start and not proof.intersection(records)):
            continue
        number += 1
        writes = [trace[index] for index in records if trace.records[index][1] in ("write", "commit")]
        when = f"{record.time_ms} ms" if timed else ""
        text = _text(trace, moment, first_start) + "".join(f"; {record.node} {write_of(write)}" for write in writes)
        step = Step(
            number,
            y + ROW,
            columns.get(record.node) if record.kind not in ("cut", "heal") else None,
            "restart" if record.kind == "start" and not first_start else record.kind,
            when,
            text,
            _label(record, first_start),
            clean(", ".join(map(_written, writes)), 18),
            tuple(fields_shown(record.data)),
            bool(proof.intersection(records)),
            columns.get(record.node) == last_x and len(columns) > 1,
            records,
        )
        yield step
        y += _height(step)


def _height(step: Step | None) -> int:
    return ROW + (14 if step and step.writes else 0) + (20 if step and step.broken else 0)


def _text(trace: Trace, moment: Moment, first_start: bool) -> str:
    record = moment.record
    if record.kind in ("deliver", "lose"):
        sender = record.other if record.kind == "deliver" else record.other[0]
        told = f"{sender} → {record.node}: {said(record.data, sender, record.node)}"
        return told if record.kind == "deliver" else f"{told}: {lost(record)}"
    if record.kind == "send":
        return f"{record.node} asks {record.other}: {said(record.data, record.node, record.other)}"
    if record.kind == "start" and not first_start:
        return f"{record.node} restarts with only its disk"
    if record.kind == "crash" and record.data is not None:
        before = [entry for entry in range(moment.index) if trace.records[entry][2] == record.node]
        kept = [trace[entry] for entry in before[len(before) - record.number :]]
        return happening(record, [effect for effect in kept if effect.kind in EFFECTS])
    return happening(record)


def _label(record: Record, first_start: bool) -> str:
    labels: dict[str, Callable[[], str]] = {
        "fire": lambda: timer_of(record),
        "start": lambda: "start" if first_start else "restart",
        "crash": lambda: "crash" if record.data is None else f"crash, {record.number} of {record.data} done",
        "pause": lambda: "pause",
        "step": lambda: f"clock {record.number:+d} ms",
        "cut": lambda: f"cut {groups_of(record)}",
        "heal": lambda: f"healed {groups_of(record)}",
        "call": lambda: f"{record.other} → {shown(record.data[1], 16)}",
    }
    return clean(labels[record.kind](), 40 if record.kind in ("cut", "heal") else 24) if record.kind in labels else ""


def _written(record: Record) -> str:
    return key_of(record.other) if record.kind == "write" else " + ".join(key_of(key) for key, _ in record.data)


# --- life lines and partitions ---

_STATES = {"start": "up", "crash": "down", "pause": "paused", "resume": "up"}


def _lives(trace: Trace, name: str, x: int, steps: list[Step], bottom: int) -> Iterator[Life]:
    state = "up" if any(record.node == name for _, record in trace.of("start", "call")) else "client"
    y = TOP
    for step in steps:
        _, kind, node, *_ = trace.records[step.records[0]]
        if node == name and kind in _STATES:
            yield Life(x, y, step.y, state)
            y, state = step.y, _STATES[kind]
    yield Life(x, y, bottom, state)


def _bands(trace: Trace, columns: dict[str, int], steps: list[Step], bottom: int) -> Iterator[Band]:
    healed = {step.records[0] for step in steps if step.kind == "heal"}
    for step in steps:
        if step.kind != "cut":
            continue
        groups = trace[step.records[0]].other
        end = next((other for other in steps if other.number > step.number and other.records[0] in healed
                    and trace[other.records[0]].other == groups), None)  # fmt: skip
        if end is not None:
            healed.discard(end.records[0])
        yield Band(step.y - 12, end.y if end else bottom, step.label, _walls(sides_of(groups), columns))


def _walls(sides: tuple[tuple[str, ...], ...], columns: dict[str, int]) -> tuple[int, ...]:
    """Return the x between neighbouring columns that stand on different sides."""
    side = {name: place for place, names in enumerate(sides) for name in names}
    known = [(name, x) for name, x in columns.items() if name in side]
    return tuple((x + other_x) // 2 for (name, x), (other, other_x) in pairwise(known) if side[name] != side[other])
