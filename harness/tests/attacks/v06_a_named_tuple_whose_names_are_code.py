"""V06: a named tuple whose names are code.

Exercise: 00
Base: lazy
Verdicts: exception protocol wrong
"""

import sys
from ping_protocol import Ping

codec = sys.modules.get("harness.grading.codec")


class Odd(tuple):
    _fields = ("a=__import__('os').system('touch /tmp/attack-was-here')", "b")


def trick(node):
    if codec:
        codec._PACKERS[int] = None
    node.disk["x"] = Odd((1, 2))
    node.send(node.server, Ping(Odd((1, 2))))
