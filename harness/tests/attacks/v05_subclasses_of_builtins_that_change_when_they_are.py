"""V05: subclasses of builtins that change when they are looked at.

Exercise: 00
Base: lazy
Verdicts: exception wrong timeout memory
"""

from ping_protocol import Ping


class Text(str):
    def __iter__(self):
        raise SystemExit(0)

    def __len__(self):
        return 10**18


class Count(int):
    looks = 0

    def __index__(self):
        Count.looks += 1
        return Count.looks

    __int__ = __index__


class Many(dict):
    def items(self):
        return iter(lambda: ("a", 1), None)


def trick(node):
    node.text, node.count, node.many = Text("x"), Count(1), Many()
    node.send(node.server, Ping(Count(1)))
