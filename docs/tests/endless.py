"""Runs files that never end, watched as in a browser, and prints what is said of each: `python endless.py`. Runs in Pyodide."""

import sys
import tempfile
import time
import types
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from harness.errors import Stuck
from harness.watchdog import Jumps

PATIENCE_SECONDS = 0.3
LOOPS = {
    "plain": "while True:\n        pass",
    "a condition that stays true": "n = 1\n    while n > 0:\n        n += 1",
    "for": "import itertools\n    for _ in itertools.count():\n        pass",
    "comprehension": "import itertools\n    return {n % 7 for n in itertools.count()}",
    "generator": "import itertools\n    return sum(0 for _ in itertools.count())",
    "bare except": "while True:\n        try:\n            pass\n        except:\n            pass",
    "bare except around a loop": "while True:\n        try:\n            while True: pass\n        except:\n            pass",
    "in a function that it calls": "def again():\n        while True: len('')\n    again()",
}


def handler(folder, name, body):
    """Return the file that has the body in a function, and the function."""
    path = Path(folder) / f"{name.replace(' ', '_')}.py"
    path.write_text(f"def handler():\n    {body}\n", encoding="utf-8")
    made = types.ModuleType(path.stem)
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), made.__dict__)
    return path, made.handler


def main():
    with tempfile.TemporaryDirectory() as folder:
        for name, body in LOOPS.items():
            path, loop = handler(folder, name, body)
            try:
                with Jumps(path, PATIENCE_SECONDS).watched():
                    loop()
            except Stuck as stuck:
                print(str(stuck).partition(";")[0])
        path, short = handler(folder, "short", "return [n for n in range(3000)]")
        begun, calls = time.monotonic(), 0
        with Jumps(path, PATIENCE_SECONDS).watched():
            while time.monotonic() < begun + 3 * PATIENCE_SECONDS:
                short()
                calls += 1
        print("many short calls are not one long one" if calls > 3 else calls)


if __name__ == "__main__":
    main()
