"""S19: remembers between two questions of a search.

Exercise: 00
Base: reference
Verdicts: wrong nondeterministic
May pass: first_ping answered lost_messages
"""

CALLS = {"n": 0}
_real = PingClient.on_pong


def on_pong(self, sender, pong):
    CALLS["n"] += 1
    if CALLS["n"] % 7 == 0:
        return
    _real(self, sender, pong)


PingClient.on_pong = on_pong
