"""T08: puts modules of its own in the place of the library.

Exercise: 00
Base: solutions/00_ping/ping.py
Verdicts: pass
"""

import sys
import types

for name in ("json", "struct", "random", "copy", "socket"):
    sys.modules[name] = types.ModuleType(name)
