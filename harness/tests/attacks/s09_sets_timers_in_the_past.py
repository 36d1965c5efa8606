"""S09: sets timers in the past.

Exercise: 00
Base: lazy
Verdicts: exception protocol
Fast: yes
"""

def trick(node):
    node._ledger.append(("set", 1, -1000, "on_start", ()))
