"""R24: a hundred thousand classes of messages.

Exercise: 00
Base: lazy
Verdicts: protocol exception timeout memory
"""

from harness import message


def trick(node):
    for number in range(200):
        kind = message(type(f"Kind{number}", (), {"__annotations__": {"x": int}}))
        node.send(node.server, kind(1))
