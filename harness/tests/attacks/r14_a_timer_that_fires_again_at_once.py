"""R14: a timer that fires again at once.

Exercise: 00
Base: lazy
Verdicts: wrong timeout protocol
May pass: first_ping
"""

def trick(node):
    node.after(0, node.again)


def again(self):
    self.after(0, self.again)
