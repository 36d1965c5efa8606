"""R26: a disk that grows in every handler.

Exercise: 00
Base: lazy
Verdicts: wrong protocol exception timeout
May pass: first_ping
"""

def trick(node):
    node.disk["all"] = node.disk.get("all", "") + "x" * 100_000
    node.after(1, node.again)


def again(self):
    trick(self)
