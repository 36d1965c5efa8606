"""W02: names classes, methods and exceptions after commands.

Exercise: 00
Base: lazy
Verdicts: exception protocol
Fast
"""

Odd = type("::error::pass\n\x1b[2J", (Exception,), {})
Odd.__module__ = "harness.errors"


def trick(node):
    raise Odd("x")
