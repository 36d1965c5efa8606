"""P07: looks through all objects for properties and defuses them.

Exercise: 00
Base: lazy
Verdicts: wrong
"""

import gc


def trick(node):
    for thing in gc.get_objects():
        if type(thing).__name__ in ("Always", "Eventually", "Sometimes", "Holds"):
            object.__setattr__(thing, "judge", lambda trace: None)
