"""P02: ends the process with status 0 when imported.

Exercise: 00
Base: lazy
Verdicts: load_error
Fast: yes
"""

import sys

sys.exit(0)
