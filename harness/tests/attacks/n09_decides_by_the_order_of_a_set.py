"""N09: decides by the order of a set.

Exercise: 00
Base: solutions/00_ping/ping.py
Verdicts: nondeterministic wrong
May pass: first_ping
"""

def ping(self, seq):
    names = {"alpha", "beta", "gamma", "delta"}
    for name in names:
        if name == "beta":
            break
        self.send(self.server, Ping(seq))
    self.send(self.server, Ping(seq))
    self.after(300, self.retry, seq)


PingClient.ping = ping
