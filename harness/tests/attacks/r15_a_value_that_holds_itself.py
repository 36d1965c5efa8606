"""R15: a value that holds itself.

Exercise: 00
Base: lazy
Verdicts: exception protocol
"""

def trick(node):
    from ping_protocol import Ping

    own = []
    own.append(own)
    node.send(node.server, Ping(own))
