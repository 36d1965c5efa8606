"""R23: closes its own pipe.

Exercise: 00
Base: lazy
Verdicts: crash
"""

import os


def trick(node):
    os.closerange(3, 64)
