"""Long proofs go on where they were interrupted: each run's outcome is kept in a file as soon as it is known.

A run is the same run if everything is the same that it depends on: the program, the exercise's checks, the harness without
the parts that only judge, show or measure, the Python, the hash seed, the seeds.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import cache
from hashlib import sha256
from pathlib import Path

import harness
from harness.proving.crew import Crew, Finding, Outcome, Task, Trouble

PLACE = "build/proofs.jsonl"
NOT_RUN = ("bench", "cli", "grading", "proving", "report", "tests")
"""Folders of the harness whose code no check runs."""


def resumed(crew: Crew, tasks: Sequence[Task], place: Path) -> Iterator[tuple[Task, Outcome]]:
    """Yield every task with its outcome: first those that the file knows, then the others, which are added to it as they end.

    What ended in trouble is not kept, but tried again next time.
    """
    known = _known(place)
    keys = {task: key(crew, task) for task in tasks}
    for task in tasks:
        if keys[task] in known:
            yield task, known[keys[task]]
    fresh = [task for task in tasks if keys[task] not in known]
    if not fresh:
        return
    place.parent.mkdir(exist_ok=True)
    with place.open("a", encoding="utf-8", newline="\n") as file:
        for task, outcome in crew.run(fresh):
            if not isinstance(outcome, Trouble):
                print(json.dumps({keys[task]: [asdict(finding) for finding in outcome]}), file=file, flush=True)
            yield task, outcome


def _known(place: Path) -> dict[str, Outcome]:
    found: dict[str, Outcome] = {}
    for line in place.read_text(encoding="utf-8").splitlines() if place.is_file() else ():
        try:
            entries = json.loads(line)
        except ValueError:  # the end of a file whose writer was killed
            continue
        found |= {name: [Finding(**finding) for finding in findings] for name, findings in entries.items()}
    return found


def key(crew: Crew, task: Task) -> str:
    """Return the digest of all that a run's outcome depends on."""
    path = Path(task.path)
    place = path.relative_to(crew.root).as_posix() if path.is_relative_to(crew.root) else path.as_posix()
    program = digest([path] if path.is_file() else sorted(path.rglob("*.py")))
    asked = asdict(task) | {"path": place}
    whole = [asked, program, _checks(crew.root, task.exercise), _harness(), version(crew.python), crew.hash_seed]
    return sha256(json.dumps(whole).encode()).hexdigest()


@cache
def version(python: str) -> str:
    """Return an interpreter's version without the last part, e.g. `3.12`."""
    asked = "import sys; print('%d.%d' % sys.version_info[:2])"
    return subprocess.run([python, "-c", asked], capture_output=True, check=True, text=True).stdout.strip()


def digest(paths: Sequence[Path]) -> str:
    """Return a SHA-256 over files, whatever their line endings."""
    whole = sha256()
    for path in paths:
        whole.update(path.name.encode() + b"\n" + path.read_bytes().replace(b"\r\n", b"\n") + b"\n")
    return whole.hexdigest()


@cache
def _checks(root: Path, slug: str) -> str:
    exercise, solution = root / "exercises" / slug, root / "solutions" / slug
    return digest(sorted([*exercise.glob("*.py"), exercise / "exercise.toml", *solution.glob("*.py"), *solution.glob("hidden/**/*.py")]))


@cache
def _harness() -> str:
    folder = Path(harness.__file__).parent
    return digest(sorted(path for path in folder.rglob("*.py") if path.relative_to(folder).parts[0] not in NOT_RUN))
