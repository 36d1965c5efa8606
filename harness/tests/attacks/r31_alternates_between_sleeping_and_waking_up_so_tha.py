"""R31: alternates between sleeping and waking up so that it never looks stuck.

Exercise: 00
Base: lazy
Verdicts: timeout exception
"""

import threading


def trick(node):
    lock = threading.Lock()
    lock.acquire()
    while True:
        lock.acquire(timeout=0.05)
