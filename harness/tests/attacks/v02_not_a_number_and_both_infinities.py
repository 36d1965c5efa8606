"""V02: not a number and both infinities.

Exercise: 00
Base: lazy
Verdicts: protocol wrong exception
"""

from ping_protocol import Ping


def trick(node):
    node.send(node.server, Ping(float("nan")))
    node.send(node.server, Ping(float("inf")))
