"""T07: uses sudo and the socket of Docker.

Exercise: 00
Base: lazy
Verdicts: exception
"""

import subprocess


def trick(node):
    subprocess.run(["sudo", "-n", "true"], check=True)
