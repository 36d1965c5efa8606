"""P38: collects garbage in its own way.

Exercise: 00
Base: lazy
Verdicts: wrong exception
"""

import gc

gc.disable()
gc.set_threshold(1)
gc.callbacks.append(lambda phase, info: (_ for _ in ()).throw(SystemExit(0)))


def trick(node):
    gc.collect()
