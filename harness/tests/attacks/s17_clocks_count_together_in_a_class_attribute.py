"""S17: clocks count together in a class attribute.

Exercise: 06
Base: solutions/06_lamport_clock/lamport_clock.py
Verdicts: wrong nondeterministic
May pass: local_events messages every_short_history own_machine total_order first_turns happened_before never_two_inside entries_in_order everyone_gets_in
"""

_tick, _send = LamportClock.tick, LamportClock.send
LamportClock.last = 0


def tick(self):
    LamportClock.last += 1
    return LamportClock.last


LamportClock.tick = LamportClock.send = tick
LamportClock.receive = lambda self, stamp: tick(self)
