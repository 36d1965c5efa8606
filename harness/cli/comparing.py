"""The deep part of `course check`: the same results under every hash seed and on every Python."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence

from harness.catalogue import Exercise
from harness.cli.console import say
from harness.proving import zoo
from harness.proving.crew import Crew
from harness.proving.resuming import PLACE, resumed, version
from harness.proving.zoo import Plan

HASH_SEEDS = ("0", "4242")


def surroundings(crew: Crew, pythons: Sequence[str]) -> list[Crew]:
    """Return crews like this one for each of the interpreters and hash seeds; this crew's own surroundings come first.

    Args:
        pythons: versions such as `3.12`, or paths, besides this crew's own; those that are not there are noted.
    """
    places = {(version(crew.python), crew.hash_seed): crew}
    for name in (crew.python, *pythons):
        python = interpreter(name)
        if python is None:
            say(f"  note: no interpreter for {name} was found, so nothing was compared with it", "dim")
            continue
        for hash_seed in HASH_SEEDS:
            places.setdefault((version(python), hash_seed), Crew(crew.root, crew.size, python, hash_seed, crew.deadline_seconds))
    return list(places.values())


def label(crew: Crew) -> str:
    """Return e.g. `Python 3.12, PYTHONHASHSEED=0`."""
    return f"Python {version(crew.python)}, PYTHONHASHSEED={crew.hash_seed}"


def differences(crews: Sequence[Crew], exercises: Sequence[Exercise]) -> list[str]:
    """Run every program quickly in each of these surroundings and say where a result differs from the first's."""
    steady = [program for exercise in exercises for program in zoo.programs(exercise) if not program.varies]
    tasks = [task for program in steady for task in Plan().tasks(program)]
    wanted, *others = [zoo.fingerprints(dict(resumed(crew, tasks, crew.root / PLACE))) for crew in crews]
    say(f"compared {len(tasks)} runs in {len(crews)} surroundings: {'; '.join(label(crew) for crew in crews)}")
    return [
        f"differs: {name} gives another result under {label(crew)}"
        for crew, other in zip(crews[1:], others, strict=True)
        for name in wanted
        if wanted[name] != other[name]
    ]


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
