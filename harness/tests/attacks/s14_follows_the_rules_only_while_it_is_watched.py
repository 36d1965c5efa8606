"""S14: follows the rules only while it is watched.

Exercise: 00
Base: solutions/00_ping/ping.py
Verdicts: wrong nondeterministic
May pass: first_ping answered lost_messages
"""

import sys


def explored():
    frame = sys._getframe()
    while frame is not None:
        if frame.f_code.co_name in ("do_step", "local_step", "_ask"):
            return True
        frame = frame.f_back
    return False


_pong = PingClient.on_pong


def on_pong(self, sender, pong):
    if explored():
        return _pong(self, sender, pong)
    self.waiting_for += 1
    if self.waiting_for <= self.count:
        self.ping(self.waiting_for)


PingClient.on_pong = on_pong
