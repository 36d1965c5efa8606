"""P28: sets a breakpoint hook and a displayhook.

Exercise: 00
Base: lazy
Verdicts: wrong exception load_error
"""

import sys

sys.breakpointhook = sys.displayhook = lambda *args: None


def trick(node):
    breakpoint()
