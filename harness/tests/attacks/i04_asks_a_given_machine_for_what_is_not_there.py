"""I04: asks a given machine for what is not there, so that this machine breaks.

Exercise: 01
Base: solutions/01_monotonic_reads/monotonic_reads.py
Verdicts: exception
"""

from monotonic_reads_protocol import Pull

_on_start = FrontEnd.on_start


def on_start(self):
    _on_start(self)
    for name in sorted(self._process.names - {self.id}):
        self.send(name, Pull(-5))


FrontEnd.on_start = on_start
