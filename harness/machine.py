"""A machine as the simulation sees it: its process, its clock, whether it is up, its timers, and what waits for it."""

from __future__ import annotations

from typing import Any

from harness.clock import Clock
from harness.faults import Crash

Planned = tuple[int, str, str, int, Any, Any]  # a record to be, or (time, "happen", "", 0, act, what)


class Machine:
    """One node as the simulation sees it: its process, its clock, whether it is up, its timers, what waits for it."""

    __slots__ = ("clock", "dooms", "life", "name", "paused_until_ms", "process", "ready", "timers", "up", "waiting")

    def __init__(self, name: str, process: Any, clock: Clock) -> None:
        self.name = name
        self.process = process
        self.clock = clock
        self.up = False
        self.ready = False  # up and not paused
        self.life = 0
        self.paused_until_ms = 0
        self.waiting: list[Planned] = []  # came in during a pause
        self.timers: dict[int, Planned] = {}
        self.dooms: list[Crash] = []  # crashes that wait for a handler whose ledger is long enough
