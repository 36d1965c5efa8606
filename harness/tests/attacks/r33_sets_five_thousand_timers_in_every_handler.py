"""R33: sets five thousand timers in every handler.

Exercise: 00
Base: lazy
Verdicts: timeout exception memory wrong inconclusive protocol
"""

def trick(node):
    for number in range(4900):
        node.after(number, node.again)


def again(node):
    for number in range(50):
        node.after(1, node.again)
