"""P15: swallows every exception raised in the process.

Exercise: 00
Base: lazy
Verdicts: wrong
"""

import sys

sys.excepthook = lambda *args: None
sys.unraisablehook = lambda *args: None
