"""R29: sends values that meet in one place of a hash table.

Exercise: 00
Base: lazy
Verdicts: protocol timeout exception memory wrong
"""

from harness import message

M, P1, P2, P5 = 2**64, 11400714785074694791, 14029467366897019727, 2870177450012600261


def forward(acc, lane):
    acc = (acc + lane * P2) % M
    return (acc << 31 | acc >> 33) * P1 % M


def lane_for(acc, wanted):
    wanted = wanted * pow(P1, -1, M) % M
    return ((wanted >> 31 | wanted << 33) % M - acc) * pow(P2, -1, M) % M


def pairs(count):
    found, first = [], 1
    while len(found) < count:
        first += 1
        second = lane_for(forward(P5, first), 12345)
        if 2 <= second < 2**61 - 1:
            found.append((first, second))
    return found


@message
class Crowd:
    members: object


ALL = frozenset(pairs(4000))


def trick(node):
    node.send(node.server, Crowd(ALL))
    node.after(1, node.again)


def again(node):
    trick(node)
