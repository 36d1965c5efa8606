"""Vector clocks, versions that neither replaces the other, and a chat that never shows an answer before its question.

Fill in the functions below, one step at a time, and run `course test 07` (or `pytest exercises/07_vector_clock`) after each.
The README beside this file says what each part promises. You may add methods, attributes, functions and messages of your own.

A stamp says how many events of each machine are known: {"ada": 2, "bob": 1}. A machine that is missing counts as 0. A stamp
that you are given may be a dict or an immutable mapping: read it with stamp.get(name, 0) or stamp.items(), never change it.
"""

from collections.abc import Mapping

from vector_clock_protocol import Post, Say, Show

from harness import Node

# ------------------------------------------------------------------------------------------------ part 1: the clock


class VectorClock:
    """The clock of one machine. Every event, also sending and receiving, gets a stamp: a dict from names to whole numbers."""

    def __init__(self, node: str, saved: Mapping[str, int]) -> None:
        """Step 1: remember the machine's name, and how many events of each machine it knows.

        Args:
            node: name of this machine, e.g. "ada".
            saved: the last stamp that this machine gave before it was restarted; {} for a new machine.
        """
        raise NotImplementedError("step 1: remember the machine's name and the counts it knows")

    def tick(self) -> dict[str, int]:
        """Step 2: something happened on this machine. Return the event's stamp."""
        raise NotImplementedError("step 2: stamp an event")

    def send(self) -> dict[str, int]:
        """Step 3: this machine sends a message. Return the stamp of the sending; the message will carry it."""
        raise NotImplementedError("step 3: stamp a sending")

    def receive(self, stamp: Mapping[str, int]) -> dict[str, int]:
        """Step 4: a message arrived that carries `stamp`. Return the stamp of the receipt."""
        raise NotImplementedError("step 4: stamp a receipt")


# ------------------------------------------------------------------------------------------------ part 2: two stamps


def compare(a: Mapping[str, int], b: Mapping[str, int]) -> str:
    """Step 5: say how stamp a stands to stamp b: "before", "after", "equal" or "concurrent".

    Any two stamps may be asked about, also two that no clock of yours has given. A missing entry is 0.
    """
    raise NotImplementedError('step 5: return "before", "after", "equal" or "concurrent"')


def merge(a: Mapping[str, int], b: Mapping[str, int]) -> dict[str, int]:
    """Step 6: return the stamp that knows all that a and b know, and nothing more."""
    raise NotImplementedError("step 6: return what a and b know together")


def keep(versions: list[tuple[Mapping[str, int], str]], new: tuple[Mapping[str, int], str]) -> list[tuple[Mapping[str, int], str]]:
    """Step 7: a version of some value has arrived. Return the versions to keep, in any order.

    A version is a pair (stamp, value). It has replaced those whose stamp is before its own. Versions with concurrent stamps
    are siblings: all of them are kept. Versions with equal stamps are the same version, arrived again: it is kept once.

    Args:
        versions: those kept so far; none of them has replaced another.
        new: the version that has arrived.
    """
    raise NotImplementedError("step 7: keep what no other version has replaced")


# ------------------------------------------------------------------------------------------------ part 3: the chat


class CausalBroadcast(Node):
    """Passes on what its user says, and shows the user what everybody says: nothing before what its author had seen.

    Set before on_start runs:
        self.user   name of this node's user, e.g. "eve"
        self.peers  names of the other nodes
    """

    user: str

    def on_start(self) -> None:
        """Step 8: set up what this node remembers.

        For instance, how many posts of each author it has shown, and which posts came too early.
        """
        raise NotImplementedError("step 8: set up what this node remembers")

    def on_say(self, sender: str, say: Say) -> None:
        """Step 9: the user says something. Send Show(self.id, say.text) to self.user, and Post(stamp, say.text) to every peer."""
        raise NotImplementedError("step 9: show it to the user and post it to every peer")

    def on_post(self, sender: str, post: Post) -> None:
        """Step 10: a peer's user has said something. Send Show(sender, post.text) to self.user, at the right moment.

        Begin with: at once. Then: not before everything that its author had seen was shown here too, and never twice.
        """
        raise NotImplementedError("step 10: show it to the user, once, when its turn has come")
