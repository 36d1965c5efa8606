"""P36: an exception whose text raises another exception.

Exercise: 00
Base: lazy
Verdicts: exception
"""

class Trap(Exception):
    def __str__(self):
        raise Trap

    __repr__ = __str__


def trick(node):
    raise Trap
