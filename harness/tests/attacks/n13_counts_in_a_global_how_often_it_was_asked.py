"""N13: counts in a global how often it was asked.

Exercise: 00
Base: solutions/00_ping/ping.py
Verdicts: nondeterministic wrong
May pass: first_ping answered lost_messages one_at_a_time
"""

ASKED = []


def ping(self, seq):
    ASKED.append(1)
    for _ in range(1 + len(ASKED) % 2):
        self.send(self.server, Ping(seq))
    self.after(300, self.retry, seq)


PingClient.ping = ping
