"""M17: imports what is not there.

Exercise: 00
Base: none
Verdicts: load_error
"""

import torch_that_is_not_installed
