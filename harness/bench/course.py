"""The course as its users feel it: how soon a wrong program is caught, in how few events that is told, how long a student waits."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from harness import catalogue
from harness.bench import Figure, row, timed
from harness.catalogue import Exercise
from harness.checks.election import OneLeaderPerTerm
from harness.faults import Faults, chaos
from harness.node import Spec
from harness.proving.lengths import caught, length_ratios
from harness.proving.zoo import Program, programs
from harness.running import load_checks, run_exercise, submission_of
from harness.simulation import World, simulate
from harness.testing import names

SCENARIOS = 200


def _exercises() -> list[tuple[Exercise, dict[str, Program]]]:
    found = [(exercise, programs(exercise)) for exercise in catalogue.exercises()]
    return [(exercise, {program.name.partition("/")[2]: program for program in there}) for exercise, there in found]


@row
def election_scenarios() -> Iterator[Figure]:
    """Whole scenarios of the election exercise's reference: five nodes, two crashes and a cut, judged."""
    exercise = catalogue.exercise("05")
    submission = submission_of(exercise, exercise.solution)

    def scenarios() -> int:
        events = 0
        for seed in range(SCENARIOS):
            ids = names(seed, 5)
            nodes = tuple(Spec(name, submission.Elector, {"election_ms": (150, 300), "heartbeat_ms": 50}) for name in ids)
            faults = Faults(happenings=chaos(seed, ids, 900, crashes=2, partitions=1))
            trace = simulate(World(nodes, seed, faults, until_ms=1_500))
            OneLeaderPerTerm(ids).judge(trace)
            events += len(trace)
        return events

    seconds, events = timed(scenarios)
    yield Figure("five nodes, three faults", SCENARIOS / seconds, "scenarios/s", "300, then 600")
    yield Figure("records in each trace: what nodes, network and disks did", events / SCENARIOS, "")


@row
def first_counterexample() -> Iterator[Figure]:
    """Time until the first counterexample, over every wrong program that a run breaks (shrinking not included)."""
    seconds: dict[str, float] = {}
    for exercise, there in _exercises():
        functions = load_checks(exercise)
        for name, program in there.items():
            found = caught(program, functions, shrinks=False) if program.kind == "wrong" else None
            if found is not None:
                seconds[f"{exercise.number} {name}"] = found[0]
    yield from _spread(f"{len(seconds)} wrong programs", seconds, "s", "0.5 s, then 0.1 s", "5 s")


@row
def counterexample_length() -> Iterator[Figure]:
    """Events in the story that is shown, against the shortest known schedule (the `Steps` of a wrong program)."""
    there = catalogue.exercises()
    ratios = {f"{exercise.number} {name}": ratio for exercise in there for name, ratio in length_ratios(exercise)}
    yield from _spread(f"{len(ratios)} wrong programs with a known shortest schedule", ratios, "x", "1.3, then 1.0", "")


def _spread(what: str, figures: dict[str, float], unit: str, median: str, worst: str) -> Iterator[Figure]:
    yield Figure(f"{what}: median", statistics.median(figures.values()), unit, median)
    yield Figure(f"{what}: nine in ten are below", statistics.quantiles(figures.values(), n=10)[-1], unit)
    name = max(figures, key=lambda key: figures[key])
    yield Figure(f"the worst, {name}", figures[name], unit, worst)


@row
def edit_run_loop() -> Iterator[Figure]:
    """Wall time of one exercise's public checks on our own solution, warm: what a student waits after each edit."""
    root = catalogue.find_root()
    for exercise in catalogue.exercises(root):
        own = ["--submission", str(exercise.solution / exercise.stub.name)]
        with_pytest = _wall([sys.executable, "-m", "pytest", "-q", str(exercise.folder), *own], root)
        yield Figure(f"{exercise.slug}, pytest", with_pytest, "s", "1.3 s, then 1.0 s")
        functions = load_checks(exercise, (exercise.public_tests,))
        begun = time.perf_counter()
        run_exercise(exercise, exercise.solution, functions)
        yield Figure(f"{exercise.slug}, course watch, already resident", time.perf_counter() - begun, "s", "0.4 s")


def _wall(command: list[str], where: Path) -> float:
    times = []
    for _ in range(4):  # the first warms the bytecode
        begun = time.perf_counter()
        subprocess.run(command, cwd=where, stdout=subprocess.DEVNULL, check=True)
        times.append(time.perf_counter() - begun)
    return min(times[1:])


@row
def hidden_grading() -> Iterator[Figure]:
    """All checks of every exercise on its reference, in this process, one after the other."""
    total = 0.0
    for exercise in catalogue.exercises():
        functions = load_checks(exercise)
        begun = time.process_time()
        results = run_exercise(exercise, exercise.solution, functions)
        seconds = time.process_time() - begun
        assert all(result.passed for result in results), f"{exercise.slug}: the reference fails"
        total += seconds
        yield Figure(exercise.slug, seconds, "s")
    yield Figure("all of them", total, "s", "60 s, then 20 s")
