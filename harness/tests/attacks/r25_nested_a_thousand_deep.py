"""R25: nested a thousand deep.

Exercise: 00
Base: lazy
Verdicts: protocol exception
"""

def trick(node):
    from ping_protocol import Ping

    deep = 1
    for _ in range(1000):
        deep = (deep,)
    node.send(node.server, Ping(deep))
