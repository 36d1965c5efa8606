"""C05: looks for the modules of the judge.

Exercise: 00
Base: solutions/00_ping/ping.py
Verdicts: pass
"""

import sys

found = [name for name in sys.modules if name.startswith(("harness.checks", "harness.testing", "harness.running", "checks_of", "_pytest"))]
if found:
    raise SystemError(repr(found))
