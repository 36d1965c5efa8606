"""P30: replaces what packs its ledger and claims to have sent.

Exercise: 00
Base: solutions/00_ping/ping.py
Verdicts: wrong protocol
"""

import sys

worker = sys.modules.get("harness.grading.worker")
if worker is not None:
    worker.packed_ledger = lambda ledger: [["send", "nobody", ["m", "Pong", "seq", 1]]]
