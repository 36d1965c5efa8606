"""What a browser runs is what everybody else runs: the same bytes in Pyodide as in CPython."""

import re
import subprocess
import sys
from pathlib import Path

from docs.tests.endless import LOOPS

ROOT = Path(__file__).parents[2]
PYODIDE = ROOT / "build" / "scripts" / "node_modules" / "pyodide"
BATTERY = "harness/tests/battery.py"


def in_pyodide(file, *args):
    """What a script of the repository prints there."""
    assert PYODIDE.is_dir(), "build the site first: python -m docs.publishing"
    command = ["node", str(Path(__file__).with_name("pyodide.mjs")), str(PYODIDE), str(ROOT), file, *args]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout


def test_traces_are_the_same_bytes_in_pyodide_as_in_cpython():
    here = [sys.executable, "-s", "-P", str(ROOT / BATTERY), str(ROOT), "7"]
    ours = subprocess.run(here, capture_output=True, text=True, check=True, timeout=300).stdout
    assert ours.count("\n") == 11
    assert ours == in_pyodide(BATTERY, "/course", "7")


def test_a_loop_that_never_ends_is_ended_and_named_without_threads():
    *told, calm = in_pyodide("docs/tests/endless.py").splitlines()
    assert len(told) == len(LOOPS)
    for name, line in zip(LOOPS, told, strict=True):
        assert re.fullmatch(rf"{name.replace(' ', '_')}\.py:[34]: handler does not return", line)
    assert calm == "many short calls are not one long one"
