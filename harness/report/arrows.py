"""Where the messages of a space-time diagram go, and where their labels find room."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from harness.report.cause import sends_of
from harness.report.picture import EDGE, GAP, LABEL_HEIGHT, LETTER, NARROW_GAP, ROW, TOP, WIDE_GAP, Arrow, Step
from harness.report.words import clean, said, title_of
from harness.trace import Record, Trace


@dataclass
class Arrows:
    """Draws every message once for each arrival or loss, and finds a free place for its label."""

    trace: Trace
    columns: dict[str, int]
    steps: list[Step]
    shown_records: set[int]
    proof: set[int]
    taken: list[tuple[float, float, float]] = field(default_factory=list)  # x, y, half width of labels

    def all(self) -> Iterator[Arrow]:
        """Yield the arrows in the order in which they end."""
        rows = {index: step for step in self.steps for index in step.records}
        self.taken = [place for step in self.steps for place in _labels_of(step)]
        sends, told = sends_of(self.trace), set[int]()
        for index in sorted(self.shown_records):
            record = self.trace[index]
            if record.kind in ("deliver", "lose") and (index in rows or lost_at_once(self.trace, index)):
                sender = record.other if record.kind == "deliver" else record.other[0]
                sent = sends.get(record.number, -1)
                told.add(sent)
                proof = sent in self.proof or index in self.proof
                yield self.arrow(record, sender, record.node, rows.get(sent), rows.get(index), proof)
        for index in sorted((self.proof & self.shown_records) - told):
            record = self.trace[index]
            if record.kind == "send":
                yield self.arrow(record, record.node, record.other, rows.get(index), None, True)

    def arrow(self, record: Record, sender: str, to: str, start: Step | None, end: Step | None, broken: bool) -> Arrow:
        """Return the arrow of one message. One that never arrives ends two thirds of the way, half a row below."""
        x1, x2 = float(self.columns[sender]), float(self.columns.get(to, self.columns[sender]))
        y1 = float(start.y if start else TOP)
        y2 = float(end.y if end else y1 + ROW * 0.55)
        fate = "arrives" if record.kind == "deliver" else "lost" if record.kind == "lose" else "unknown"
        if end is None:
            x2 = x1 + (x2 - x1) * 0.66
        gap = abs(x2 - x1) if end is None else min(abs(x2 - x1), WIDE_GAP if len(self.columns) < 3 else GAP)
        label, label_x, label_y = self.labelled(record, x1, y1, x2, y2, gap, max(gap, GAP) if fate == "unknown" else gap, end is None)
        step = (end or start).number if end or start else 1  # type: ignore[union-attr]
        short = 0 if fate != "arrives" else 19 if end and end.broken else 8
        sentence = f"{sender} → {to}: {said(record.data, sender, to)}"
        return Arrow(x1, y1, x2, y2, fate, label, label_x, label_y, sentence, step, broken, short)

    def labelled(
        self, record: Record, x1: float, y1: float, x2: float, y2: float, gap: float, room: float, beyond: bool
    ) -> tuple[str, float, float]:
        """Return an arrow's label and where it stands: if it would cover another label, the name of the message alone will do."""
        for label in dict.fromkeys((_fitting(record, room), _fitting(record, NARROW_GAP))):
            half = len(label) * LETTER / 2
            places = self.places(x1, y1, x2, y2, gap, half, beyond)
            free = [(x, y) for x, y in places if not any(abs(x - a) < half + b and abs(y - c) < LABEL_HEIGHT for a, c, b in self.taken)]
            if free:
                break
        x, y = (free or places)[0]
        self.taken.append((x, y, half))
        return label, x, y

    def places(self, x1: float, y1: float, x2: float, y2: float, gap: float, half: float, beyond: bool) -> list[tuple[float, float]]:
        """Return where a label of this half width may stand: on the last gap of its arrow or, if allowed, beyond its tip."""
        toward = 1 if x2 >= x1 else -1
        places = []
        for share in (0.5, 0.4, 0.6, 0.3, 0.7, 0.8, 0.2):
            x = x2 - toward * gap * share if gap else x2 + 34
            y = y2 - (y2 - y1) * (abs(x2 - x) / abs(x2 - x1) if gap else share) - 5
            places.append((round(x, 1), round(y, 1)))
        if beyond and gap and half < x2 + toward * (half + 8) < max(self.columns.values()) + EDGE - half:
            places += [(round(x2 + toward * (half + 8), 1), round(y2 + down, 1)) for down in (4, -3, 10)]
        return places


def _labels_of(step: Step) -> Iterator[tuple[float, float, float]]:
    """Yield where the labels beside an event stand: (x of the middle, y, half of the width)."""
    side = -1 if step.left else 1
    for text, down in ((step.label, -8), (step.writes and f"[] {step.writes}", 20)):
        half = len(text) * LETTER / 2
        if text and step.x is not None:
            yield step.x + side * (beside(step) + half), step.y + down, half
    if step.broken and step.x is not None:
        yield step.x + side * 60, verdict_y(step), 45
    if step.x is not None:
        yield step.x, step.y + 4, 18 if step.broken else 7  # the sign itself, and the double ring around it


def beside(step: Step) -> int:
    """Return how far from its life line an event's label begins: clear of its sign, or of the double ring around it."""
    return 19 if step.broken else 13


def verdict_y(step: Step) -> int:
    """Return where the words stand that say that the promise breaks: below what is written, clear of arrows that leave."""
    return step.y + (42 if step.writes else 40)


def _fitting(record: Record, gap: float) -> str:
    """Return the longest label that fits between two life lines."""
    room = max(int((gap - 22) / LETTER), 8) if gap else 14
    full = title_of(record)
    return full if len(full) <= room else clean(record.name or full, room)


def lost_at_once(trace: Trace, index: int) -> bool:
    """True for the `lose` of a message that never left: it is drawn in the row of its sending."""
    before = trace.records[index - 1] if index else ()
    record = trace.records[index]
    return record[1] == "lose" and bool(before) and before[1] == "send" and before[3] == record[3]
