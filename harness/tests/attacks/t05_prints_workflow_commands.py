"""T05: prints workflow commands.

Exercise: 00
Base: lazy
Verdicts: exception
Fast: yes
"""

import sys


def trick(node):
    sys.stdout.write("::set-output name=result::pass\n::add-mask::0\n")
    raise ValueError("\n::error::no\n##[group]x\n\x1b[2J::stop-commands::x")
