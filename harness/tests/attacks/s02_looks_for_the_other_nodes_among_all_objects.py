"""S02: looks for the other nodes among all objects.

Exercise: 00
Base: solutions/00_ping/ping.py
Verdicts: pass
"""

import gc

_start = PingClient.on_start


def on_start(self):
    others = [thing for thing in gc.get_objects() if type(thing).__name__ in ("PingServer", "Simulation", "Network", "World")]
    if others:
        raise SystemError("found " + repr(others))
    _start(self)


PingClient.on_start = on_start
