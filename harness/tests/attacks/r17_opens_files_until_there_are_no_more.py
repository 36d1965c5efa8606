"""R17: opens files until there are no more.

Exercise: 00
Base: lazy
Verdicts: exception
"""

import os


def trick(node):
    node.kept = len([os.open(os.__file__, os.O_RDONLY) for _ in range(100_000)])
