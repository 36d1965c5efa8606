"""V01: a number that the judge could not print.

Exercise: 00
Base: lazy
Verdicts: wrong protocol exception
"""

from ping_protocol import Ping


def trick(node):
    node.send(node.server, Ping(1 << 4095))
