"""Failure detectors: machines that watch each other, and tell a monitor whom they suspect to be dead.

Fill in the steps one after the other, and run `course test 04` (or `pytest exercises/04_failure_detector`) after each. The README
beside this file says what is promised. Step 1 makes the check `beats` pass, steps 2 and 3 `the_dead` and `the_living`, step 4
`back_again`, step 5 `tuned`. The checks that only run at grading try the same promises in rougher weather.
"""

from failure_detector_protocol import Heartbeat, Suspect, Trust

from harness import Node


class Detector(Node):
    """One machine of the group. It gives signs of life, and suspects whoever gives none.

    Set before on_start runs:
        self.interval_ms   how often to give a sign of life, e.g. 100
        self.timeout_ms    how long a peer may be silent before it is suspected, e.g. 500; at least five times the interval
        self.monitor       name of the client that is told whom this machine suspects; it is no peer

    Always there:
        self.id, self.peers   its own name, and the names of the other detectors of the group
        self.clock            self.clock.monotonic_ms() measures durations; self.clock.wall_ms() may be set by anybody
        self.disk             what survives a crash; attributes do not
    """

    interval_ms: int
    timeout_ms: int
    monitor: str

    def on_start(self) -> None:
        """Step 1: this machine starts, for the first time or after a crash. Give the first sign of life: self.beat().

        Step 2: set up its memory, too. It trusts all its peers now, and has heard from none of them.
        """
        raise NotImplementedError("step 1: begin to beat")

    def beat(self) -> None:
        """Step 1: tell all peers that you are alive, self.broadcast(Heartbeat()), and call self.beat again in self.interval_ms.

        self.after(delay_ms, self.beat) does the second.
        """
        raise NotImplementedError("step 1: a heartbeat to every peer, again and again")

    def on_heartbeat(self, sender: str, heartbeat: Heartbeat) -> None:
        """Step 2: `sender` was alive when it sent this. From now on it may be silent for self.timeout_ms again.

        Step 4: if it is suspected, that was a mistake, or it is back. Say so: self.send(self.monitor, Trust(sender)).
        """
        raise NotImplementedError("step 2: remember this sign of life")

    def suspect(self, peer: str) -> None:
        """Step 3: nothing was heard of `peer` for self.timeout_ms. Tell the monitor, once: self.send(self.monitor, Suspect(peer)).

        Who calls this? Perhaps a timer for each peer, that every heartbeat sets anew: self.after(self.timeout_ms, self.suspect, peer),
        and self.cancel(timer) for the old one. Perhaps a look at all peers now and then. Both will do.
        """
        raise NotImplementedError("step 3: suspect a peer that has been silent for too long")


def tune(slowest_ms: int, lost_in_a_row: int, detect_ms: int) -> tuple[int, int] | None:
    """Step 5: choose an interval and a timeout, (interval_ms, timeout_ms), for a detector of plain heartbeats.

    Args:
        slowest_ms: a heartbeat takes between 0 and this long.
        lost_in_a_row: so many heartbeats, one after the other, may be lost.
        detect_ms: a peer that has died is to be suspected so long after its death at the latest.

    Returns:
        The longest interval you can, that is the least traffic, and a timeout that goes with it, so that nobody who lives is
        suspected. None if no interval is long enough to be one: at least 1 ms.
    """
    raise NotImplementedError("step 5: choose interval and timeout")
