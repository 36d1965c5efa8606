"""R21: waits for a lock that nobody gives back.

Exercise: 00
Base: lazy
Verdicts: timeout
"""

import threading


def trick(node):
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()
