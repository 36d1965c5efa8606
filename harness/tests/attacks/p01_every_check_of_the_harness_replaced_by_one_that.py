"""P01: every check of the harness replaced by one that passes.

Exercise: 00
Base: lazy
Verdicts: wrong load_error
Fast: yes
"""

import harness.running
import harness.testing

harness.testing.verify = harness.testing.verify_every_order = lambda *args, **options: None
harness.running._verdict = lambda *args: ("pass", "")
for module in list(__import__("sys").modules.values()):
    if getattr(module, "verify", None):
        module.verify = module.verify_every_order = lambda *args, **options: None
