"""N10: starts a thread.

Exercise: 00
Base: lazy
Verdicts: exception
"""

import threading


def trick(node):
    threading.Thread(target=print).start()
