"""R02: one endless call in C.

Exercise: 00
Base: lazy
Verdicts: timeout
Fast: yes
"""

def trick(node):
    3 ** (10 ** 9)
