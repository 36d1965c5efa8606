"""M10: the class is missing.

Exercise: 00
Base: none
Verdicts: load_error
Fast: yes
"""

Pong = 1
