"""The judge's side of a worker: starts it, asks it under deadlines, kills it, and believes nothing it says.

A simulated crash is a real one: the worker gets SIGKILL, and the next life is a new process that knows only the disk.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import harness
from harness.errors import Problem, Stuck
from harness.grading import machine
from harness.grading.budget import EVENTS_TO_LAUNCH, LOOK_EVERY_SECONDS, WAITS, Budget, Patience, delay_of
from harness.grading.codec import CHUNK, HEADER, MAX_FRAME, MAX_REQUEST, ProtocolError, decode, encode, told_apart
from harness.grading.machine import SandboxError
from harness.grading.probing import LAYER_OF
from harness.grading.told import StudentError, told_error
from harness.grading.zygote import PID

CPU_SECONDS_PER_WORKER = 60
BYTES_PER_WORKER, BYTES_PER_LIST = 64 * 1024 * 1024, 16
"""What one worker may say in its whole life, five times what a right program does; a list counts for more, as it takes more here."""
ENDED = "the process of the program under test ended by itself"


class WorkerDied(Problem):
    """The worker's process ended by itself: `os._exit`, a fatal signal, or out of memory."""

    verdict = "crash"


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
        self._test_itself()

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

    def _test_itself(self) -> None:
        """Have a worker try what it must not be able to do; a layer that lets anything through counts as missing."""
        worker = self.launch(Budget())
        try:
            _, *allowed = worker.ask([["probe"]])
            leaking = {LAYER_OF[name] for name in allowed} - set(self.missing)
        except (Problem, StudentError, KeyError, TypeError) as error:
            self.close()
            raise SandboxError(f"the sandbox fails its self-test ({error})") from error
        finally:
            worker.kill()
        self.missing += tuple(f"{layer} (it lets through: {', '.join(allowed)})" for layer in sorted(leaking))
        self.level = max(1, self.level - len(leaking))

    def launch(self, budget: Budget, note: Callable[[bytes], object] = len) -> Worker:
        """Start a worker that may use what is left of a budget; `note` is given the body of each reply.

        Raises:
            SandboxError: it could not be started.
        """
        ours, theirs = socket.socketpair()
        try:
            socket.send_fds(self.control, [b"w"], [theirs.fileno()])
            theirs.close()
            pid = PID.unpack(self.control.recv(PID.size, socket.MSG_WAITALL))[0]
            return Worker(ours, pid, budget, note)
        except (OSError, ValueError, ArithmeticError) as error:
            raise SandboxError(f"a worker does not start ({error})") from error


class Worker:
    """One locked-down process and the pipe to it."""

    def __init__(self, pipe: socket.socket, pid: int, budget: Budget, note: Callable[[bytes], object]) -> None:
        self.pipe, self.pid, self.budget, self.note = pipe, pid, budget, note
        self.handle = os.pidfd_open(pid)
        self.alive = True
        self.asked = self.answered = self.heard = self.last = 0
        self.unread = b""
        self.clock = (~pid << 3) | 2  # CLOCK_PROCESS_CPUTIME_ID of another process, see clock_getcpuclockid(3)
        self.counted, self.events_counted = 0.0, 0
        self.waited, self.slept, self.delay = 0.0, 0.0, delay_of("self")
        look = struct.pack("@ll", int(LOOK_EVERY_SECONDS), int(LOOK_EVERY_SECONDS % 1 * 1_000_000))
        pipe.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, look)
        pipe.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, look)

    def ask(self, requests: list[list[Any]], noted: bool = True) -> list[Any]:
        """Send some requests in one frame and return the one reply; note what it says.

        Raises:
            ProtocolError: the reply is not one.
            Stuck: no reply in time, or the time for the whole check is used up.
            WorkerDied: the process is gone.
            Mistake, StudentError, NotImplementedError, MemoryError: what the student's code raised.
        """
        self.post([requests])
        return self.reply(noted)

    def ask_in_turn(self, frames: Sequence[list[list[Any]]], noted: bool = True) -> Iterator[list[Any]]:
        """Yield the replies to several frames, which are sent without waiting for each; raises what `ask` does."""
        while frames:
            sent = self.post(frames)
            for _ in range(sent):
                yield self.reply(noted)
            frames = frames[sent:]

    def post(self, frames: Sequence[list[list[Any]]]) -> int:
        """Send frames without waiting for replies; return how many were sent: as many as surely find room on the way, but at least one.

        Nothing can be sent while a reply is due.
        """
        if not self.alive:
            raise WorkerDied("the worker was stopped")
        data, sent = b"", 0
        for requests in frames:
            frame = encode(requests, self.asked + 1, MAX_REQUEST)
            if sent and len(data) + len(frame) > CHUNK:
                break
            self.asked += 1
            data, sent = data + frame, sent + 1
        try:
            self._send(data)
        except (Problem, OSError) as error:
            raise self._end(error) from error
        return sent

    def reply(self, noted: bool = True) -> list[Any]:
        """Return the reply to the frame that is next in turn; raises what `ask` does."""
        number = self.answered = self.answered + 1
        try:
            body = self._frame(number)
            reply = decode(body)
            if not number & 63:
                self.count()
        except (Problem, OSError) as error:
            raise self._end(error) from error
        if type(reply) is not list or not reply or type(reply[0]) is not str:
            raise ProtocolError("a reply is not a list with a word in front")
        if reply[0] == "error":
            raise told_error(reply)
        if noted:
            self.note(told_apart(body, reply))
        return reply

    def _end(self, error: Problem | OSError) -> Problem:
        """Kill it, and return what is wrong with it; if it is gone, that may be the machine's fault."""
        self.kill()
        problem = error if isinstance(error, Problem) else WorkerDied(ENDED)
        if isinstance(problem, WorkerDied):
            machine.memory.check()
        return problem

    def _send(self, data: bytes) -> None:
        patience = None
        while True:
            try:
                sent = self.pipe.send(data)
            except BlockingIOError:
                patience = patience or Patience(self)
                patience.check()
                continue
            if sent == len(data):
                return
            data = data[sent:]

    def _frame(self, number: int) -> bytes:
        """Return the body of the next frame, which answers request `number`; only if more was asked may another follow."""
        patience = None
        data, size = self.unread, HEADER.size
        while True:
            if len(data) >= HEADER.size:
                length, answered = HEADER.unpack_from(data)
                size = HEADER.size + length
                if answered != number:
                    raise ProtocolError("the worker answers what it was not asked")
                if length > MAX_FRAME or (len(data) > size and number == self.asked):
                    raise ProtocolError("a reply is too long, or followed by another")
                if len(data) >= size:
                    break
            if data:  # it may come drop by drop
                patience = patience or Patience(self)
                patience.check()
            begun = time.monotonic()
            try:
                part = self.pipe.recv(CHUNK)
            except BlockingIOError:
                self.waited += time.monotonic() - begun
                patience = patience or Patience(self)
                patience.check()
                continue
            self.waited += time.monotonic() - begun
            if not part:
                raise WorkerDied(ENDED)
            data = data + part if data else part
        self.unread = data[size:]
        self.heard, self.last = self.heard + size + BYTES_PER_LIST * data.count(b"[", 0, size), size
        if self.heard > BYTES_PER_WORKER:
            raise ProtocolError(f"one node said more than {BYTES_PER_WORKER // 1_000_000} MB in one run")
        return data[HEADER.size : size]

    def used(self) -> float:
        """Return the processor time it has used, in seconds; all that is known if it is gone."""
        try:
            return time.clock_gettime(self.clock)
        except OSError:
            return self.counted

    def count(self) -> None:
        """Charge what it has used since last time to the budget.

        Raises:
            Stuck: nothing is left, or it has slept too long.
        """
        used, events = self.used(), self.asked + EVENTS_TO_LAUNCH
        self.budget.charge(used - self.counted, events - self.events_counted)
        self.counted, self.events_counted = used, events
        if self.budget.left() < 0:
            raise Stuck("all handlers of a check together took too long; look for work that grows with every event")
        self._count_sleep(used)

    def _count_sleep(self, used: float) -> None:
        """Charge the time that was waited for it while it neither ran nor would have liked to, nor the judge."""
        its, ours = delay_of(self.pid), delay_of("self")
        if its is None or ours is None or self.delay is None:
            return
        slept = self.waited - used - its - (ours - self.delay)
        self.budget.slept += max(0.0, slept - self.slept)
        self.slept = max(self.slept, slept)
        if self.budget.slept > self.budget.sleep:
            raise Stuck(WAITS)

    def kill(self) -> None:
        """SIGKILL it; harmless if it is gone."""
        if self.alive:
            self.alive = False
            with contextlib.suppress(Stuck):
                self.count()
            with contextlib.suppress(OSError):
                signal.pidfd_send_signal(self.handle, signal.SIGKILL)
            os.close(self.handle)
            self.pipe.close()
