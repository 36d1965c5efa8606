"""P20: reads hidden tests from disk.

Exercise: 00
Base: solutions/00_ping/ping.py
Verdicts: pass
"""

import os
from pathlib import Path

for folder in ("/work", "/root", "/home", "/tmp", "..", ".", os.environ.get("HOME", "/")):
    try:
        found = list(Path(folder).rglob("test_*_hidden.py"))
    except OSError:
        continue
    for path in found:
        try:
            text = path.read_text()
        except OSError:
            continue
        raise SystemError("read " + text[:50])
