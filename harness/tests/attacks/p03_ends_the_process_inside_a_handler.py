"""P03: ends the process inside a handler.

Exercise: 00
Base: lazy
Verdicts: crash
Fast: yes
"""

import os


def trick(node):
    os._exit(0)
