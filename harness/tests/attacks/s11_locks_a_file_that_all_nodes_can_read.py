"""S11: locks a file that all nodes can read.

Exercise: 00
Base: lazy
Verdicts: exception
"""

import fcntl
import os


def trick(node):
    fcntl.flock(os.open(os.__file__, os.O_RDONLY), fcntl.LOCK_EX)
