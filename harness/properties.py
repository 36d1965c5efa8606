"""What a run must be like. Three kinds: `Always` (nothing bad happens), `Sometimes` (something good can happen), and
`Eventually` (something good does happen, in time, once the network has healed).

A do-nothing program keeps every `Always`; pair each with one of the others. All are judged from the trace alone.

    Lamport, "Proving the Correctness of Multiprocess Programs", 1977 (safety and liveness).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from harness.errors import Broken
from harness.trace import Record, Trace


class Always:
    """A safety property as a fold over records, so that both engines can watch it: give it `step`.

    `memory` is a hashable value that says all that matters of the past. `step` returns the next memory or raises `Broken`.
    """

    name = "always"

    initial: Hashable = ()

    def watches(self, record: Record) -> bool:
        """True if `step` wants to see this record. Decided by the record alone."""
        raise NotImplementedError

    def step(self, memory: Any, record: Record, index: int) -> Hashable:
        """Return the memory after `record`, which is the trace's `index`-th, or raise `Broken`."""
        raise NotImplementedError

    def judge(self, trace: Trace) -> None:
        """Raise `Broken` if the property does not hold over the whole trace."""
        memory = self.initial
        for index, record in enumerate(trace):
            if self.watches(record):
                try:
                    memory = self.step(memory, record, index)
                except Broken as broken:
                    broken.records = broken.records or (index,)
                    raise


class Sometimes:
    """Something that must be possible: in a simulation it happens in this run, in an exploration in some order."""

    def __init__(self, name: str, happens: Callable[[Record], bool]) -> None:
        self.name = name
        self.happens = happens

    def judge(self, trace: Trace) -> None:
        """Raise `Broken` if it never happened."""
        if not any(map(self.happens, trace)):
            raise Broken(f"it never happened that {self.name}", code="never")


class Eventually:
    """Something that must happen between `after_ms` and `by_ms` of virtual time. Give generous bounds."""

    def __init__(self, name: str, happens: Callable[[Record], bool], by_ms: int, after_ms: int = 0) -> None:
        self.name = name
        self.happens = happens
        self.by_ms = by_ms
        self.after_ms = after_ms

    def judge(self, trace: Trace) -> None:
        """Raise `Broken` if it did not happen in time."""
        if not any(self.after_ms <= record.time_ms <= self.by_ms and self.happens(record) for record in trace):
            when = f"between {self.after_ms} and {self.by_ms} ms" if self.after_ms else f"within {self.by_ms} ms"
            raise Broken(f"it did not happen {when} that {self.name}", code="too_late", by_ms=self.by_ms)


class Holds:
    """A property of a finished run: `judge` is a pure function that raises `Broken`."""

    def __init__(self, name: str, judge: Callable[[Trace], None]) -> None:
        self.name = name
        self.judge = judge


Property = Always | Sometimes | Eventually | Holds
