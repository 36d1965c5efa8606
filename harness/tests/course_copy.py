"""A small copy of the course in a temporary folder, and a way to run commands in it as a student does."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ran:
    """What a command said, and how it ended."""

    status: int
    out: str
    err: str

    @property
    def text(self):
        """Everything, with the line breaks of a narrow console taken out."""
        return re.sub(r"\s+", " ", self.out + self.err)


@dataclass(frozen=True)
class Course:
    """The copy. Exercise 00 is in it, and its solutions."""

    root: Path

    @property
    def stub(self):
        return self.root / "exercises/00_ping/ping.py"

    @property
    def reference(self):
        return (self.root / "solutions/00_ping/ping.py").read_text(encoding="utf-8")

    def submit(self, text):
        self.stub.write_text(text, encoding="utf-8")

    def change(self, old, new):
        """Submit the reference with one change."""
        assert old in self.reference
        self.submit(self.reference.replace(old, new))

    def python(self, *args, timeout=90, **environment):
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COURSE", "NO_COLOR"))}
        done = subprocess.run(
            [sys.executable, *args],
            cwd=self.root,
            env={**inherited, "PYTHONPATH": str(ROOT), **environment},
            capture_output=True,
            timeout=timeout,
            check=False,
        )
        return Ran(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))

    def course(self, *args, **environment):
        return self.python("-m", "harness", *args, **environment)

    def pytest(self, *args):
        return self.python("-m", "pytest", *(args or ["exercises/00_ping"]))


def copy_of_the_course(folder):
    """Make the copy and return it."""
    for name in ("pyproject.toml", "conftest.py"):
        shutil.copy(ROOT / name, folder / name)
    for name in ("exercises/00_ping", "solutions/00_ping"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return Course(folder)
