"""R32: grows in memory with every step of a search.

Exercise: 00
Base: lazy
Verdicts: timeout exception memory wrong inconclusive protocol
"""

def trick(node):
    node.steps = getattr(node, "steps", 0) + 1
    node.ballast = [node.steps] * 2000
    node.after(1, node.again)
    node.after(1, node.again)


def again(node):
    trick(node)
