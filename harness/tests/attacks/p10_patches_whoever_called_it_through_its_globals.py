"""P10: patches whoever called it through its globals.

Exercise: 00
Base: lazy
Verdicts: wrong exception crash
"""

import sys


def trick(node):
    frame = sys._getframe()
    while frame is not None:
        for name in ("verify", "judge", "simulate", "run_check"):
            if name in frame.f_globals:
                frame.f_globals[name] = lambda *args, **options: None
        frame = frame.f_back
