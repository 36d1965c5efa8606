"""R19: an endless loop in C that hears no signal.

Exercise: 00
Base: lazy
Verdicts: timeout
"""

import collections
import itertools


def trick(node):
    collections.deque(itertools.repeat(0), maxlen=0)
