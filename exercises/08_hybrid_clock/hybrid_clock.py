"""A hybrid logical clock: close to the wall clock, and still never an effect before its cause.

Fill in the methods below, one step at a time, and run `course test 08` (or `pytest exercises/08_hybrid_clock`) after each.
The README beside this file says what each part promises. You may add methods, attributes, functions and classes of your own.

Physical time is never read here: it comes as an argument, physical_ms, a whole number of milliseconds.
"""

# ------------------------------------------------------------------------------------------------ part 1: the clock


class HybridClock:
    """The clock of one machine. Every event gets a stamp (l, c), and stamps are compared as pairs: l first, then c.

    l   the largest physical time, in ms, that this machine knows of: its own readings, and the l of stamps that reached it
    c   counts events that have the same l, so that each of them still gets a larger stamp than the one before
    """

    def __init__(self, max_drift_ms: int, saved: tuple[int, int]) -> None:
        """Step 1: remember the last stamp, and how far ahead a message may be.

        Args:
            max_drift_ms: a stamp whose l is further ahead of the physical clock than this is refused.
            saved: the last stamp that this machine gave before it was restarted; (0, 0) for a new machine.
        """
        raise NotImplementedError("step 1: remember the last stamp and max_drift_ms")

    def tick(self, physical_ms: int) -> tuple[int, int]:
        """Step 2: something happened on this machine, whose physical clock shows physical_ms. Return the event's stamp."""
        raise NotImplementedError("step 2: stamp an event")

    def send(self, physical_ms: int) -> tuple[int, int]:
        """Step 3: this machine sends a message. Return the stamp of the sending; the message will carry it."""
        raise NotImplementedError("step 3: stamp a sending")

    def receive(self, stamp: tuple[int, int], physical_ms: int) -> tuple[int, int] | None:
        """Step 4: a message arrived that carries `stamp`. Return the stamp of the receipt.

        If the stamp is too far ahead, return None, and go on as if the message had never come.
        """
        raise NotImplementedError("step 4: stamp a receipt, or refuse the message")


# ------------------------------------------------------------------------------------------------ part 2: the register


class Register:
    """One replica of a register whose last writer wins. "Last" is decided by versions (l, c, node), compared as triples."""

    def __init__(self, node: str, max_drift_ms: int) -> None:
        """Step 5: set up a replica that was never written to.

        Args:
            node: name of this replica, e.g. "ada".
            max_drift_ms: what its HybridClock gets.
        """
        raise NotImplementedError("step 5: set up the replica")

    def write(self, value: str, physical_ms: int) -> tuple[int, int, str]:
        """Step 6: a client writes here. Return the version (l, c, node) of this write; it travels with the value."""
        raise NotImplementedError("step 6: take in a client's write")

    def arrive(self, version: tuple[int, int, str], value: str, physical_ms: int) -> bool:
        """Step 7: a write made on another replica arrives. Take it in, unless a later one is here already.

        Return False if its version is too far ahead, and then ignore it altogether; True in all other cases.
        """
        raise NotImplementedError("step 7: take in another replica's write")

    def read(self) -> str | None:
        """Step 8: return the value of the write that won, None if there was none."""
        raise NotImplementedError("step 8: return the value")
