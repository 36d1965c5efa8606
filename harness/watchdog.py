"""Ends a handler that never ends. A second thread looks now and then whether the same call into the student's file is still
running, and if so raises `Stuck` in it.

A bare `except` would swallow that. But what stands in the `except` is not protected by its own `try`: the next line of the file that
runs after a `Stuck` raises it again (Python then forgets to trace, so two such blocks around each other may need `give_up`).

Code that Python cannot interrupt at all ends the whole process, with the line it hangs at.

It costs the running program nothing, works on every system that has threads, and never counts the harness's own time.

A browser has no threads. There Python itself reports each jump back in the student's file (PEP 669), which is where a loop goes on, and
what it calls looks at the clock. An endless call in C jumps nowhere; the page then stops the whole worker, and cannot name the line.
"""

from __future__ import annotations

import ctypes
import faulthandler
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from harness.errors import Stuck

LOOK_EVERY_SECONDS = 0.25
PATIENCE_SECONDS = 3.0
GIVE_UP_SECONDS = 10.0
AGAIN_SECONDS = 0.05
GAVE_UP = 70
"""Exit status of a process that had to be ended."""

DEBUGGERS = ("pdb", "bdb", "pydevd", "_pydevd_bundle", "debugpy")

console = 2
"""Where the last words go: pytest redirects descriptor 2 and sets this to a copy of the real one."""


@contextmanager
def watch(path: Path, patience_seconds: float = PATIENCE_SECONDS, give_up_seconds: float = GIVE_UP_SECONDS) -> Iterator[None]:
    """Raise `Stuck` in this thread if one call into the file at `path` runs longer than `patience_seconds`.

    Code that cannot be interrupted ends the whole process: with exit status 70 and a message, or with status 1 and a traceback if
    an endless call in C lets no other thread run.
    """
    if sys.platform == "emscripten":
        with Jumps(path, patience_seconds).watched():
            yield
        return
    watcher = Watcher(path, patience_seconds, give_up_seconds)
    watcher.insure()
    watcher.start()
    try:
        yield
    finally:
        watcher.stop()


class Watcher(threading.Thread):
    """Looks at the thread that made it."""

    def __init__(self, path: Path, patience_seconds: float, give_up_seconds: float) -> None:
        super().__init__(daemon=True)
        self.path = path
        self.patience_seconds = patience_seconds
        self.give_up_seconds = give_up_seconds
        self.watched = threading.get_ident()
        self.traced_before = sys.gettrace()
        self.over = self.ended = self.struck = False
        self.wake = threading.Lock()  # bare locks: a Stuck that strikes inside threading.Event would leave it locked
        self.wake.acquire()

    def run(self) -> None:
        """Look until told to stop."""
        seen: FrameType | None = None
        since = time.monotonic()
        while not self.wait(LOOK_EVERY_SECONDS):
            self.insure()
            call = self.call()
            if call is None or call is not seen:
                seen, since = call, time.monotonic()
            elif time.monotonic() - since >= self.patience_seconds:
                self.interrupt(call)
        faulthandler.cancel_dump_traceback_later()
        if self.struck:
            self.raise_there(Last)
        self.ended = True

    def insure(self) -> None:
        """Have this process ended, with the line it hangs at, unless this is called again in time.

        An endless loop in C may keep even this thread from running; what `faulthandler` starts needs nobody's leave.
        """
        faulthandler.dump_traceback_later(self.patience_seconds + self.give_up_seconds, exit=True, file=console)

    def wait(self, seconds: float) -> bool:
        """Wait this long or until told to stop, and say whether that is so."""
        return self.over or self.wake.acquire(timeout=seconds) or self.over

    def stop(self) -> None:
        """End this thread, and take what was still on its way from it."""
        while True:
            try:
                self.over = True
                if self.wake.locked():
                    self.wake.release()
                while not self.ended or self.struck:  # inside the `try`: here it strikes
                    time.sleep(0.0002)
                sys.settrace(self.traced_before)
                return
            except Last:
                self.struck = False
            except Stuck:
                continue

    def call(self) -> FrameType | None:
        """Return the frame through which control entered the student's file; None if it is elsewhere, or in a debugger."""
        found, frame = None, sys._current_frames().get(self.watched)
        while frame is not None:
            if str(frame.f_globals.get("__name__")).partition(".")[0] in DEBUGGERS:
                return None
            if frame.f_code.co_filename == str(self.path):
                found = frame
            frame = frame.f_back
        return found

    def line(self) -> int:
        """Return the number of the innermost line of the student's file."""
        frame = sys._current_frames().get(self.watched)
        while frame is not None and frame.f_code.co_filename != str(self.path):
            frame = frame.f_back
        return frame.f_lineno if frame is not None else 0

    def interrupt(self, call: FrameType) -> None:
        """Raise `Stuck` in the call until it ends; end the process if it cannot be ended."""
        line, name = self.line(), call.f_code.co_name
        stuck = self.stuck(_told(self.path, line, name))
        given_up = time.monotonic() + self.give_up_seconds
        self.struck = True
        while self.call() is call:
            self.raise_there(stuck)
            self.insure()
            if self.wait(AGAIN_SECONDS):
                return
            if time.monotonic() > given_up:
                self.give_up(line, name)

    def raise_there(self, stuck: type[Stuck]) -> None:
        """Raise an exception in the watched thread as soon as Python looks for one, instead of one that was not raised yet."""
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.watched), ctypes.py_object(stuck))

    def stuck(self, text: str) -> type[Stuck]:
        """Return an exception class (only a class can be raised in another thread) that the next line of the file raises again."""

        def begin(exception: Stuck) -> None:
            Exception.__init__(exception, text)
            frame: FrameType | None = sys._getframe(1)
            while frame is not None:
                frame.f_trace = again if frame.f_code.co_filename == str(self.path) else frame.f_trace
                frame = frame.f_back
            sys.settrace(again)

        def again(frame: FrameType, event: str, arg: object) -> Any:
            if frame.f_code.co_filename != str(self.path):
                return None
            if event == "line":
                raise Stuck(text)
            return again

        return type("Stuck", (Stuck,), {"__init__": begin})

    def give_up(self, line: int, name: str) -> None:
        """Say which line it is, and end the process: what Python cannot interrupt would run for ever."""
        text = (
            f"\n{self.path.name}:{line}: {_called(name)} does not return and cannot be interrupted, so everything ends here; {NEXT_STEP}\n"
        )
        os.write(console, text.encode("ascii", "replace"))
        os._exit(GAVE_UP)


class Last(Stuck):
    """Takes the place of a `Stuck` that is still on its way when a watch ends, and is awaited.

    Python can be asked to raise nothing instead, but then keeps looking for it: 3.12 gets slower, 3.11 hangs as soon as it is traced.
    """


class Jumps:
    """Watches without a thread, through `sys.monitoring`: Python 3.12 or later.

    Args:
        path: the student's file; what other files do is asked for once per place and never again.
        patience_seconds: how long one call into it may run.
    """

    TOOL = 4  # of the six that Python has, one that no debugger or profiler claims
    LOOK_EVERY = 1024  # jumps; a handler that loops less often is not looked at

    def __init__(self, path: Path, patience_seconds: float) -> None:
        self.path = path
        self.patience_seconds = patience_seconds
        self.jumps = 0
        self.seen: FrameType | None = None
        self.since = 0.0
        self.text = ""

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Raise `Stuck` from a loop that does not end, as long as the block runs."""
        monitoring: Any = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
        monitoring.use_tool_id(self.TOOL, "course")
        monitoring.register_callback(self.TOOL, monitoring.events.JUMP, self.jumped)
        monitoring.set_events(self.TOOL, monitoring.events.JUMP)
        try:
            yield
        finally:
            monitoring.set_events(self.TOOL, 0)
            monitoring.free_tool_id(self.TOOL)
            self.seen = None

    def jumped(self, code: CodeType, source: int, target: int) -> object:
        """Python calls this at each jump; what it raises comes out of the jump."""
        if code.co_filename != str(self.path):
            return sys.monitoring.DISABLE  # type: ignore[attr-defined,unused-ignore]
        self.jumps += 1
        if self.text or self.jumps % self.LOOK_EVERY == 0:
            self.look(sys._getframe(1))
        return None

    def look(self, frame: FrameType) -> None:
        """Raise `Stuck` if the call that `frame` belongs to has run for too long; again at each jump until it has ended."""
        call, above = frame, frame.f_back
        while above is not None:
            call, above = above if above.f_code.co_filename == str(self.path) else call, above.f_back
        if call is not self.seen:
            self.seen, self.since, self.text = call, time.monotonic(), ""
        elif self.text or time.monotonic() - self.since >= self.patience_seconds:
            self.text = self.text or _told(self.path, frame.f_lineno, call.f_code.co_name)
            raise Stuck(self.text)


NEXT_STEP = "look for a loop that never ends, and let a timer do the waiting: self.after(delay_ms, self.method)"


def _told(path: Path, line: int, name: str) -> str:
    return f"{path.name}:{line}: {_called(name)} does not return; {NEXT_STEP}"


def _called(name: str) -> str:
    return "the file's top level" if name == "<module>" else name
