"""P09: replaces the test functions in all loaded modules.

Exercise: 00
Base: lazy
Verdicts: wrong
"""

import sys

for module in list(sys.modules.values()):
    for name in list(vars(module)) if hasattr(module, "__dict__") else ():
        if name.startswith("test_"):
            setattr(module, name, lambda *args, **options: None)
