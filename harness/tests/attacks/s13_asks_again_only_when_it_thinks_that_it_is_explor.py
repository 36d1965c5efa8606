"""S13: asks again only when it thinks that it is explored.

Exercise: 00
Base: solutions/00_ping/ping.py
Verdicts: wrong nondeterministic
May pass: every_order
"""

import sys


def explored():
    frame = sys._getframe()
    while frame is not None:
        if frame.f_code.co_name in ("do_step", "explore", "restore"):
            return True
        frame = frame.f_back
    return False


def ping(self, seq):
    if explored():
        self.send(self.server, Ping(seq))
        self.after(300, self.retry, seq)


PingClient.ping = ping
