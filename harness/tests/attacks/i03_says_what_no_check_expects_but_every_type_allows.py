"""I03: says what no check expects but every type allows.

Exercise: 00
Base: lazy
Verdicts: wrong exception
"""

from ping_protocol import Ping, Pong


def trick(node):
    for seq in (-1, 0, 10**18, -(2**63)):
        node.send(node.server, Ping(seq))
        node.send(node.server, Pong(seq))
