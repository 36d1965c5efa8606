"""What a worker must not be able to do, tried from inside before any mark is made: a sandbox that is only believed in is none."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path

LAYER_OF = {
    "read /etc/passwd": "Landlock",
    "read its own environment": "Landlock",
    "list /": "Landlock",
    "write /tmp": "Landlock",
    "open a socket": "seccomp",
    "start a process": "seccomp",
    "start a thread": "seccomp",
    "send a signal": "seccomp",
}
"""Which layer forbids what."""


def allowed() -> list[str]:
    """Try everything on the list; return what succeeded."""
    return [name for name, action in _ACTIONS.items() if _succeeds(action)]


def _succeeds(action: Callable[[], object]) -> bool:
    with contextlib.suppress(OSError, RuntimeError):
        action()
        return True
    return False


def _write() -> None:
    path = Path(f"/tmp/course-probe-{os.getpid()}")
    path.write_bytes(b"")
    path.unlink()


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


_ACTIONS: dict[str, Callable[[], object]] = {
    "read /etc/passwd": lambda: Path("/etc/passwd").read_bytes(),
    "read its own environment": lambda: Path("/proc/self/environ").read_bytes(),
    "list /": lambda: list(Path("/").iterdir()),
    "write /tmp": _write,
    "open a socket": socket.socket,
    "start a process": _fork,
    "start a thread": lambda: threading.Thread(target=int).start(),
    "send a signal": lambda: os.kill(os.getpid(), signal.SIGCONT),
}
