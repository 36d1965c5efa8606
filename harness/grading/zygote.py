"""Starts workers fast: a small process that has imported everything a worker needs and nothing it must not see, and forks.

It is started with an empty environment before any submission is read; the judge hands it one end of a pipe for each worker.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import signal
import socket
import struct
import sys
from pathlib import Path

from harness.grading import lockdown, machine, worker

PID = struct.Struct(">q")
# What students import, loaded once for all workers; the rest is found on disk, where the worker's user may read it.
PRELOADED = (
    *("abc", "array", "bisect", "collections.abc", "contextlib", "copy", "dataclasses", "datetime", "decimal", "enum", "fcntl"),
    *("fractions", "functools", "hashlib", "heapq", "inspect", "itertools", "json", "logging", "math", "numbers", "operator"),
    *("pprint", "queue", "random", "re", "statistics", "string", "struct", "subprocess", "textwrap", "threading", "time"),
    *("base64", "calendar", "cmath", "codecs", "contextvars", "csv", "ctypes", "difflib", "gc", "graphlib", "hmac", "io", "ipaddress"),
    *("keyword", "locale", "pathlib", "resource", "sched", "secrets", "select", "shutil", "signal", "socket", "tempfile", "traceback"),
    *("types", "typing", "unittest", "uuid", "warnings", "weakref", "zlib", "harness.scenario"),
    *("argparse", "ast", "asyncio", "binascii", "colorsys", "concurrent.futures", "cProfile", "fnmatch", "getopt", "glob", "html"),
    *("multiprocessing", "reprlib", "shlex", "tomllib", "unicodedata", "zoneinfo"),
)
HERE = "/proc/self/cwd"
"""Where a process stands, as a path."""


def main(control: socket.socket, cpu_seconds: int, without: list[str], given: list[Path]) -> None:
    """Run the modules that exercises give, then fork a locked worker for every pipe that arrives; answer with its process id."""
    machine.expendable()
    layers = lockdown.prepare(without)
    if layers.ruleset is not None:  # an older kernel than Landlock's would hide them from everybody
        lockdown.hide_processes()
    for name in PRELOADED:
        importlib.import_module(name)
    library = Path(os.__file__).parent
    if not machine.everybody_may_read(library):
        _enter(library)
    for path in given:
        worker.run_code(path.stem, worker.compiled(path.read_text(encoding="utf-8"), f"<{path.stem}>"))
    sys.argv[:] = sys.orig_argv[:] = [""]
    control.sendall(_introduction(layers))
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        word, pipes, _, _ = socket.recv_fds(control, 1, 1)
        _bury()
        if not word:
            return
        pid = os.fork()
        if pid == 0:
            control.close()
            _become_worker(pipes[0], layers, cpu_seconds)
        os.close(pipes[0])
        control.sendall(PID.pack(pid))


def _enter(library: Path) -> None:
    """Go into the folder of the standard library, so that workers find all of it although it lies below a private home.

    Who stands in a folder needs no right to walk there, and Python looks for modules where it stands.
    """
    os.chdir(library)
    packages = (module.__path__ for module in [*sys.modules.values()] if hasattr(module, "__path__"))
    for paths in (sys.path, *packages):
        paths[:] = [path.replace(str(library), HERE) for path in paths]


def _introduction(layers: lockdown.Layers) -> bytes:
    text = ",".join(layers.missing).encode()
    return bytes([layers.level, len(text)]) + text


def _become_worker(pipe: int, layers: lockdown.Layers, cpu_seconds: int) -> None:
    """Close everything but the pipe, lock, and serve. Never returns."""
    status = 70
    try:
        os.setsid()
        quiet = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(quiet, standard)
        low, high = sorted((pipe, pipe if layers.ruleset is None else layers.ruleset))
        for first, last in ((3, low), (low + 1, high), (high + 1, 256)):
            os.closerange(first, last)
        lockdown.lock(layers, cpu_seconds)
        worker.serve(pipe)
        status = 0
    finally:
        os._exit(status)


def _bury() -> None:
    """Wait for the workers that are dead."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


if __name__ == "__main__":
    lockdown.prctl(lockdown.PARENT_DEATH_SIGNAL, signal.SIGKILL)
    main(socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2]), sys.argv[3].split(","), [Path(name) for name in sys.argv[4:]])
