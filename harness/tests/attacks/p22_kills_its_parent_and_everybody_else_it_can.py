"""P22: kills its parent and everybody else it can.

Exercise: 00
Base: lazy
Verdicts: exception
Fast: yes
"""

import os
import signal


def trick(node):
    os.kill(os.getppid(), signal.SIGKILL)
