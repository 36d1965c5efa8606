"""P37: an exception that pretends to be one of the harness.

Exercise: 00
Base: lazy
Verdicts: wrong exception protocol crash
"""

import harness.errors


class Broken(harness.errors.Mistake):
    verdict = "pass"


Broken.__module__ = "harness.errors"


def trick(node):
    raise Broken("all is well")
