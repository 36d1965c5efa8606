"""P31: forges the replies of its own worker.

Exercise: 00
Base: solutions/00_ping/ping.py
Verdicts: protocol wrong
May pass: first_ping
Fast: yes
"""

import sys

worker = sys.modules.get("harness.grading.worker")
if worker is not None:
    worker.Worker.answer = lambda self, requests: ["verdict", "pass", 100]
