"""C02: finds something in its environment or its arguments.

Exercise: 00
Base: solutions/00_ping/ping.py
Verdicts: pass
Fast: yes
"""

import os
import sys

told = {name: value for name, value in os.environ.items() if name not in ("PYTHONHASHSEED", "LC_CTYPE")}
told |= {"argument": value for value in sys.argv if "/" in value or "seed" in value}
if told:
    raise SystemError(repr(told))
