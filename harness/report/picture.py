"""What a space-time diagram consists of: numbers and texts, ready to be drawn. Lengths are in SVG units, about 1 px."""

from __future__ import annotations

from dataclasses import dataclass

GUTTER = 78  # left of the first life line: numbers and times
GAP, WIDE_GAP, NARROW_GAP = 112, 190, 92  # between life lines; wide if there are only two, narrow if there are more than six
EDGE = 52
TOP, ROW, BOTTOM = 64, 46, 24
LETTER = 6.3  # width of one letter of a label
LABEL_HEIGHT = 15


@dataclass(frozen=True, slots=True)
class Step:
    """One row: something that happens to a node, or to the network (`x` is None)."""

    number: int
    y: int
    x: int | None
    kind: str
    when: str
    text: str
    label: str
    writes: str
    facts: tuple[tuple[str, str], ...]
    broken: bool
    left: bool
    records: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Arrow:
    """A message from a point to a point, its tip `short` of it. `fate` is `arrives`, `lost` or `unknown` (still on its way)."""

    x1: float
    y1: float
    x2: float
    y2: float
    fate: str
    label: str
    label_x: float
    label_y: float
    told: str
    step: int
    broken: bool
    short: int


@dataclass(frozen=True, slots=True)
class Life:
    """A stretch of a life line: `up`, `down`, `paused`, or `client`."""

    x: int
    y1: int
    y2: int
    state: str


@dataclass(frozen=True, slots=True)
class Band:
    """A partition while it lasts, with walls between the columns that it separates."""

    y1: int
    y2: int
    label: str
    walls: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything to draw."""

    width: int
    height: int
    columns: tuple[tuple[str, int], ...]
    steps: tuple[Step, ...]
    arrows: tuple[Arrow, ...]
    lives: tuple[Life, ...]
    bands: tuple[Band, ...]
    timed: bool
