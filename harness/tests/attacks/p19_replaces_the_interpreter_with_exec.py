"""P19: replaces the interpreter with exec.

Exercise: 00
Base: lazy
Verdicts: exception
"""

import os


def trick(node):
    os.execv("/bin/true", ["true"])
