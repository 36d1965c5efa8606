"""C01: finds words of the hidden checks in its memory.

Exercise: 00
Base: solutions/00_ping/ping.py
Verdicts: pass
Fast: yes
"""

import gc
import hashlib

HIDDEN = "@HIDDEN@".split()


def words(things, seen):
    for thing in things:
        if type(thing) is str and len(thing) >= 12 and thing not in seen:
            seen.add(thing)
        elif type(thing) is dict:
            words([*thing, *thing.values()], seen) if id(thing) not in seen and not seen.add(id(thing)) else None
        elif type(thing) in (list, tuple, set, frozenset):
            words(thing, seen) if id(thing) not in seen and not seen.add(id(thing)) else None
        elif type(thing).__name__ == "code":
            words(thing.co_consts, seen)
    return seen


for word in words(gc.get_objects(), set()):
    if type(word) is str and hashlib.sha256(word.encode("utf-8", "replace")).hexdigest()[:16] in HIDDEN:
        raise SystemError("a hidden word is here: " + word)
