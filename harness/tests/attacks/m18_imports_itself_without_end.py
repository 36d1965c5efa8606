"""M18: imports itself without end.

Exercise: 00
Base: none
Verdicts: load_error exception
"""

import ping

ping.PingClient
