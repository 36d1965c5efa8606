"""R18: works just below the limit in every handler.

Exercise: 00
Base: lazy
Verdicts: timeout wrong
May pass: first_ping
"""

import time


def trick(node):
    begun = time.process_time()
    while time.process_time() - begun < 1.5:
        pass
    node.after(1, node.again)


def again(self):
    trick(self)
