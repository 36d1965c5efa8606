"""R04: fills the memory.

Exercise: 00
Base: lazy
Verdicts: memory exception
"""

def trick(node):
    node.much = [bytearray(1 << 26) for _ in range(100)]
