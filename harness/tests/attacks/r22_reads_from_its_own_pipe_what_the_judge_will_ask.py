"""R22: reads from its own pipe what the judge will ask.

Exercise: 00
Base: lazy
Verdicts: timeout protocol crash exception
"""

import os


def trick(node):
    for number in range(3, 32):
        try:
            os.read(number, 10)
        except OSError:
            pass
