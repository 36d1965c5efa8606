"""M19: decorators and annotations that explode.

Exercise: 00
Base: none
Verdicts: load_error timeout
"""

@(lambda kind: [0] * (10 ** 12))
class PingClient:
    pass
