"""N02: decides by os.urandom.

Exercise: 00
Base: solutions/00_ping/ping.py
Verdicts: nondeterministic wrong
May pass: first_ping
"""

import os

_ping = PingClient.ping


def ping(self, seq):
    for _ in range(1 + os.urandom(1)[0] % 3):
        self.send(self.server, Ping(seq))
    self.after(300, self.retry, seq)


PingClient.ping = ping
