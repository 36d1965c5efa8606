"""P05: a number whose comparisons are always true.

Exercise: 00
Base: lazy
Verdicts: wrong protocol exception
May pass: first_ping
"""

class Yes(int):
    def __eq__(self, other):
        return True

    def __ge__(self, other):
        return True

    __gt__ = __le__ = __lt__ = __ne__ = __ge__

    def __hash__(self):
        return 0


def trick(node):
    from ping_protocol import Ping

    node.send(node.server, Ping(Yes(1)))
