"""T09: asks for more memory and descriptors.

Exercise: 00
Base: lazy
Verdicts: exception
"""

import resource


def trick(node):
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
