"""S16: a message class that hides as another one.

Exercise: 00
Base: lazy
Verdicts: wrong protocol exception
"""

from harness import message


@message
class Pong:
    seq: int
    verdict: str


def trick(node):
    node.send(node.server, Pong(1, "pass"))
