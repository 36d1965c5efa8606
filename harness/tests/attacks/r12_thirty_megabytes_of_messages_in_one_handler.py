"""R12: thirty megabytes of messages in one handler.

Exercise: 00
Base: lazy
Verdicts: protocol exception timeout memory
"""

def trick(node):
    from ping_protocol import Ping

    for _ in range(1_000_000):
        node.send(node.server, Ping(1))
