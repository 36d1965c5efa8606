"""P34: hands a forged ledger to its own process.

Exercise: 00
Base: lazy
Verdicts: protocol exception wrong
"""

def trick(node):
    node._ledger.append(("send", node.server, None))
    node._ledger.append(("verdict", "pass"))
