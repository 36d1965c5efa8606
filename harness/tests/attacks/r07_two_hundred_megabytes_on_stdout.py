"""R07: two hundred megabytes on stdout.

Exercise: 00
Base: solutions/00_ping/ping.py
Verdicts: pass
"""

import os
import sys

for _ in range(200):
    os.write(1, b"x" * (1 << 20))
sys.stderr.write("noise" * 100_000)
