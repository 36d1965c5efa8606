"""What each machine holds at each step of a picture: whether it runs, its disk, its timers, its wall clock where that is wrong.

Memory is not in a trace, on purpose: a check judges what leaves a node, and so does a reader.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from harness.clock import PPM
from harness.disk import ABSENT
from harness.report.words import clean, key_of, shown
from harness.trace import Record, Trace

MOST_ENTRIES = 8
Held = list[tuple[str, str]]
"""What there is to say of a machine, as (name, value)."""


@dataclass
class Machine:
    """What a trace says of one machine so far."""

    skew_ms: int = 0
    drift_ppm: int = 0
    status: str = "running"
    disk: dict[Any, Any] = field(default_factory=dict)
    timers: dict[int, str] = field(default_factory=dict)

    def note(self, record: Record) -> None:
        """Take in one more record of this machine."""
        kind = record.kind
        if kind in ("start", "resume"):
            self.status = "running"
        elif kind == "crash":
            self.status = "down"
            self.timers.clear()
        elif kind == "pause":
            self.status = "paused"
        elif kind == "step":
            self.skew_ms += record.number
        elif kind == "set":
            self.timers[record.number] = f"{record.other} ({record.data} ms)"
        elif kind in ("fire", "cancel"):
            self.timers.pop(record.number, None)
        elif kind in ("write", "commit"):
            self.write(((record.other, record.data),) if kind == "write" else record.data)

    def write(self, pairs: Iterable[tuple[Any, Any]]) -> None:
        """Take in writes to the disk."""
        for key, value in pairs:
            if value == ABSENT:
                self.disk.pop(key, None)
            else:
                self.disk[key] = value

    def held(self, now_ms: int, timed: bool) -> Held:
        """Return what there is to say at a moment; nothing for an empty disk, no timers, or a clock that is right."""
        wall_ms = now_ms + now_ms * self.drift_ppm // PPM + self.skew_ms
        held = [("", self.status)]
        if timed and wall_ms != now_ms:
            held.append(("wall clock", f"{wall_ms} ms, {abs(wall_ms - now_ms)} {'ahead' if wall_ms > now_ms else 'behind'}"))
        if self.disk:
            held.append(("disk", _listed(f"{key_of(key)} = {shown(value, 30)}" for key, value in self.disk.items())))
        if self.timers:
            held.append(("timers", _listed(self.timers.values())))
        return held


def states_of(trace: Trace, ends: Iterable[int]) -> Iterator[dict[str, Held]]:
    """Yield, for each place in the trace, what has changed of the machines since the place before.

    Args:
        trace: the run.
        ends: places of records, in order; each state is the one after that record.
    """
    machines = {record.node: _machine(trace, record.node) for _, record in trace.of("start")}
    told: dict[str, Held] = {}
    timed, done = trace.header.get("timed", True), 0
    for end in ends:
        for record in trace[done : end + 1]:
            if record.node in machines:
                machines[record.node].note(record)
        done = max(done, end + 1)
        now = {name: machine.held(trace[end].time_ms, timed) for name, machine in machines.items()}
        yield {name: held for name, held in now.items() if told.get(name) != held}
        told = now


def _machine(trace: Trace, name: str) -> Machine:
    skew_ms, drift_ppm = trace.header.get("clocks", {}).get(name, (0, 0))
    return Machine(skew_ms, drift_ppm)


def _listed(items: Iterable[str]) -> str:
    all_items = list(items)
    more = f", and {len(all_items) - MOST_ENTRIES} more" if len(all_items) > MOST_ENTRIES else ""
    return clean(", ".join(all_items[:MOST_ENTRIES]), 200) + more
