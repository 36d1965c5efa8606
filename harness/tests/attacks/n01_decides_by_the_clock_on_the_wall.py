"""N01: decides by the clock on the wall.

Exercise: 00
Base: solutions/00_ping/ping.py
Verdicts: nondeterministic wrong
May pass: first_ping
"""

import time

_ping = PingClient.ping


def ping(self, seq):
    for _ in range(1 + time.time_ns() // 1000 % 2):
        self.send(self.server, Ping(seq))
    self.after(300, self.retry, seq)


PingClient.ping = ping
