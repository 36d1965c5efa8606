"""A handler that never ends is ended, whatever it does about it; everything else is left alone."""

import subprocess
import sys
import threading
import time
import types

import pytest

from harness.errors import Stuck
from harness.watchdog import watch

LOOPS = {
    "plain": "while True:\n        pass",
    "bare except": "while True:\n        try:\n            pass\n        except:\n            pass",
    "bare except around a loop": "while True:\n        try:\n            while True: pass\n        except:\n            pass",
    "continue in finally": "while True:\n        try:\n            while True: pass\n        except BaseException:\n            continue",
    "except that calls": "while True:\n        try:\n            while True: sum(range(9))\n        except:\n            print(end='')",
    "sleeping": "import time\n    while True:\n        try:\n            time.sleep(0.02)\n        except:\n            pass",
}


def module(tmp_path, body):
    path = tmp_path / "student.py"
    path.write_text(f"def handler():\n    {body}\n", encoding="utf-8")
    made = types.ModuleType("student")
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), made.__dict__)
    return path, made


@pytest.mark.parametrize("loop", LOOPS)
def test_an_endless_handler_is_ended_and_named(tmp_path, loop):
    path, student = module(tmp_path, LOOPS[loop])
    with pytest.raises(Stuck, match=r"student.py:\d+: handler does not return; look for a loop that never ends"), watch(path, 0.3):
        student.handler()
    assert sys.gettrace() is None or "coverage" in str(sys.gettrace())


def test_nothing_strikes_after_the_watch_is_over(tmp_path):
    path, student = module(tmp_path, LOOPS["bare except around a loop"])
    for _ in range(3):
        with pytest.raises(Stuck), watch(path, 0.1):
            student.handler()
        for _ in range(1000):
            time.sleep(0)


@pytest.mark.parametrize("loop", ["pass", LOOPS["plain"], LOOPS["bare except"]])
def test_what_is_traced_or_profiled_goes_on_after_a_watch(tmp_path, loop):
    """On Python 3.11 it hung at the next call of a function, so this is run by a process that can be ended."""
    path, _ = module(tmp_path, loop)
    program = f"""
import cProfile, sys
from pathlib import Path
from harness.errors import Stuck
from harness.watchdog import watch
sys.path.insert(0, {str(tmp_path)!r})
from student import handler
profile = cProfile.Profile()
profile.enable()
for _ in range(2):
    try:
        with watch(Path({str(path)!r}), 0.1):
            handler()
    except Stuck:
        pass
    sys.settrace(lambda *event: None)
    print("goes on")
    (lambda: None)()
    sys.settrace(None)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "goes on\n" * 2


def test_a_watch_leaves_no_thread_behind(tmp_path):
    before = threading.active_count()
    for _ in range(20):
        with watch(tmp_path / "student.py"):
            pass
    time.sleep(0.05)
    assert threading.active_count() == before


def test_many_short_calls_are_not_one_long_one(tmp_path):
    path, student = module(tmp_path, "return sum(range(100))")
    with watch(path, 0.3):
        until = time.monotonic() + 1.0
        while time.monotonic() < until:
            student.handler()


def test_the_harness_may_take_its_time(tmp_path):
    with watch(tmp_path / "student.py", 0.1):
        time.sleep(0.7)
