"""S04: leaves word for other nodes in the temporary folder.

Exercise: 00
Base: lazy
Verdicts: exception
Fast: yes
"""

import os
import tempfile


def trick(node):
    with open(os.path.join("/tmp", "attack-was-here-" + node.id), "w") as file:
        file.write("hello")
