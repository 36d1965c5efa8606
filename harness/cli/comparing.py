"""The deep part of `course check`: the same results under every hash seed and on every Python."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence

from harness.catalogue import Exercise
from harness.cli.console import say
from harness.proving import zoo
from harness.proving.crew import Crew, Outcome, Task
from harness.proving.zoo import Plan

OTHER_HASH_SEED = "4242"


def differences(crew: Crew, exercises: Sequence[Exercise], runs: dict[Task, Outcome], pythons: Sequence[str]) -> list[str]:
    """Run every program quickly once more in other surroundings and say where a result differs.

    Args:
        crew: the one that made `runs`.
        pythons: versions such as `3.12`, or paths; those that are not there are noted.
    """
    surroundings = [(crew.python, OTHER_HASH_SEED, f"PYTHONHASHSEED={OTHER_HASH_SEED}")]
    for name in pythons:
        python = interpreter(name)
        if python is None:
            say(f"  note: no interpreter for {name} was found, so nothing was compared with it", "dim")
        else:
            surroundings.append((python, crew.hash_seed, f"Python {name}"))
    steady = [program for exercise in exercises for program in zoo.programs(exercise) if not program.varies]
    tasks = [task for program in steady for task in Plan().tasks(program)]
    wanted = _fingerprints(crew, crew.python, crew.hash_seed, tasks)
    found = []
    for python, hash_seed, label in surroundings:
        other = _fingerprints(crew, python, hash_seed, tasks)
        found += [f"differs: {name} gives another result under {label}" for name in wanted if wanted[name] != other[name]]
    say(f"compared {len(tasks)} runs in {len(surroundings)} other surroundings")
    return found


def _fingerprints(crew: Crew, python: str, hash_seed: str, tasks: Sequence[Task]) -> dict[str, str]:
    other = Crew(crew.root, crew.size, python, hash_seed, crew.deadline_seconds)
    return zoo.fingerprints(dict(other.run(tasks)))


def interpreter(name: str) -> str | None:
    """Return the path of a Python that really runs, for a version or a path."""
    for candidate in (name, f"python{name}"):
        path = shutil.which(candidate)
        if path is not None and _runs(path):
            return path
    return None


def _runs(path: str) -> bool:
    """True if it starts: a shim of a version manager may be there without the Python behind it."""
    return subprocess.run([path, "-c", "import tomllib"], capture_output=True, check=False).returncode == 0
