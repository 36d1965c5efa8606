"""R11: a number of four thousand digits.

Exercise: 00
Base: lazy
Verdicts: protocol exception
"""

def trick(node):
    from ping_protocol import Ping

    node.send(node.server, Ping(10 ** 4000))
