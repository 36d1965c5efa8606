"""P13: writes its own results when the process ends.

Exercise: 00
Base: lazy
Verdicts: wrong
"""

import atexit


def forge():
    for name in ("results.xml", "result.json", "/tmp/attack-was-here.json"):
        try:
            open(name, "w").write('{"score": 100, "max_score": 100}')
        except OSError:
            pass


atexit.register(forge)
