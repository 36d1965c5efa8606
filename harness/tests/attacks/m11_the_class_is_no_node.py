"""M11: the class is no node.

Exercise: 00
Base: none
Verdicts: load_error
"""

class PingClient:
    def on_start(self):
        pass
