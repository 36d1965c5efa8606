"""R06: fills the disk.

Exercise: 00
Base: lazy
Verdicts: exception
"""

def trick(node):
    with open("/tmp/attack-was-here", "wb") as file:
        file.write(bytes(1 << 30))
