"""What this machine does to workers, and no submission can help: it is out of memory, or too busy. That gives no mark, never a zero."""

from __future__ import annotations

import importlib.util
import re
import stat
import sys
from pathlib import Path

from harness.errors import Problem


class SandboxError(Problem):
    """The sandbox or the machine does not work as it should; nothing can be said about the submission. Run again."""

    verdict = "infra"


def killed_for_memory() -> int:
    """Return how many processes the kernel has ended because memory ran out, see /proc/vmstat."""
    try:
        found = re.search(r"^oom_kill (\d+)$", Path("/proc/vmstat").read_text(encoding="ascii"), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) if found else 0


class Memory:
    """Notices when the kernel ends processes to get memory back: a worker that is gone then may have been one of them."""

    def __init__(self) -> None:
        self.before = killed_for_memory()

    def check(self) -> None:
        """Raise `SandboxError` if that has happened since last time."""
        before, self.before = self.before, killed_for_memory()
        if self.before > before:
            raise SandboxError("this machine ran out of memory, and the kernel ended processes")


def missing_module(said: str) -> str:
    """Return the module of this Python's standard library that could not be imported, if that is what a program ended with."""
    missing = re.search(r"ModuleNotFoundError: No module named '(\w+)", said)
    there = missing and missing[1] in sys.stdlib_module_names and importlib.util.find_spec(missing[1]) is not None
    return missing[1] if missing and there else ""


def everybody_may_read(folder: Path) -> bool:
    """True if any user of this machine gets into a folder: its owner has not closed it, nor one above it."""
    return all(place.stat().st_mode & stat.S_IXOTH for place in (folder, *folder.parents))


HIDDEN_LIBRARY = "workers cannot read {}, a module of Python's own; use a Python whose library every user of this machine may read"
"""They run as a user of their own, and whoever has installed Python below their own home has hidden it from everybody else."""
memory = Memory()
EXPENDABLE = b"1000"


def expendable() -> None:
    """If memory runs out, have the kernel end this process before it ends a judge."""
    try:
        Path("/proc/self/oom_score_adj").write_bytes(EXPENDABLE)
    except OSError:
        return
