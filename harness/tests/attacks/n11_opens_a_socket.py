"""N11: opens a socket.

Exercise: 00
Base: lazy
Verdicts: exception
"""

import socket


def trick(node):
    socket.create_connection(("127.0.0.1", 80))
