"""D01: keeps objects that share memory on disk and in messages.

Exercise: 00
Base: lazy
Verdicts: exception
"""

from ping_protocol import Ping

SHARED = []


def trick(node):
    SHARED.append(node.id)
    node.disk["shared"] = SHARED
    node.shared = SHARED
    node.disk["shared"].append(1)
