"""A failing run told in a few numbered lines: what led to the broken promise, and nothing else.

Every line stands for records of the trace. A line is told if it happened before what broke (see `cause`), or if it is a fault
that touches it. A message is told when it arrives; when it was sent is added if something else happened in between.
"""

from __future__ import annotations

import textwrap
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness.errors import Broken
from harness.report.cause import FAULTS, NOBODY, Moment, cone_of, length, moments, sends_of
from harness.report.words import clean, happening, lost, plain_ascii, said, write_of
from harness.trace import Trace

__all__ = ["StoryLine", "length", "steps_of", "story"]

MOST = 12
IDLE, LOSS, CAUSE, FAULT, PROOF = 0, 1, 2, 3, 4  # what stays when there is too much to tell


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One line of a story.

    Args:
        number: counts the lines from 1; 0 for the line that says how many were left out.
        time_ms: when it happened, in true ms, or the step if the trace is not timed.
        text: what happened, one line of any width.
        mark: `broken` if it is part of what breaks the promise, else empty.
        records: places in the trace of what it tells.
    """

    number: int
    time_ms: int
    text: str
    mark: str = ""
    records: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A line before it is chosen: its rank says how much it matters, `sent` is the place of the sending to mention."""

    line: StoryLine
    rank: int
    sent: int | None = None


def steps_of(trace: Trace, broken: Broken, most: int = MOST) -> list[StoryLine]:
    """Return the story of a broken promise.

    Args:
        trace: the run.
        broken: what broke; its `records` say where to look.
        most: how many lines at most, not counting the one that says what was left out.
    """
    drafts = list(_merged(Teller(trace, broken).drafts()))
    kept = _chosen([draft.rank for draft in drafts], most)
    lines = [replace(drafts[place].line, number=number) for number, place in enumerate(kept, 1)]
    told = [_with_sending(trace, line, drafts[place].sent, lines) for line, place in zip(lines, kept, strict=True)]
    total = len(drafts)
    if broken.by_ms is not None:
        told.append(StoryLine(len(told) + 1, broken.by_ms, "time is up", "broken"))
        kept, total = [*kept, total], total + 1
    return _with_gap(told, kept, total)


def _chosen(ranks: Sequence[int], most: int) -> list[int]:
    """Return the places of what to tell: the proof, then faults (up to half of the lines), then causes, the latest first.

    Of timers that go off for nothing, two do: whoever waits for something looks again and again.
    """
    faults = [place for place, rank in enumerate(ranks) if rank == FAULT]
    crowd = set(faults[: max(len(faults) - most // 2, 0)])
    order = sorted(range(len(ranks)), key=lambda place: (LOSS if place in crowd else ranks[place], place), reverse=True)
    if len(order) > most:
        idle = [place for place in order if ranks[place] == IDLE]
        order = [place for place in order if place not in idle[2:]]
    return sorted(order[:most])


def story(trace: Trace, broken: Broken, *, width: int = 80, most: int = MOST, ascii: bool = False) -> str:
    """Return the story as text, one numbered line per step, marked where the promise breaks; without a line end at its end.

    Args:
        trace: the run.
        broken: what broke.
        width: columns to stay within, at least 40.
        most: how many steps to tell at most.
        ascii: use no character beyond ASCII.
    """
    lines = steps_of(trace, broken, most)
    timed = trace.header.get("timed", True)
    digits = len(str(max((line.number for line in lines), default=0)))
    clock = len(str(max((line.time_ms for line in lines), default=0)))
    text = "\n".join(_laid_out(line, digits, clock if timed else 0, max(width, 40), ascii) for line in lines)
    return plain_ascii(text) if ascii else text


def _laid_out(line: StoryLine, digits: int, clock: int, width: int, ascii: bool) -> str:
    number = f"{line.number:>{digits}}." if line.number else " " * (digits + 1)
    time = "" if not clock else f"{line.time_ms:>{clock}} ms  " if line.number else " " * (clock + 5)
    head = f"{'✗' if line.mark else ' '} {number} {time}"
    text = plain_ascii(line.text) if ascii else line.text
    return textwrap.fill(text, width, initial_indent=head, subsequent_indent=" " * len(head), break_on_hyphens=False)


class Teller:
    """Finds what there is to tell of a run."""

    def __init__(self, trace: Trace, broken: Broken) -> None:
        self.trace = trace
        self.cone = cone_of(trace, broken)
        self.records = set(broken.records)
        self.proof = set(broken.proof)
        self.sends = sends_of(trace)
        self.busy: dict[str, list[int]] = {}  # of each node, the places of its events so far
        self.last: dict[str, Moment] = {}
        self.arrived: set[int] = set()

    def drafts(self) -> Iterator[Draft]:
        """Yield a draft for every event of the cone, in order, and for every sending that breaks the promise."""
        for moment in moments(self.trace):
            records = tuple(index for index in (moment.index, *moment.effects) if index in self.cone)
            if moment.index in self.cone and self.matters(moment, records):
                yield self.draft(moment, records)
            yield from self.sendings(index for index in records if index in self.records)
            if moment.record.kind not in NOBODY:
                self.last[moment.record.node] = moment
                self.busy.setdefault(moment.record.node, []).append(moment.index)

    def matters(self, moment: Moment, records: tuple[int, ...]) -> bool:
        """False for what a reader takes for granted: a first start, the end of a pause, a client about to ask."""
        kind, node = moment.record.kind, moment.record.node
        if kind == "start" and node not in self.last:
            return any(index in self.records and self.trace.records[index][1] != "send" for index in records)
        return kind not in ("resume", "send") or (kind != "send" and moment.index in self.records)

    def draft(self, moment: Moment, records: tuple[int, ...]) -> Draft:
        """Tell a moment: its event, and what it writes to disk."""
        index, record = moment.index, moment.record
        writes = [place for place in moment.effects if place in records and self.trace.records[place][1] in ("write", "commit")]
        told = (index, *writes)
        text = self.event(moment) + "".join(f"; {record.node} {write_of(self.trace[place])}" for place in writes)
        mark = "broken" if self.proof.intersection(told) else ""
        fault = record.kind in FAULTS or record.kind == "start"
        shows = any(self.trace.records[place][1] in ("send", "write", "commit") for place in moment.effects)
        idle = record.kind == "fire" and not shows
        rank = PROOF if self.records.intersection(told) else LOSS if record.kind == "lose" else FAULT if fault else IDLE if idle else CAUSE
        return Draft(StoryLine(0, record.time_ms, text, mark, told), rank, self.sending_to_mention(moment))

    def event(self, moment: Moment) -> str:
        """Say what a moment's event is."""
        record = moment.record
        if record.kind == "deliver":
            again = " (again)" if record.number in self.arrived else ""
            self.arrived.add(record.number)
            return _message(record.other, record.node, said(record.data, record.other, record.node)) + again
        if record.kind == "lose":
            sender = record.other[0]
            return _message(sender, record.node, said(record.data, sender, record.node)) + f": {lost(record)}"
        if record.kind == "start" and record.node in self.last:
            return clean(f"{record.node} restarts with only its disk")
        if record.kind == "crash" and record.data is not None:
            return happening(record, [self.trace[place] for place in self.last[record.node].effects])
        return happening(record)

    def sendings(self, places: Iterator[int]) -> Iterator[Draft]:
        """Yield a line of its own for each sending that a promise is judged by."""
        for index in places:
            record = self.trace[index]
            if record.kind == "send":
                text = _message(record.node, record.other, said(record.data, record.node, record.other)) + " (sent)"
                mark = "broken" if index in self.proof else ""
                yield Draft(StoryLine(0, record.time_ms, text, mark, (index,)), PROOF)

    def sending_to_mention(self, moment: Moment) -> int | None:
        """Return the place of a delivered message's sending, if sender or receiver did something else since."""
        record = moment.record
        sent = self.sends.get(record.number) if record.kind == "deliver" else None
        if sent is None:
            return None
        between = [self.since(name, sent) for name in (record.other, record.node)]
        return sent if any(between) else None

    def since(self, name: str, index: int) -> bool:
        """True if something that is told happened to a node after a place in the trace."""
        places = self.busy.get(name, [])
        return any(place in self.cone for place in places[bisect_right(places, index) :])


def _message(sender: str, to: str, text: str) -> str:
    return f"{clean(sender)} → {clean(to)}  {text}"


def _merged(drafts: Iterator[Draft]) -> Iterator[Draft]:
    """Tell one message that was lost on its way to several nodes in one line: `a → b, c  …: lost`."""
    held: Draft | None = None
    for draft in drafts:
        if held is not None and draft.rank == held.rank == LOSS and _alike(held.line, draft.line):
            names = f"{held.line.text.split('  ')[0]}, {draft.line.text.split('  ')[0].split(' → ')[1]}"
            text = f"{names}  {held.line.text.split('  ', 1)[1]}"
            held = replace(held, line=replace(held.line, text=text, records=held.line.records + draft.line.records))
            continue
        if held is not None:
            yield held
        held = draft
    if held is not None:
        yield held


def _alike(one: StoryLine, other: StoryLine) -> bool:
    (one_names, one_text), (other_names, other_text) = one.text.split("  ", 1), other.text.split("  ", 1)
    same_sender = one_names.split(" → ")[0] == other_names.split(" → ")[0]
    return same_sender and one_text == other_text and one.time_ms == other.time_ms


def _with_sending(trace: Trace, line: StoryLine, sent: int | None, lines: Sequence[StoryLine]) -> StoryLine:
    """Add to a late delivery when it was sent."""
    if sent is None:
        return line
    at_ms = trace.records[sent][0]
    if trace.header.get("timed", True):
        return line if at_ms == line.time_ms else replace(line, text=f"{line.text} (sent at {at_ms} ms)")
    when = next((f"in step {other.number}" for other in lines if _holds(trace, other, sent)), "earlier")
    return replace(line, text=f"{line.text} (sent {when})")


def _holds(trace: Trace, line: StoryLine, sent: int) -> bool:
    """True if a line tells the event whose handler made this sending."""
    node = trace.records[sent][2]
    owner = next((index for index in range(sent, -1, -1) if trace.records[index][2] == node and trace.records[index][1] in _HANDLED), -1)
    return owner in line.records


_HANDLED = ("deliver", "fire", "start")


def _with_gap(lines: list[StoryLine], kept: list[int], total: int) -> list[StoryLine]:
    """Say how many events were left out, where the first of them is missing."""
    missing = total - len(kept)
    if not missing or not lines:
        return lines
    place = next((place for place, draft in enumerate(kept) if draft != place), len(kept))
    together = place == len(kept) or kept[place] == place + missing
    events = f"event{'s' if missing > 1 else ''}"
    where = f"earlier {events}" if not place else f"later {events}" if place == len(kept) else f"{events} in between"
    what = where if together else f"more {events}"
    text = f"(… {missing} {what})"
    near = lines[min(place, len(lines) - 1)]
    return [*lines[:place], StoryLine(0, near.time_ms, text), *lines[place:]]
