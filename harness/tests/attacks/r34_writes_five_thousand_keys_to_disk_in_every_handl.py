"""R34: writes five thousand keys to disk in every handler.

Exercise: 00
Base: lazy
Verdicts: timeout exception memory wrong protocol
"""

def trick(node):
    for number in range(4000):
        node.disk[f"{len(node.disk)}/{number}"] = "x" * 8
    node.after(1, node.again)


def again(node):
    trick(node)
