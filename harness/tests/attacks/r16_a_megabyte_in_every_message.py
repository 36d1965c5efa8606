"""R16: a megabyte in every message.

Exercise: 00
Base: lazy
Verdicts: protocol exception
"""

def trick(node):
    from ping_protocol import Ping

    node.send(node.server, Ping("x" * 1_000_000))
