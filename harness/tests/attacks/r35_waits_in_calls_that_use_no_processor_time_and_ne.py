"""R35: waits in calls that use no processor time, end at once, and never end as a whole, so that the machine looks busy.

Exercise: 00
Base: lazy
Verdicts: timeout exception crash
Fast
"""

import ctypes


def trick(node):
    libc = ctypes.CDLL(None, use_errno=True)
    while True:
        libc.syscall(324, 1, 0, 0)  # membarrier, x86_64
        libc.syscall(283, 1, 0, 0)  # membarrier, aarch64
