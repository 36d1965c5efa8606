"""N07: decides by a random generator of its own.

Exercise: 00
Base: solutions/00_ping/ping.py
Verdicts: nondeterministic wrong
May pass: first_ping
"""

import random

DICE = random.SystemRandom()

_ping = PingClient.ping


def ping(self, seq):
    for _ in range(1 + DICE.randrange(3)):
        self.send(self.server, Ping(seq))
    self.after(300, self.retry, seq)


PingClient.ping = ping
