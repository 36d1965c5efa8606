"""M09: a handler with the wrong parameters.

Exercise: 00
Base: none
Verdicts: exception wrong
"""

from harness import Node


class PingClient(Node):
    def on_start(self, surplus):
        pass

    def on_pong(self):
        pass
