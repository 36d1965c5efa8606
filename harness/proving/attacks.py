"""The attacks in `harness/tests/attacks`, as data, and what becomes of them: here, and where public tests are simply run by pytest.

An attack is one Python file with a header in its docstring, or an entry of `shapes.toml` that describes a whole submission.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness import catalogue
from harness.grading.judge import grade
from harness.grading.verdicts import Report

FOLDER = Path(__file__).parents[1] / "tests" / "attacks"
MARKER = "attack-was-here"
"""In the name of every file that an attack tries to write."""
MOST_SECONDS = 125.0
LAZY = """
from harness import Node


def trick(node):
    pass


def again(node):
    pass

{code}

class PingClient(Node):
    def on_start(self):
        trick(self)

    def again(self):
        again(self)

    def on_pong(self, sender, pong):
        trick(self)
"""


@dataclass(frozen=True)
class Attack:
    """One attack.

    Args:
        id, title: what it tries.
        exercise: which exercise it attacks.
        verdicts: the verdicts that its checks may get.
        may_pass: checks that it holds honestly.
        base: what it builds on: `lazy` (a client that does nothing), `none`, or a path from the root.
        code: its text.
        shape: entry of shapes.toml, if it is more than a file.
        fast: whether it runs in every test of the harness.
        dangerous: whether it would harm a machine without a sandbox.
    """

    id: str
    title: str
    exercise: str
    verdicts: frozenset[str]
    may_pass: frozenset[str]
    base: str = "lazy"
    code: str = ""
    shape: dict[str, Any] = field(default_factory=dict)
    fast: bool = False
    dangerous: bool = False

    def program(self, root: Path) -> str:
        """Return the student's file that the attack hands in."""
        code = self.code.replace("@HIDDEN@", " ".join(hidden_words(root, self.exercise)))
        if self.base == "lazy":
            return LAZY.replace("{code}", code)
        if self.base == "none":
            return code
        path = "solutions/00_ping/ping.py" if self.base == "reference" else self.base
        return (root / path).read_text(encoding="utf-8") + "\n\n" + code


def attacks(folder: Path = FOLDER) -> list[Attack]:
    """Return all attacks, by id."""
    shapes = tomllib.loads((folder / "shapes.toml").read_text(encoding="utf-8"))["attack"]
    found = [_from_file(path) for path in sorted(folder.glob("*.py"))] + [_from_shape(entry) for entry in shapes]
    return sorted(found, key=lambda attack: attack.id)


def _from_file(path: Path) -> Attack:
    text = path.read_text(encoding="utf-8")
    head, _, code = text.removeprefix('"""').partition('"""\n')
    about = dict(re.findall(r"^(\w[\w ]*): (.*)$", head, re.MULTILINE))
    name, title = head.split("\n", 1)[0].rstrip(".").split(": ", 1)
    return Attack(
        name,
        title,
        about["Exercise"],
        frozenset(about["Verdicts"].split()),
        frozenset(about.get("May pass", "").split()),
        about["Base"],
        code,
        fast="Fast" in about,
        dangerous="Dangerous" in about,
    )


def _from_shape(entry: dict[str, Any]) -> Attack:
    verdicts, may_pass = frozenset(entry["verdicts"].split()), frozenset(entry.get("may_pass", "").split())
    return Attack(entry["id"], entry["title"], "00", verdicts, may_pass, entry.get("program", "none"), "", entry, entry.get("fast", False))


def hidden_words(root: Path, exercise: str) -> list[str]:
    """Return digests of what only hidden tests say: their longer strings and their functions' names."""
    words: set[str] = set()
    for path in catalogue.exercise(exercise, root).hidden_tests:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) >= 12:
                words.add(node.value)
            elif isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                words.add(node.name)
    return sorted(hashlib.sha256(word.encode()).hexdigest()[:16] for word in words)


@dataclass(frozen=True)
class Outcome:
    """What became of an attack.

    Args:
        verdicts: by check.
        wrong: what should not have happened; empty if all is well.
        seconds: how long it took.
    """

    attack: Attack
    verdicts: dict[str, str]
    wrong: tuple[str, ...]
    seconds: float


def run(attack: Attack, root: Path, folder: Path, jobs: int | None = None) -> Outcome:
    """Grade an attack that is laid out in an empty folder, and say what should not have happened."""
    from harness.proving.shapes import lay_out

    exercise = catalogue.exercise(attack.exercise, root)
    adopt_orphans()
    before, begun = traces_left(root), time.monotonic()
    report = grade(lay_out(attack, root, folder), [exercise], seed="attacks", jobs=jobs)
    seconds = time.monotonic() - begun
    wrong = [*_wrong_marks(attack, report), *(f"left {path} behind" for path in sorted(traces_left(root) - before))]
    wrong += [f"left process {process} behind" for process in processes_left()]
    if seconds > MOST_SECONDS:
        wrong.append(f"took {seconds:.0f} s")
    note = attack.shape.get("note", "")
    if note and not any(note in said for said in report.notes):
        wrong.append(f"nothing is said about {note!r}")
    return Outcome(attack, {mark.check: mark.verdict for mark in report.marks}, tuple(wrong), seconds)


def _wrong_marks(attack: Attack, report: Report) -> list[str]:
    wrong = []
    for mark in report.marks:
        honest = mark.verdict in attack.verdicts or (mark.passed and mark.check in attack.may_pass)
        if not honest:
            wrong.append(f"{mark.check} is {mark.verdict}, not {' or '.join(sorted(attack.verdicts))}: {mark.text[:80]}")
    return wrong if report.level == 3 else [*wrong, f"isolation is {report.level} only"]


def traces_left(root: Path) -> set[str]:
    """Return the files that attacks may have managed to write."""
    places: Sequence[Path] = (Path("/tmp"), Path("/dev/shm"), Path("/var/tmp"), Path.home(), Path.cwd(), root, Path("/"))
    return {str(path) for place in places if place.is_dir() for path in place.glob(f"*{MARKER}*")}


def adopt_orphans() -> None:
    """Have processes whose parents are gone become children of this one, where they can be seen (Linux)."""
    from harness.grading.lockdown import CHILD_SUBREAPER, prctl

    prctl(CHILD_SUBREAPER, 1)


def processes_left() -> list[int]:
    """Return the children that are still alive a second from now, at most; those that have ended are taken leave of."""
    for _ in range(20):
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        left = children(os.getpid())
        if not left:
            return []
        time.sleep(0.05)
    return left


def children(process: int) -> list[int]:
    """Return the children of a process, whichever of its threads began them; threads and processes may end meanwhile (Linux)."""
    found: list[int] = []
    for task in Path(f"/proc/{process}/task").glob("*"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            found += map(int, (task / "children").read_text().split())
    return found


NAIVE_SECONDS = 60.0


def naive(attack: Attack, root: Path, folder: Path) -> str:
    """Return what plain pytest says when the public tests stand beside an attack: `full marks`, `fails`, `hangs`, `not tried`, or a dash.

    This is how a test suite is often run to make marks: status 0 is a pass.
    """
    if attack.dangerous:
        return "not tried"
    if attack.exercise != "00" or {"archive", "notebook", "commit"} & set(attack.shape):
        return "-"
    from harness.proving.shapes import lay_out

    course = folder / "course"
    for name in ("pyproject.toml", "conftest.py"):
        course.mkdir(exist_ok=True)
        shutil.copy(root / name, course / name)
    ours = course / "exercises" / "00_ping"
    shutil.copytree(root / "exercises" / "00_ping", ours, ignore=shutil.ignore_patterns("ping.py", "__pycache__"))
    (folder / "handed").mkdir()
    theirs = Path(lay_out(attack, root, folder / "handed")) / "00_ping"
    for path in sorted(theirs.iterdir()):
        target = ours / path.name
        if path.is_symlink() or path.is_fifo():
            path.rename(target)
        elif path.is_dir():
            shutil.copytree(path, target, dirs_exist_ok=True)
        else:
            shutil.copy(path, target)
    command = ["sh", "-c", '"$0" -m pytest -q -p no:cacheprovider exercises/00_ping; exit $?', sys.executable]  # some kill their parent
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    process = subprocess.Popen(
        command,
        cwd=course,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_limited,
    )
    try:
        return "full marks" if process.wait(NAIVE_SECONDS) == 0 else "fails"
    except subprocess.TimeoutExpired:
        return "hangs"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for left in traces_left(root):
            Path(left).unlink()


def _limited() -> None:
    """Keep what attacks pytest from filling this machine's memory and disk."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    resource.setrlimit(resource.RLIMIT_NPROC, (4096, 4096))
