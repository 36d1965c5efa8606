"""U01: makes a timer whose method is one of Pythons own.

Exercise: 00
Base: lazy
Verdicts: exception wrong timeout nondeterministic
"""

def trick(node):
    node.after(1, node.__init__)
    node.after(1, node.__reduce__)
    node.after(1, node.__setattr__, "on_pong", 1)
