"""P18: swallows what should end an endless loop.

Exercise: 00
Base: lazy
Verdicts: timeout
Fast: yes
"""

def trick(node):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
