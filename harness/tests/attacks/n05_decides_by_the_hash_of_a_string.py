"""N05: decides by the hash of a string.

Exercise: 00
Base: solutions/00_ping/ping.py
Verdicts: nondeterministic wrong
May pass: first_ping
Fast: yes
"""

_ping = PingClient.ping


def ping(self, seq):
    for _ in range(1 + hash("ping") % 3):
        self.send(self.server, Ping(seq))
    self.after(300, self.retry, seq)


PingClient.ping = ping
