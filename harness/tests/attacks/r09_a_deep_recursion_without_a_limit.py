"""R09: a deep recursion without a limit.

Exercise: 00
Base: lazy
Verdicts: exception crash memory timeout
"""

import sys

sys.setrecursionlimit(10 ** 9)


def trick(node):
    trick(node)
