"""`course check`: proves every exercise in both directions, and names what falls short."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from harness import catalogue
from harness.catalogue import Exercise
from harness.cli.comparing import differences, label, surroundings
from harness.cli.console import Refused, say, screen
from harness.proving import results, scenarios, zoo
from harness.proving.audit import audit, audit_all, notes
from harness.proving.crew import Crew, Outcome, Task, Trouble
from harness.proving.resuming import PLACE, resumed
from harness.proving.zoo import Plan


@click.command("check")
@click.argument("exercises", nargs=-1, metavar="[NN]...")
@click.option(
    "--deep", is_flag=True, help="1,000 scenarios for right programs, 20 seed families for wrong ones, two hash seeds; can be resumed."
)
@click.option("--seeds", type=click.IntRange(1), help="How many scenarios per check for right programs.")
@click.option("--write", is_flag=True, help="Write misconceptions.json from what was measured.")
@click.option("--json", "report", type=click.Path(path_type=Path), metavar="FILE", help="Write what was measured to a file.")
@click.option("--results", "keep", is_flag=True, help=f"Keep what was measured in {results.PLACE}, of which the site's page is made.")
@click.option("--diagnosis", is_flag=True, help="Show how often a wrong program's misconception is named rightly.")
@click.option("--pythons", default="", metavar="3.11,3.12", help="With --deep: compare the results on these Pythons too.")
@click.option("--jobs", type=click.IntRange(1), help="How many worker processes; by default one for each processor.")
@click.option("--attacks", is_flag=True, help="Run every attack on the judge instead, and nothing else.")
@click.option("--naive", is_flag=True, help="With --attacks: try each on plain pytest too, and print the table of docs/security.md.")
@click.option("--deadline", type=click.FloatRange(1), metavar="SECONDS", help="How long one run of one program may take.")
def check_command(
    exercises: tuple[str, ...],
    deep: bool,
    seeds: int | None,
    write: bool,
    report: Path | None,
    keep: bool,
    diagnosis: bool,
    pythons: str,
    jobs: int | None,
    deadline: float | None,
    attacks: bool,
    naive: bool,
) -> int:
    """Prove exercises: right programs pass, wrong ones are killed.

    Exercises that are named get a closer look: two families of seeds, and wrong programs must pass the checks that they should."""
    root = catalogue.find_root()
    if not (root / "solutions").is_dir():
        raise Refused("there is no solutions/ here: only the repository of the course can be proved; students run `course test`")
    if attacks:
        from harness.cli.attacking import attack

        return attack(root, exercises, naive)
    everything = catalogue.exercises(root)
    chosen = [catalogue.exercise(name, root) for name in exercises] if exercises else list(everything)
    plan = Plan(deep, seeds, whole=bool(exercises) or write or diagnosis)
    crew = Crew(root, jobs, deadline_seconds=deadline or (3600.0 if deep else 300.0))
    runs = run_all(crew, chosen, plan)
    short = list(audit_all(everything)) + [line for exercise in chosen for line in _shortcomings(exercise, plan, runs, write)]
    crews = surroundings(crew, [name.strip() for name in pythons.split(",") if name.strip()]) if deep else [crew]
    short += differences(crews, chosen) if deep else []
    _tell(chosen, short, plan, runs)
    if diagnosis:
        _tell_diagnosis(chosen, plan, runs)
    if report is not None:
        report.write_text(json.dumps(measured(chosen, plan, runs, short), indent=1) + "\n", encoding="utf-8", newline="\n")
    for exercise in chosen if keep else []:
        own = [line for line in short if exercise.slug in line]
        results.note(exercise, "checks", results.of_checks(exercise, plan, runs, [label(item) for item in crews], own))
    say(_summary(chosen, plan, runs, short), "bad" if short else "good")
    return 1 if short else 0


def run_all(crew: Crew, exercises: Sequence[Exercise], plan: Plan) -> dict[Task, Outcome]:
    """Run every program of these exercises as the plan says, with a progress bar if somebody watches."""
    tasks = [task for exercise in exercises for program in zoo.programs(exercise) if program.path.is_file() for task in plan.tasks(program)]
    runs: dict[Task, Outcome] = {}
    running = resumed(crew, tasks, crew.root / PLACE) if plan.deep else crew.run(tasks)
    if not sys.stderr.isatty():
        runs.update(running)
        return runs
    from rich.progress import track

    runs.update(track(running, "programs x seed families", total=len(tasks), console=screen(error=True), transient=True))
    return runs


def _shortcomings(exercise: Exercise, plan: Plan, runs: dict[Task, Outcome], write: bool) -> list[str]:
    found = list(audit(exercise)) + list(scenarios.shortcomings(exercise))
    for program in zoo.programs(exercise):
        found += zoo.shortcomings(program, plan, runs)
    return found + _stale(exercise, runs, write)


def _stale(exercise: Exercise, runs: dict[Task, Outcome], write: bool) -> list[str]:
    """Write misconceptions.json, or say that it is stale."""
    path = exercise.folder / "misconceptions.json"
    known = zoo.misconceptions_text(exercise, runs)
    if not any(program.kind == "wrong" for program in zoo.programs(exercise)):
        return []
    if write:
        path.write_text(known, encoding="utf-8", newline="\n")
    elif not path.is_file() or path.read_text(encoding="utf-8") != known:
        where = path.relative_to(exercise.root).as_posix()
        return [f"{exercise.slug}: {where} is stale; run `course check {exercise.number} --write`"]
    return []


def _tell(exercises: Sequence[Exercise], short: Sequence[str], plan: Plan, runs: dict[Task, Outcome]) -> None:
    for exercise in exercises:
        say(_count(exercise, plan, runs))
        if exercise.bonus is not None:
            say(scenarios.told(exercise), "dim")
        for note in notes(exercise):
            say(f"  note: {note}", "dim")
    if short:
        say()
    for line in short:
        say(line, "bad")


def _count(exercise: Exercise, plan: Plan, runs: dict[Task, Outcome]) -> str:
    killed, wrong, passed, right = _tally([exercise], plan, runs)
    programs = f"right programs that pass {passed} of {right}; wrong ones killed {killed} of {wrong}"
    return f"{exercise.slug}: {len(exercise.checks)} checks; {programs}"


def _tally(exercises: Sequence[Exercise], plan: Plan, runs: dict[Task, Outcome]) -> tuple[int, int, int, int]:
    """Return how many wrong programs are killed as named, of how many, and how many right ones pass, of how many."""
    programs = [program for exercise in exercises for program in zoo.programs(exercise)]
    wrong = [program for program in programs if program.kind == "wrong"]
    right = [program for program in programs if program.kind in ("reference", "right")]
    fine = [program for program in [*wrong, *right] if zoo.holds(program, plan, runs)]
    return sum(item in fine for item in wrong), len(wrong), sum(item in fine for item in right), len(right)


def _summary(exercises: Sequence[Exercise], plan: Plan, runs: dict[Task, Outcome], short: Sequence[str]) -> str:
    killed, wrong, passed, right = _tally(exercises, plan, runs)
    count = f"{len(exercises)} exercise{'s' if len(exercises) != 1 else ''}"
    what = f"{count}: {passed} of {right} right programs pass, {killed} of {wrong} wrong ones are killed"
    over = f"over {plan.families} seed {'families' if plan.families > 1 else 'family'}"
    return f"{what} {over}; " + (f"{len(short)} shortcoming{'s' if len(short) != 1 else ''}" if short else "nothing falls short")


def _tell_diagnosis(exercises: Sequence[Exercise], plan: Plan, runs: dict[Task, Outcome]) -> None:
    for exercise in exercises:
        for public_only, seen in ((False, "all checks"), (True, "public checks only")):
            found = zoo.confusion(exercise, runs, plan, public_only)
            right, alone = sum(item.right for item in found), sum(item.right and len(item.named) == 1 for item in found)
            silent = sum(not item.named for item in found)
            say(f"{exercise.slug}, diagnosis from {seen}: {len(found)} runs; {alone} named rightly, {right - alone} as one of two,")
            say(f"  {silent} left to the check's own hint, {len(found) - right - silent} named wrongly")
            for item in dict.fromkeys(item for item in found if item.named and not item.right):
                say(f"  {item.program} is taken for {' or '.join(item.named)}")


def measured(exercises: Sequence[Exercise], plan: Plan, runs: dict[Task, Outcome], short: Sequence[str]) -> dict[str, object]:
    """Return everything that was measured, as plain data without times: the same on every machine."""
    entries = []
    for exercise in exercises:
        for program in zoo.programs(exercise):
            for task in plan.tasks(program):
                entries.append({"program": program.name, "kind": program.kind, "seed_family": task.base, "checks": _plain(runs.get(task))})
    return {"deep": plan.deep, "digest": zoo.digest(runs), "shortcomings": list(short), "runs": entries}


def _plain(outcome: Outcome | None) -> object:
    if outcome is None or isinstance(outcome, Trouble):
        return {"trouble": outcome.text if outcome else "not run"}
    return {finding.check: {"way": finding.way, "seed": finding.seed, "trace": finding.trace} for finding in outcome}
