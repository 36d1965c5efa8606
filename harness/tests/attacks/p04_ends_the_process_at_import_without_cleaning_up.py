"""P04: ends the process at import without cleaning up.

Exercise: 00
Base: lazy
Verdicts: crash load_error
Fast: yes
"""

import os

os._exit(0)
