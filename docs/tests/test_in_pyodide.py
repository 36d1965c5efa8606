"""What a browser runs is what everybody else runs: the same bytes in Pyodide as in CPython."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PYODIDE = ROOT / "build" / "scripts" / "node_modules" / "pyodide"
BATTERY = "harness/tests/battery.py"


def test_traces_are_the_same_bytes_in_pyodide_as_in_cpython():
    assert PYODIDE.is_dir(), "build the site first: python -m docs.publishing"
    here = [sys.executable, "-s", "-P", str(ROOT / BATTERY), str(ROOT), "7"]
    there = ["node", str(Path(__file__).with_name("pyodide.mjs")), str(PYODIDE), str(ROOT), BATTERY, "/course", "7"]
    ours, theirs = (subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout for command in (here, there))
    assert ours.count("\n") == 11
    assert ours == theirs
