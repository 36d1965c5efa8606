"""S15: forges the number of its timers.

Exercise: 00
Base: lazy
Verdicts: protocol exception
"""

def trick(node):
    node._ledger.append(("set", 7, 10, "on_start", ()))
