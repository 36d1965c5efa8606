"""W03: an exception whose text and name change each time it is asked.

Exercise: 00
Base: lazy
Verdicts: exception memory timeout
"""

class Many(Exception):
    asked = 0

    def __str__(self):
        Many.asked += 1
        return "x" * 10**6 + str(Many.asked)

    __repr__ = __str__


def trick(node):
    raise Many
