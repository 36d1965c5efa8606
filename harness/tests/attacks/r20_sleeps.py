"""R20: sleeps.

Exercise: 00
Base: lazy
Verdicts: exception timeout
Fast: yes
"""

import time


def trick(node):
    time.sleep(1000)
