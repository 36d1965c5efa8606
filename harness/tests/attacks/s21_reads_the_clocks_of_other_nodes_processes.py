"""S21: hears nobody; it reads from the kernel how much processor time its peers have used, and who uses none is dead.

Exercise: 04
Base: none
Verdicts: wrong nondeterministic
May pass: beats the_dead one_notice
"""

import os
import time

from failure_detector_protocol import Heartbeat, Suspect, Trust

from harness import Node


def used(process):
    """Return the processor time of a process, or none if the kernel does not tell."""
    try:
        return time.clock_gettime_ns((~process << 3) | 2)
    except OSError:
        return None


class Detector(Node):
    def on_start(self):
        near = range(os.getpid() - 300, os.getpid() + 300)
        self.known = {process: used(process) for process in near if process != os.getpid() and used(process) is not None}
        self.out = []
        self.beat()
        self.after(self.timeout_ms, self.look)

    def look(self):
        alive = 0
        for process, before in self.known.items():
            self.known[process] = used(process)
            alive += self.known[process] != before
        for peer in self.peers[alive:]:
            if peer not in self.out:
                self.out.append(peer)
                self.send(self.monitor, Suspect(peer))
        for peer in [peer for peer in self.out if peer in self.peers[:alive]]:
            self.out.remove(peer)
            self.send(self.monitor, Trust(peer))
        self.after(self.timeout_ms, self.look)

    def beat(self):
        self.broadcast(Heartbeat())
        self.after(self.interval_ms, self.beat)

    def on_heartbeat(self, sender, heartbeat):
        pass


def tune(slowest_ms, lost_in_a_row, detect_ms):
    return None
