"""R03: a regular expression that never ends.

Exercise: 00
Base: lazy
Verdicts: timeout
"""

import re


def trick(node):
    re.match(r"(a+)+$", "a" * 60 + "b")
