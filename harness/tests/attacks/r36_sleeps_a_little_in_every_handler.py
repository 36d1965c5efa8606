"""R36: sleeps a little in every handler, less than what is too long for one.

Exercise: 00
Base: solutions/00_ping/ping.py
Verdicts: timeout
May pass: first_ping
"""

import threading

_ping = PingClient.ping


def ping(self, seq):
    lock = threading.Lock()
    lock.acquire()
    lock.acquire(timeout=0.85)
    _ping(self, seq)


PingClient.ping = ping
