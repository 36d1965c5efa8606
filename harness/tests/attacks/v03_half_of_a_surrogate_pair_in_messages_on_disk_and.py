"""V03: half of a surrogate pair in messages, on disk and in names.

Exercise: 00
Base: lazy
Verdicts: protocol exception
"""

from harness import message
from ping_protocol import Ping

Odd = message(type("Odd", (), {"__annotations__": {"text": str}}))


def trick(node):
    node.disk["\ud800"] = "\udfff"
    node.send(node.server, Odd("\ud800"))
