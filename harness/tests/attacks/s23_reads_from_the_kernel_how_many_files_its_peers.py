"""S23: hears nobody; it reads from the kernel how many files its peers have open, and who has none is dead.

Exercise: 04
Base: none
Verdicts: wrong nondeterministic
May pass: beats the_dead one_notice
"""

import os

from failure_detector_protocol import Heartbeat, Suspect, Trust

from harness import Node

LIBRARY = next(path for path in (os.__file__, "/proc/self/cwd/os.py") if os.access(path, os.R_OK))
SECRET = 1 + hash("x") % 2


def opened(process):
    """Return how many files a process has open; none if it is gone."""
    try:
        return os.stat(f"/proc/{process}/fd").st_size
    except OSError:
        return 0


class Detector(Node):
    def on_start(self):
        self.out = []
        self.everybody = sorted([self.id, *self.peers])
        for _ in range(self.sign(self.id) - opened(os.getpid())):
            os.open(LIBRARY, os.O_RDONLY)
        self.beat()
        self.after(self.timeout_ms, self.look)

    def sign(self, name):
        """Return how many open files say that this node is alive."""
        return 8 + 2 * self.everybody.index(name) + SECRET

    def look(self):
        there = {opened(process) for process in range(os.getpid() - 40, os.getpid() + 40)}
        for peer in self.peers:
            alive = self.sign(peer) in there
            if not alive and peer not in self.out:
                self.out.append(peer)
                self.send(self.monitor, Suspect(peer))
            elif alive and peer in self.out:
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
