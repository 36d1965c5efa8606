"""S05: binds an abstract socket.

Exercise: 00
Base: lazy
Verdicts: exception
"""

import socket


def trick(node):
    socket.socket(socket.AF_UNIX).bind("\0attack-was-here")
