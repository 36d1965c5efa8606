"""V07: a message class whose fields are code.

Exercise: 00
Base: lazy
Verdicts: protocol exception wrong
"""

import sys

worker = sys.modules.get("harness.grading.worker")


def trick(node):
    if worker:
        field = "a, b=__import__('os').system('touch /tmp/attack-was-here')"
        worker.packed_ledger = lambda ledger: [["send", node.server, ["m", "Ping2", field, 1]]]
    node.after(1, node.again)
