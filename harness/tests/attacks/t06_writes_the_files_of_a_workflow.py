"""T06: writes the files of a workflow.

Exercise: 00
Base: lazy
Verdicts: exception
"""

import os


def trick(node):
    with open(os.environ.get("GITHUB_ENV", "/tmp/attack-was-here"), "a") as file:
        file.write("RESULT=pass")
