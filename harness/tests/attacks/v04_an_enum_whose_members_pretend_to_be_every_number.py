"""V04: an enum whose members pretend to be every number.

Exercise: 00
Base: lazy
Verdicts: wrong exception protocol
May pass: first_ping
"""

import enum
from ping_protocol import Ping


class Any(enum.IntEnum):
    ONE = 1

    def __eq__(self, other):
        return True

    def __gt__(self, other):
        return False

    def __lt__(self, other):
        return True

    def __hash__(self):
        return 1


def trick(node):
    node.sent = getattr(node, "sent", 0) + 1
    if node.sent < 20:
        node.send(node.server, Ping(Any.ONE))
