"""W04: says which line of our own files it would like to see.

Exercise: 00
Base: lazy
Verdicts: exception
Fast
"""

def trick(node):
    raise ValueError("ping.py:1 test_ping.py:1 ../../solutions/00_ping/ping.py:7 attribute 'waiting_for'")
