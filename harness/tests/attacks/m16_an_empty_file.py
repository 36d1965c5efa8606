"""M16: an empty file.

Exercise: 00
Base: none
Verdicts: load_error
"""


