"""R13: a storm of messages that never ends.

Exercise: 00
Base: lazy
Verdicts: wrong protocol timeout
May pass: first_ping
"""

def trick(node):
    from ping_protocol import Ping

    node.send(node.server, Ping(1))
    node.send(node.server, Ping(1))
