"""S07: reaches through its process for the simulator.

Exercise: 00
Base: lazy
Verdicts: wrong exception
"""

def trick(node):
    process = node._process
    for name in ("simulation", "world", "heap", "network", "trace"):
        getattr(process, name, []).clear() if hasattr(process, name) else None
    process.clock.now = 10 ** 6
