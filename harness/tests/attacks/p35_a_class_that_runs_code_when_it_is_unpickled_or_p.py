"""P35: a class that runs code when it is unpickled or printed.

Exercise: 00
Base: lazy
Verdicts: exception wrong protocol
"""

class Trap:
    def __reduce__(self):
        return (exec, ("raise SystemExit(0)",))

    def __repr__(self):
        raise SystemExit(0)

    __str__ = __repr__


def trick(node):
    from ping_protocol import Ping

    node.send(node.server, Ping(Trap()))
