"""N04: decides by the address of an object.

Exercise: 00
Base: solutions/00_ping/ping.py
Verdicts: nondeterministic wrong
May pass: first_ping
"""

_ping = PingClient.ping


def ping(self, seq):
    for _ in range(1 + id(object()) // 16 % 3):
        self.send(self.server, Ping(seq))
    self.after(300, self.retry, seq)


PingClient.ping = ping
