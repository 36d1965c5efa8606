"""N03: decides by uuid4.

Exercise: 00
Base: solutions/00_ping/ping.py
Verdicts: nondeterministic wrong
May pass: first_ping
"""

import uuid

_ping = PingClient.ping


def ping(self, seq):
    for _ in range(1 + uuid.uuid4().int % 3):
        self.send(self.server, Ping(seq))
    self.after(300, self.retry, seq)


PingClient.ping = ping
