"""C03: reads every descriptor that it has inherited.

Exercise: 00
Base: solutions/00_ping/ping.py
Verdicts: pass
"""

import os
import stat

for number in range(3, 64):
    try:
        kind = os.fstat(number).st_mode
    except OSError:
        continue
    if not stat.S_ISSOCK(kind):
        raise SystemError(f"descriptor {number} is not the pipe to the judge")
