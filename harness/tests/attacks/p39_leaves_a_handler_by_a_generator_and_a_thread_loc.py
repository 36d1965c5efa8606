"""P39: leaves a handler by a generator and a thread-local.

Exercise: 00
Base: lazy
Verdicts: exception
"""

def trick(node):
    node.later = (number for number in range(10))
