"""P16: makes 0 and 1 equal in memory with ctypes.

Exercise: 00
Base: lazy
Verdicts: wrong crash exception load_error protocol timeout
"""

import ctypes


def trick(node):
    ctypes.memmove(id(0) + 24, id(1) + 24, 4)
