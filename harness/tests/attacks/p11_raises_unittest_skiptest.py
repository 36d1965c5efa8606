"""P11: raises unittest.SkipTest.

Exercise: 00
Base: lazy
Verdicts: exception
"""

import unittest


def trick(node):
    raise unittest.SkipTest("not today")
