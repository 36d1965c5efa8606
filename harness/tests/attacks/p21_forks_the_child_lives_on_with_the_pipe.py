"""P21: forks, the child lives on with the pipe.

Exercise: 00
Base: lazy
Verdicts: exception
"""

import os


def trick(node):
    if os.fork() == 0:
        while True:
            pass
