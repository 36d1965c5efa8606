"""R10: hangs at import.

Exercise: 00
Base: lazy
Verdicts: timeout
"""

while True:
    pass
