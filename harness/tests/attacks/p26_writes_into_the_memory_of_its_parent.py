"""P26: writes into the memory of its parent.

Exercise: 00
Base: lazy
Verdicts: exception
"""

import os


def trick(node):
    with open(f"/proc/{os.getppid()}/mem", "r+b") as memory:
        memory.write(b"pass")
