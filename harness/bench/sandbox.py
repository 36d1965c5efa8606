"""Sandboxed workers: how many events a second, how long a launch takes, and what exploring and grading cost."""

from __future__ import annotations

import importlib
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness import catalogue
from harness.bench import Figure, row
from harness.catalogue import Exercise
from harness.node import Spec
from harness.simulation import World, simulate

HEARTS = """
from harness import Node, message

@message
class Beat:
    number: int

class Heart(Node):
    def on_start(self):
        self.number, self.seen = 0, {}
        self.after(10, self.beat)

    def beat(self):
        self.number += 1
        self.broadcast(Beat(self.number))
        self.after(10, self.beat)

    def on_beat(self, sender, beat):
        self.seen[sender] = beat.number
"""
EXERCISE = Exercise("99_bench", "", "program", (), "", "", 1, (), Path(), Path())


def best(act: Callable[[], object], times: int = 3) -> float:
    """Return the seconds by the wall of the fastest of several runs: workers' time counts too."""
    seconds = []
    for _ in range(times):
        begun = time.perf_counter()
        act()
        seconds.append(time.perf_counter() - begun)
    return min(seconds)


@row
def sandbox() -> Iterator[Figure]:
    """Five sandboxed nodes in lock step, launches, and an exploration in a worker beside the same one in process."""
    if sys.platform != "linux":
        return
    from harness.grading.budget import Budget
    from harness.grading.hosting import SandboxedSubmission, host
    from harness.grading.sandbox import Sandbox
    from harness.grading.submissions import Source

    with Sandbox() as box:
        yield Figure("isolation level", box.level, "", "3")
        program = SandboxedSubmission(Source(Path("program.py"), HEARTS), EXERCISE, box, Budget(1e9, 1e9, 1e9, 1e9)).Heart
        world = World(tuple(Spec(name, program) for name in "abcde"), until_ms=3_000)
        events = sum(record.kind in ("deliver", "fire") for record in simulate(world, host))
        yield Figure("events through five workers", events / best(lambda: simulate(world, host)), "events/s", "8,000; 20,000")
        budget = program.submission.budget
        before, used = time.process_time(), budget.used + budget.free
        simulate(world, host)
        spent = time.process_time() - before + budget.used + budget.free - used
        yield Figure("the same by processor time, judge and workers", events / spent, "events/s")
        yield Figure("launch of a worker, and its end", 1_000 * best(lambda: box.launch(Budget()).kill(), 200), "ms", "10")

        exercises = [exercise for exercise in catalogue.exercises(catalogue.find_root()) if exercise.hidden_tests]
        yield from _explorations(exercises)


def _explorations(exercises: Sequence[Exercise]) -> Iterator[Figure]:
    """Time the explorations of the hidden checks of our own solutions, in process and sandboxed."""
    from harness.grading.budget import Budget
    from harness.grading.hosting import SandboxedSubmission, host
    from harness.grading.sandbox import Sandbox
    from harness.grading.submissions import read_source
    from harness.running import load_checks, run_check, submission_of
    from harness.testing import Setting

    sizes: list[tuple[int, float, float]] = []
    for exercise in exercises:
        functions = load_checks(exercise)
        source = read_source(exercise.solution / f"{exercise.module}.py")
        with Sandbox(0, [exercise.folder / f"{name}.py" for name in exercise.given]) as box:
            for check in exercise.checks:
                with _timed_explorations() as here:
                    run_check(exercise, check, functions[check.id], submission_of(exercise, exercise.solution))
                if here:
                    sandboxed = SandboxedSubmission(source, exercise, box, Budget(1e9, 1e9, 1e9, 1e9))
                    with _timed_explorations() as there:
                        run_check(exercise, check, functions[check.id], sandboxed, using=Setting(transport=host))
                    sandboxed.rest()
                    sizes += [(calls, seconds, others) for (calls, seconds), (_, others) in zip(here, there, strict=True)]
    for least, most in ((0, 100), (100, 500), (500, 1_000_000)):
        chosen = [size for size in sizes if least <= size[0] < most]
        here_seconds, there_seconds = sum(size[1] for size in chosen), sum(size[2] for size in chosen)
        name = f"{len(chosen)} explorations of {least} questions and more"
        yield Figure(f"{name}, in process", 1_000 * here_seconds / len(chosen), "ms each")
        yield Figure("the same in workers", there_seconds / here_seconds, "times as long", "1.5")


@contextmanager
def _timed_explorations() -> Iterator[list[tuple[int, float]]]:
    """Yield a list that gets the number of questions asked and the seconds of each exploration meanwhile."""
    verifying: Any = importlib.import_module("harness.testing.verifying")
    timed: list[tuple[int, float]] = []
    explore = verifying.explore

    def timing(*args: Any, **named: Any) -> Any:
        begun = time.perf_counter()
        found = explore(*args, **named)
        timed.append((found.calls, time.perf_counter() - begun))
        return found

    verifying.explore = timing
    try:
        yield timed
    finally:
        verifying.explore = explore


@row
def grading() -> Iterator[Figure]:
    """Full grading of every reference, hidden checks included, under two hash seeds."""
    if sys.platform != "linux":
        return
    from harness.grading.judge import grade

    root = catalogue.find_root()
    exercises = [exercise for exercise in catalogue.exercises(root) if exercise.hidden_tests]
    begun = time.perf_counter()
    report = grade(root / "solutions", exercises, seed="bench")
    yield Figure(f"{len(exercises)} exercises on {os.cpu_count()} processors", time.perf_counter() - begun, "s", "120; 60")
    yield Figure("points", report.score, f"of {report.max_score}", "all")
