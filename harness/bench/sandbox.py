"""Sandboxed workers: how many events a second, how long a launch takes, and what exploring and grading cost."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from harness import catalogue
from harness.bench import Figure, row
from harness.catalogue import Exercise
from harness.exploration import Bounds, explore
from harness.faults import Call, Faults
from harness.loading import Submission
from harness.message import message
from harness.node import Process, Spec
from harness.simulation import World, simulate
from harness.world import Transport

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
ECHO = """
from harness import Node, message

@message
class Echo:
    number: int

class Server(Node):
    def on_start(self):
        self.heard = set()

    def on_ask(self, sender, ask):
        self.heard.add((sender, ask.number))
        self.send(sender, Echo(ask.number))
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
        yield Figure("launch of a worker, and its end", 1_000 * best(lambda: box.launch(Budget()).kill(), 200), "ms", "10")

        source = Source(Path("program.py"), ECHO)
        here = best(lambda: _explored(_loaded(ECHO).Server, Process))
        there = best(lambda: _explored(SandboxedSubmission(source, EXERCISE, box, Budget(1e9, 1e9, 1e9, 1e9)).Server, host))
        yield Figure("exploration in process", here, "s")
        yield Figure("the same in a worker", there / here, "times as long", "1.5")


def _loaded(text: str) -> Submission:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "program.py"
        path.write_text(text, encoding="utf-8")
        submission = Submission(path, "program")
        submission.load()
    return submission


@message
class Ask:
    """asks for {number}"""

    number: int


def _explored(program: object, transport: Transport) -> None:
    calls = tuple(Call(f"c{client}", 0, "s", Ask(number)) for client in range(4) for number in range(4))
    explore(
        World((Spec("s", program),), faults=Faults(happenings=calls)), bounds=Bounds(network="set", states=300_000), transport=transport
    )


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
