"""A Lamport clock, the order it gives, and a darkroom that lets in one person at a time because of it.

Fill in the methods below, one step at a time, and run `course test 06` (or `pytest exercises/06_lamport_clock`) after each.
The README beside this file says what each part promises. You may add methods, attributes, functions and messages of your own.
"""

from lamport_clock_protocol import Ack, Enter, Leave, Release, Request, Want

from harness import Node

# ------------------------------------------------------------------------------------------------ part 1: the clock


class LamportClock:
    """The clock of one machine: it counts events. Every event, also sending and receiving, gets a stamp: a whole number.

    Whatever happened before an event has a smaller stamp than the event, on this machine and on every other.
    """

    def __init__(self) -> None:
        """Step 1: start the count at 0."""
        raise NotImplementedError("step 1: start the count")

    def tick(self) -> int:
        """Step 2: something happened on this machine. Return the event's stamp."""
        raise NotImplementedError("step 2: stamp an event")

    def send(self) -> int:
        """Step 3: this machine sends a message. Return the stamp of the sending; the message will carry it."""
        raise NotImplementedError("step 3: stamp a sending")

    def receive(self, stamp: int) -> int:
        """Step 4: a message arrived that carries `stamp`. Return the stamp of the receipt."""
        raise NotImplementedError("step 4: stamp a receipt")


# ------------------------------------------------------------------------------------------------ part 2: the order


def total_order(events: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Step 5: return the events in the order on which everybody agrees: smaller stamp first, equal stamps by name.

    Args:
        events: pairs (stamp, node), in the order in which they became known here. No pair is there twice.
    """
    raise NotImplementedError("step 5: list the events in the order on which everybody agrees")


def happened_before(a: tuple[int, str], b: tuple[int, str]) -> str:
    """Step 6: did event a happen before event b? Answer what their stamps prove: "yes", "no", or else "unknown".

    Args:
        a, b: pairs (stamp, node), stamped by clocks like the one above. They may be the same event.
    """
    raise NotImplementedError('step 6: return "yes", "no" or "unknown"')


# ------------------------------------------------------------------------------------------------ part 3: the darkroom


class MutexNode(Node):
    """Lets its person into the darkroom, never while another node's person is inside, in the order of the requests.

    Set before on_start runs:
        self.user   name of this node's person, e.g. "eve"
        self.peers  names of the other nodes
    """

    user: str

    def on_start(self) -> None:
        """Step 7: set up what this node remembers.

        A LamportClock, for instance; call it anything but `clock`, for `self.clock` is the one on the wall. Also who has
        requested the darkroom, what was heard from whom, and whether this node's person is inside.
        """
        raise NotImplementedError("step 7: set up what this node remembers")

    def on_want(self, sender: str, want: Want) -> None:
        """Step 8: the person asks to be let in. Send Request(stamp) to every peer, the same stamp to all."""
        raise NotImplementedError("step 8: request the darkroom from every peer")

    def on_request(self, sender: str, request: Request) -> None:
        """Step 9: a peer wants the darkroom. Remember its request; answer Ack(stamp), so that it knows you know."""
        raise NotImplementedError("step 9: remember the request and answer it")

    def on_ack(self, sender: str, ack: Ack) -> None:
        """Step 10: a peer has heard your request. Is it your turn? Then send Enter(stamp of your request) to self.user."""
        raise NotImplementedError("step 10: let the person in when it is this node's turn")

    def on_leave(self, sender: str, leave: Leave) -> None:
        """Step 11: the person has left. Your request is over; tell every peer with Release(stamp)."""
        raise NotImplementedError("step 11: give the darkroom back")

    def on_release(self, sender: str, release: Release) -> None:
        """Step 12: a peer gives the darkroom back. Forget the request that is over. Whose turn is it now?"""
        raise NotImplementedError("step 12: forget the request that is over")
