"""Long proofs go on where they were interrupted: what became of each check is kept in a file as soon as it is known.

A check of a program need not be run again if all is the same that it depends on: the program below its docstring, the check and what it
uses of its test file, the modules that the exercise gives, the harness without the parts that only judge, show or measure, the Python, the
hash seed, the seeds. So whoever changes a scene proves its check again, and no other.
"""

from __future__ import annotations

import ast
import json
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from functools import cache
from hashlib import sha256
from pathlib import Path

import harness
from harness import catalogue
from harness.proving.crew import Crew, Finding, Outcome, Task, Trouble

PLACE = "build/proofs.jsonl"
NOT_RUN = ("bench", "cli", "grading", "proving", "report", "tests")
"""Folders of the harness whose code no check runs."""


def resumed(crew: Crew, tasks: Sequence[Task], place: Path) -> Iterator[tuple[Task, Outcome]]:
    """Yield every task with its outcome: first those that the file knows, then the others, which are added to it as they end.

    What ended in trouble is not kept, but tried again next time.
    """
    known = _known(place)
    found: dict[Task, dict[str, Finding]] = {}
    rests: dict[Task, Task] = {}
    for task in tasks:
        names = keys(crew, task)
        found[task] = {check: known[name] for check, name in names.items() if name in known}
        missing = [check for check in names if check not in found[task]]
        if missing:
            rests[_rest(task, missing)] = task
        else:
            yield task, list(found[task].values())
    if not rests:
        return
    place.parent.mkdir(exist_ok=True)
    with place.open("a", encoding="utf-8", newline="\n") as file:
        for rest, outcome in crew.run(list(rests)):
            task = rests[rest]
            if isinstance(outcome, Trouble):
                yield task, outcome
                continue
            names = keys(crew, task)
            print(json.dumps({names[finding.check]: asdict(finding) for finding in outcome}), file=file, flush=True)
            whole = found[task] | {finding.check: finding for finding in outcome}
            yield task, [whole[check] for check in names if check in whole]


def _rest(task: Task, missing: Sequence[str]) -> Task:
    """Return the task that runs the missing checks: all of the task, if it asks for more of some than of others."""
    counts = {task.count_for(check) for check in missing}
    return replace(task, count=counts.pop(), named=tuple(missing), others=0) if len(counts) == 1 else task


def _known(place: Path) -> dict[str, Finding]:
    found: dict[str, Finding] = {}
    for line in place.read_text(encoding="utf-8").splitlines() if place.is_file() else ():
        try:
            entries = json.loads(line)
        except ValueError:  # the end of a file whose writer was killed
            continue
        found |= {name: Finding(**finding) for name, finding in entries.items()}
    return found


def keys(crew: Crew, task: Task) -> dict[str, str]:
    """Return, for each check that a task asks for, the digest of all that its outcome depends on."""
    path = Path(task.path)
    place = path.relative_to(crew.root).as_posix() if path.is_relative_to(crew.root) else path.as_posix()
    program = [_below_docstring(file) for file in ([path] if path.is_file() else sorted(path.rglob("*.py")))]
    around = [place, program, task.base, task.tells, _harness(), version(crew.python), crew.hash_seed]
    found = {}
    for check, made_of in _checks(crew.root, task.exercise).items():
        count = task.count_for(check)
        if count != 0:
            found[check] = sha256(json.dumps([around, made_of, count]).encode()).hexdigest()
    return found


def _below_docstring(path: Path) -> str:
    """Return a program without the docstring that says what is expected of it."""
    text = path.read_text(encoding="utf-8", errors="surrogateescape")
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        return text
    first = body[0] if body else None
    said = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    return "\n".join(text.splitlines()[first.end_lineno :]) if first is not None and said else text


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
def _checks(root: Path, slug: str) -> dict[str, str]:
    """Return the exercise's checks, each with a digest of all that it is made of."""
    exercise = catalogue.exercise(slug, root)
    given = digest([exercise.folder / f"{name}.py" for name in exercise.given])
    sources: dict[str, str] = {}
    for path in (exercise.public_tests, *exercise.hidden_tests):
        sources |= sources_of_tests(path.read_text(encoding="utf-8"))
    whole = {check.id: [given, check.points, sources.get(check.id, "")] for check in exercise.checks}
    return {check: sha256(json.dumps(parts).encode()).hexdigest() for check, parts in whole.items()}


def sources_of_tests(text: str) -> dict[str, str]:
    """Return what each check of a test file is made of: its function, all that this uses of the file, and what the file does besides."""
    made: dict[str, list[ast.stmt]] = {"": []}
    for item in (part for whole in ast.parse(text).body for part in _apart(whole)):
        for name in _defined(item) or [""]:
            made.setdefault(name, []).append(item)
    uses = {name: {part.id for item in items for part in ast.walk(item) if isinstance(part, ast.Name)} for name, items in made.items()}
    found = {}
    for test in (name for name in made if name.startswith("test_")):
        reached, fresh = {"", test}, ["", test]
        while fresh:
            new = (uses[fresh.pop()] & made.keys()) - reached
            reached |= new
            fresh += new
        found[test.removeprefix("test_")] = "\n".join(ast.dump(item) for name in sorted(reached) for item in made[name])
    return found


def _apart(item: ast.stmt) -> list[ast.stmt]:
    """Return a statement, or one for each name if it imports several."""
    if isinstance(item, ast.Import):
        return [ast.Import([alias]) for alias in item.names]
    return [ast.ImportFrom(item.module, [alias], item.level) for alias in item.names] if isinstance(item, ast.ImportFrom) else [item]


def _defined(item: ast.stmt) -> list[str]:
    """Return the names that a statement of a module gives to functions, classes, values or what it imports, if it does nothing else."""
    if isinstance(item, ast.FunctionDef | ast.ClassDef):
        return [item.name]
    if isinstance(item, ast.Import | ast.ImportFrom):
        return [(alias.asname or alias.name).partition(".")[0] for alias in item.names]
    targets = item.targets if isinstance(item, ast.Assign) else [item.target] if isinstance(item, ast.AnnAssign) else []
    return [part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)]


@cache
def _harness() -> str:
    folder = Path(harness.__file__).parent
    return digest(sorted(path for path in folder.rglob("*.py") if path.relative_to(folder).parts[0] not in NOT_RUN))
