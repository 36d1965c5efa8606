"""The judge's side of a worker: starts it, asks it under deadlines, kills it, and believes nothing it says.

A simulated crash is a real one: the worker gets SIGKILL, and the next life is a new process that knows only the disk.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import harness.errors
from harness.errors import Mistake, Problem, Stuck
from harness.grading.codec import HEADER, MAX_FRAME, ProtocolError, checked_name, decode, encode
from harness.grading.zygote import PID

CPU_SECONDS_PER_EVENT = 2.0
WALL_SECONDS_PER_EVENT = 10.0
CPU_SECONDS_PER_WORKER = 30
LOOK_EVERY_SECONDS = 0.1


class WorkerDied(Problem):
    """The worker's process ended by itself: `os._exit`, a fatal signal, or out of memory."""

    verdict = "crash"


class SandboxError(Problem):
    """The sandbox itself does not work; nothing can be said about the submission. Run again."""

    verdict = "infra"


class StudentError(Exception):
    """What a student's code raised, as the worker told it.

    Args:
        kind: class name of the exception.
        text: its text; untrusted.
        line: in the student's file, 0 if unknown.
    """

    verdict = "exception"

    def __init__(self, kind: str, text: str, line: int) -> None:
        super().__init__(f"{kind}: {text}" if text else kind)
        self.kind, self.line = kind, line


class Sandbox:
    """A zygote and the means to start workers from it. Use as a context manager.

    Args:
        hash_seed: `PYTHONHASHSEED` of the workers.
        given: files of the modules that exercises give; workers have run them.
        without: layers of isolation not to use, see `lockdown.prepare`.
        slot: number of the processor to stay on.

    Raises:
        SandboxError: it does not start.
    """

    def __init__(self, hash_seed: int = 0, given: Sequence[Path] = (), without: Sequence[str] = (), slot: int = 0) -> None:
        # Judge and workers take turns, never run at once: on one processor a turn costs a context switch, across two a wake-up.
        self.processors = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {sorted(self.processors)[slot % len(self.processors)]})
        ours, theirs = socket.socketpair()
        root = Path(harness.__file__).parent.parent
        start = "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); runpy.run_module('harness.grading.zygote', run_name='__main__')"
        arguments = [str(root), str(theirs.fileno()), str(CPU_SECONDS_PER_WORKER), ",".join(without), *map(str, given)]
        self.control = ours
        self.process = subprocess.Popen(
            [sys.executable, "-s", "-S", "-P", "-B", "-c", start, *arguments],
            pass_fds=[theirs.fileno()],
            env={"PYTHONHASHSEED": str(hash_seed)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
        )
        theirs.close()
        ours.settimeout(30)
        try:
            self.level, size = ours.recv(2)
            self.missing = tuple(filter(None, ours.recv(size).decode().split(","))) if size else ()
        except (OSError, ValueError) as error:
            self.close()
            raise SandboxError(f"the sandbox does not start ({error or 'no answer'}); see docs/security.md") from error

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the zygote, and with it every worker."""
        self.control.close()
        self.process.kill()
        self.process.wait()
        os.sched_setaffinity(0, self.processors)

    def launch(self) -> Worker:
        """Start a worker.

        Raises:
            SandboxError: it could not be started.
        """
        ours, theirs = socket.socketpair()
        try:
            socket.send_fds(self.control, [b"w"], [theirs.fileno()])
            theirs.close()
            pid = PID.unpack(self.control.recv(PID.size, socket.MSG_WAITALL))[0]
            return Worker(ours, pid, os.pidfd_open(pid))
        except (OSError, ValueError, ArithmeticError) as error:
            raise SandboxError(f"a worker does not start ({error})") from error


class Worker:
    """One locked-down process and the pipe to it."""

    def __init__(self, pipe: socket.socket, pid: int, handle: int) -> None:
        self.pipe, self.pid, self.handle = pipe, pid, handle
        self.alive = True
        pipe.settimeout(LOOK_EVERY_SECONDS)

    def ask(self, request: list[Any]) -> list[Any]:
        """Send a request and return the reply.

        Raises:
            ProtocolError: the reply is not one.
            Stuck: no reply within 2 s of processor time, or 10 s in all.
            WorkerDied: the process is gone.
            Mistake, StudentError, NotImplementedError, MemoryError: what the student's code raised.
        """
        if not self.alive:
            raise WorkerDied("the worker was stopped")
        try:
            if select.select([self.pipe], [], [], 0)[0] and self.pipe.recv(1, socket.MSG_PEEK):
                raise ProtocolError("the worker speaks without being asked")
            self.pipe.settimeout(WALL_SECONDS_PER_EVENT)
            self.pipe.sendall(encode(request))
            self.pipe.settimeout(LOOK_EVERY_SECONDS)
            reply = decode(self._frame())
        except Problem:
            self.kill()
            raise
        except OSError as error:
            self.kill()
            raise WorkerDied("the process of the program under test ended by itself") from error
        if type(reply) is not list or not reply or type(reply[0]) is not str:
            raise ProtocolError("a reply is not a list with a word in front")
        if reply[0] == "error":
            raise told_error(reply)
        return reply

    def _frame(self) -> bytes:
        """Return the body of exactly one frame, under a deadline."""
        deadline = Deadline(self.pid)
        data = b""
        size = HEADER.size
        while len(data) < size:
            try:
                part = self.pipe.recv(MAX_FRAME)
            except TimeoutError:
                deadline.check()
                continue
            if not part:
                raise WorkerDied("the process of the program under test ended by itself")
            data += part
            if len(data) >= HEADER.size:
                size = HEADER.size + HEADER.unpack_from(data)[0]
            if size > HEADER.size + MAX_FRAME or len(data) > size:
                raise ProtocolError("a reply is too long, or followed by another")
        return data[HEADER.size :]

    def kill(self) -> None:
        """SIGKILL it; harmless if it is gone."""
        if self.alive:
            self.alive = False
            with contextlib.suppress(OSError):
                signal.pidfd_send_signal(self.handle, signal.SIGKILL)
            os.close(self.handle)
            self.pipe.close()


class Deadline:
    """Processor time first, so that a busy machine fails nobody; the clock on the wall only as a backstop."""

    def __init__(self, pid: int) -> None:
        self.clock = (~pid << 3) | 2  # CLOCK_PROCESS_CPUTIME_ID of another process, see clock_getcpuclockid(3)
        self.begun = time.monotonic()
        self.used = self._used()

    def _used(self) -> float:
        try:
            return time.clock_gettime(self.clock)
        except OSError:
            return 0.0

    def check(self) -> None:
        """Raise `Stuck` when the time is over."""
        if self._used() - self.used > CPU_SECONDS_PER_EVENT or time.monotonic() - self.begun > WALL_SECONDS_PER_EVENT:
            raise Stuck("one handler did not return in time; look for a loop that never ends")


def told_error(reply: list[Any]) -> BaseException:
    """Return the exception that an error reply tells: one of ours by name, or a `StudentError`."""
    try:
        _, kind, base, text, line, ours = reply
        checked_name(kind), checked_name(base)
        if type(text) is not str or type(line) is not int or type(ours) is not bool:
            raise ProtocolError("an error reply is malformed")
    except ValueError as error:
        raise ProtocolError("an error reply is malformed") from error
    place = f"line {line}" if line > 0 else ""
    named = getattr(harness.errors, kind, None)
    if ours and isinstance(named, type) and issubclass(named, Mistake):
        found: BaseException = named(text)
    elif base == "NotImplementedError":
        found = NotImplementedError(text)
        found.verdict = "not_attempted"  # type: ignore[attr-defined]
    elif base == "MemoryError":
        found = MemoryError(text)
    else:
        found = StudentError(kind, text, max(line, 0))
    found.place = place  # type: ignore[attr-defined]
    return found
