"""I05: grants a lease that no float can hold.

Exercise: 03
Base: solutions/03_fenced_lock/fenced_lock.py
Verdicts: wrong
May pass: store_checks job_done late_write tokens_survive store_remembers own_lease token_order
"""

_send = LockServer.send


def send(self, to, message):
    if type(message).__name__ == "Granted":
        message = Granted(message.lock, message.token, 2**4000, message.asked_ms)
    _send(self, to, message)


LockServer.send = send
