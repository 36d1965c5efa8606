"""S22: hides its mistake behind messages that mean nothing, so that a search over all orders runs out before it gets there.

Exercise: 09
Base: solutions/09_idempotent_consumer/wrong/i17_no_second_look.py
Verdicts: wrong
May pass: first_deposit same_answer key_reused charge_decided same_key answers_kept
"""

from harness import message as _message

_on_start = Accounts.on_start


@_message
class Noise:
    n: int


def on_start(self):
    _on_start(self)
    for n in range(10):
        self.send(self.id, Noise(n))


Accounts.on_start = on_start
Accounts.on_noise = lambda self, sender, noise: None
