"""How long a submission's code may run: in processor time, so that a busy machine fails nobody."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import Stuck
from harness.grading.machine import SandboxError

if TYPE_CHECKING:
    from harness.grading.sandbox import Worker

WALL_SECONDS_PER_EVENT = 20.0
LOOK_EVERY_SECONDS = 0.1
FREE_SECONDS_PER_EVENT = 0.001
EVENTS_TO_LAUNCH = 10
"""A launch counts as so many events."""
MOST_FREE_SECONDS = 450.0
"""For an exercise."""
LOOKS_ASLEEP, SECONDS_ASLEEP = 5, 1.0
"""So many looks in a row, and so long, a worker sleeps and uses no time: what it waits for will never come."""
WAITS = "a handler waits for something outside of this node; nothing comes from there, so let a message or timer come"


@dataclass
class Budget:
    """Processor time that a submission may use, in seconds; one for each examination of an exercise.

    A right program may have ten times as many events as ours, and a busy machine makes each of them several times as dear. So events that
    take next to no time are free, up to a limit: what counts is the time beyond `FREE_SECONDS_PER_EVENT`.

    Args:
        event: for one handler.
        check: for one check, all its workers together.
        exercise: for all checks.
        judge: for judging one check, which a program can make as much work for as it likes.
        sleep: on the clock, for all handlers of a check together: a handler has nothing to sleep for.
        slept: so far, in this check.
        used, used_before: charged so far, and before this check.
        free: what was not charged so far, because events that take next to no time are free.
        granted: what could have been; judging may take so much longer.
    """

    event: float = 2.0
    check: float = 25.0
    exercise: float = 60.0
    judge: float = 30.0
    sleep: float = 5.0
    slept: float = 0.0
    used: float = 0.0
    used_before: float = 0.0
    free: float = 0.0
    granted: float = 0.0

    def charge(self, seconds: float, events: int) -> None:
        """Charge the time that so many events took."""
        free = min(seconds, events * FREE_SECONDS_PER_EVENT, MOST_FREE_SECONDS - self.free)
        self.free += free
        self.granted = min(self.granted + events * FREE_SECONDS_PER_EVENT, MOST_FREE_SECONDS)
        self.used += seconds - free

    def begin_check(self) -> None:
        """Count from here for the next check."""
        self.used_before, self.slept = self.used, 0.0

    def tighten(self) -> None:
        """A check ran out of time, or never came to rest: those after it get less, so that an examination ends soon."""
        self.event, self.check, self.judge, self.sleep = self.event / 4, self.check / 4, self.judge / 4, self.sleep / 4

    def left(self) -> float:
        """Return what is left for the check that runs."""
        return min(self.exercise - self.used, self.check - (self.used - self.used_before))


class Patience:
    """Waits for one reply. Processor time decides, so that a busy machine fails nobody; the clock on the wall is a backstop.

    A worker that sleeps while nothing is being computed waits for something that never comes.
    """

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.begun = time.monotonic()
        self.before = self.last = worker.used()
        self.awake = self.begun
        self.asleep = self.looks = self.starved = 0

    def check(self) -> None:
        """Raise `Stuck` when the time is over.

        Raises:
            SandboxError: so much time passed on the wall, but the machine let the worker have none of its own.
        """
        used = self.worker.used()
        now = time.monotonic()
        state = _state(self.worker.pid)
        self.looks += 1
        self.starved += state == "R"
        if used != self.last or state != "S":
            self.awake, self.asleep = now, 0
        self.asleep += 1
        self.last = used
        self.worker.count()
        if self.asleep > LOOKS_ASLEEP and now - self.awake > SECONDS_ASLEEP:
            raise Stuck(WAITS)
        over = now - self.begun > WALL_SECONDS_PER_EVENT
        if over and used - self.before < self.worker.budget.event and 2 * self.starved > self.looks:
            raise SandboxError(f"this machine is too busy: it gave a worker {used - self.before:.1f} s in {now - self.begun:.0f} s")
        if over or used - self.before > self.worker.budget.event:
            raise Stuck("one handler did not return in time; look for a loop that never ends")


def delay_of(process: int | str) -> float | None:
    """Return how many seconds a process could have run and had to wait for a processor; None if this machine does not say."""
    try:
        return int(Path(f"/proc/{process}/schedstat").read_text(encoding="ascii").split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return None


def _state(pid: int) -> str:
    """Return what a process does: R (runs or would like to), S (sleeps until something happens) ...; see proc_pid_stat(5)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(") ")[2][:1]
    except OSError:
        return ""


@contextmanager
def allowed(seconds: float, budget: Budget | None = None) -> Iterator[None]:
    """Raise `Stuck` if judging takes more processor time than this: a program may make work without end for its checkers.

    Args:
        seconds: not counting a little for each event that `budget`, if it is given, has been charged for meanwhile.
    """
    if sys.platform == "win32":
        yield
        return

    begun, granted = time.process_time(), budget.granted if budget else 0.0

    def over(number: int, frame: object) -> None:
        if budget is not None and time.process_time() - begun < seconds + budget.granted - granted:
            return
        raise Stuck("judging what it does takes too long: it makes more messages than any program needs")

    before = signal.signal(signal.SIGPROF, over)
    signal.setitimer(signal.ITIMER_PROF, seconds, seconds / 10)  # again and again: somebody may take the first for another's failure
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
