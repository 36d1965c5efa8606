"""M01: a syntax error.

Exercise: 00
Base: none
Verdicts: load_error
"""

def :(
