"""P33: replaces Node itself for everybody.

Exercise: 00
Base: lazy
Verdicts: wrong exception load_error
"""

import harness
import harness.node


class Free:
    def __init__(self, *args):
        pass

    def __getattr__(self, name):
        return lambda *args, **options: None


harness.Node = harness.node.Node = Free
