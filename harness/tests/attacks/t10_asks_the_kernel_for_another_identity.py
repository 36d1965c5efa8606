"""T10: asks the kernel for another identity.

Exercise: 00
Base: lazy
Verdicts: exception
"""

import os


def trick(node):
    os.setuid(0)
