"""How fast the harness is, beside yardsticks measured in the same run: ratios travel between machines, seconds do not.

A row is a function marked `@row`, in one of the modules below; it yields figures. `python -m harness.bench` runs them all,
`python -m harness.bench mesh` those whose names contain `mesh`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a row.

    Args:
        what: what was measured.
        value: the number.
        unit: e.g. `deliveries/s`.
        to_reach: what `docs/performance.md` asks for, in words; empty for a yardstick.
    """

    what: str
    value: float
    unit: str
    to_reach: str = ""


Row = Callable[[], Iterator[Figure]]
ROWS: dict[str, Row] = {}
"""Every row by name, in the order they are written."""


def row(measure: Row) -> Row:
    """Register a function that yields figures; its docstring's first line is the row's title."""
    ROWS[measure.__name__] = measure
    return measure


def timed(act: Callable[[], Result], times: int = 3) -> tuple[float, Result]:
    """Return the seconds of the fastest of several runs, the one that others disturbed least, and what it returned."""
    best, result = float("inf"), None
    for _ in range(times):
        result = None  # what the last run made is given back before the clock starts
        started = time.process_time()
        result = act()
        best = min(best, time.process_time() - started)
    assert result is not None
    return best, result
