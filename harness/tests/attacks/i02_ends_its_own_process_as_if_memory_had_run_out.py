"""I02: ends its own process as if memory had run out.

Exercise: 00
Base: lazy
Verdicts: crash exception timeout
"""

import os
import resource


def trick(node):
    for signal in (9, 15, 6):
        try:
            os.kill(os.getpid(), signal)
        except OSError:
            pass
    resource.setrlimit(resource.RLIMIT_CPU, (0, 0))
    while True:
        pass
