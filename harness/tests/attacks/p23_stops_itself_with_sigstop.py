"""P23: stops itself with SIGSTOP.

Exercise: 00
Base: lazy
Verdicts: exception timeout crash
"""

import os
import signal


def trick(node):
    signal.raise_signal(signal.SIGSTOP)
