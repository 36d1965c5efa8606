"""P25: puts what it is asked into the text of an exception.

Exercise: 00
Base: lazy
Verdicts: exception
"""

def trick(node):
    raise ValueError(repr((node.id, node.peers, vars(node), node.clock.wall_ms())))
