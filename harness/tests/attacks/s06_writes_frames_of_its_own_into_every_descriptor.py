"""S06: writes frames of its own into every descriptor.

Exercise: 00
Base: lazy
Verdicts: protocol wrong exception crash
Fast: yes
"""

import os
import struct


def trick(node):
    body = b'["ledger",[["send","nobody",["m","Pong","seq",1]]],false,false]'
    for number in range(3, 32):
        try:
            os.write(number, struct.pack(">II", len(body), 2) + body)
        except OSError:
            pass
