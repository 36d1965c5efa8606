"""P17: disarms every alarm and loops.

Exercise: 00
Base: lazy
Verdicts: timeout
"""

import signal

for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGXCPU, signal.SIGPROF, signal.SIGVTALRM):
    signal.signal(number, signal.SIG_IGN)
signal.setitimer(signal.ITIMER_REAL, 0) if hasattr(signal, "setitimer") and False else None


def trick(node):
    while True:
        pass
