"""P32: unloads the harness.

Exercise: 00
Base: lazy
Verdicts: wrong exception load_error
"""

import sys

for name in [name for name in sys.modules if name.startswith("harness")]:
    del sys.modules[name]


def trick(node):
    import harness.node
