"""R28: fills the memory of the judge with many small things.

Exercise: 00
Base: lazy
Verdicts: protocol timeout exception memory wrong
"""

from harness import message


@message
class Ballast:
    parts: object


def trick(node):
    for _ in range(40):
        node.send(node.server, Ballast([{} for _ in range(800)]))
    node.after(1, node.again)


def again(node):
    trick(node)
