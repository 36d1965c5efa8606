"""R27: answers drop by drop.

Exercise: 00
Base: lazy
Verdicts: timeout protocol crash
Fast: yes
"""

import os
import struct
import time


def trick(node):
    frame = struct.pack(">II", 200_000, 1) + b'["ledger",[' + b" " * 200_000
    for byte in frame:
        begun = time.process_time()
        while time.process_time() - begun < 0.05:
            pass
        for number in range(3, 32):
            try:
                os.write(number, bytes([byte]))
            except OSError:
                pass
