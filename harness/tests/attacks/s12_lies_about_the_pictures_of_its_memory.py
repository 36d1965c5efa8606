"""S12: lies about the pictures of its memory.

Exercise: 00
Base: lazy
Verdicts: wrong nondeterministic exception protocol
May pass: first_ping answered lost_messages
"""

import sys

worker = sys.modules.get("harness.grading.worker")
if worker is not None:
    step = worker.Worker.do_step

    def lie(self, *args):
        reply = step(self, *args)
        return [*reply[:4], 0, True]

    worker.Worker.do_step = lie
