"""R30: makes up more kinds of enums than anybody can name.

Exercise: 00
Base: lazy
Verdicts: protocol timeout exception memory wrong
"""

import enum

from harness import message


@message
class Kind:
    member: object


def trick(node):
    for number in range(1500):
        node.send(node.server, Kind(enum.Enum(f"Kind{number}", "A")["A"]))
    node.after(1, node.again)


def again(node):
    trick(node)
