"""P14: rewrites local variables with a trace function.

Exercise: 00
Base: lazy
Verdicts: wrong exception
"""

import sys


def rewrite(frame, event, arg):
    for name in frame.f_locals:
        if name in ("broken", "error", "found"):
            frame.f_locals[name] = None
    return rewrite


sys.settrace(rewrite)
