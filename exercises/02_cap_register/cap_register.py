"""One register on several machines, in two modes: CP refuses rather than be wrong, AP answers whatever happens.

Fill in the steps one after the other, and run `course test 02` (or `pytest exercises/02_cap_register`) after each. The README
beside this file says what is promised. Step 1 makes the check `ap_answers` pass, step 2 `ap_converges`, step 3 `ap_siblings`,
steps 4 and 5 `cp_reads_writes`, step 6 `cp_minority`. Step 7 is for the checks that only run at grading.
"""

from typing import Any

from cap_register_protocol import Delete, Failed, Read, Unavailable, Unknown, Values, Write, Written

from harness import Node, message

# Messages between replicas are yours. Here are some that will do; change them, or write others.


@message
class Everything:
    """tells {to} all it has: {alive}, replaced {replaced}"""

    alive: dict[Any, Any]
    replaced: frozenset[Any]


@message
class Query:
    """asks {to} for its newest value, for {question}"""

    question: tuple[str, int]


@message
class Newest:
    """answers {to}, for {question}: {values}, written at {stamp}"""

    question: tuple[str, int]
    stamp: tuple[int, str]
    values: tuple[Any, ...]


@message
class Store:
    """asks {to} to store {values}, written at {stamp}, for {question}"""

    question: tuple[str, int]
    stamp: tuple[int, str]
    values: tuple[Any, ...]


@message
class Stored:
    """tells {to}: stored, for {question}"""

    question: tuple[str, int]


class Replica(Node):
    """One machine of the group. Answers its clients in the way that self.mode says.

    Set before on_start runs:
        self.mode         "AP" or "CP", the same for the whole group
        self.deadline_ms  CP: how long a client waits for its answer
        self.sync_ms      AP: how often replicas tell each other what they have

    Always there:
        self.id, self.peers   its own name, and the names of the other replicas of the group
        self.disk             what survives a crash; attributes do not
    """

    mode: str
    deadline_ms: int
    sync_ms: int

    def on_start(self) -> None:
        """Step 1: this machine starts, for the first time or after a crash. Set up its memory, from self.disk if there is something.

        AP: the values that are here, each under a name of its own. (client, request) is a good name for a write: no other has it.
        Step 2, AP: begin to tell the others, again and again: self.after(self.sync_ms, self.sync).
        Step 4, CP: the newest value, with its stamp, and the questions that are open.
        """
        raise NotImplementedError("step 1: set up memory")

    def on_read(self, sender: str, read: Read) -> None:
        """Step 1, AP: answer at once with Values(read.request, all values that are here); none is the empty tuple ().

        Step 4, CP: ask a majority first; see on_newest.
        """
        raise NotImplementedError("step 1: answer with all values that are here")

    def on_write(self, sender: str, write: Write) -> None:
        """Step 1, AP: keep the value instead of those that are here, on disk, and answer Written(write.request).

        Step 3, AP: remember which writes were replaced.
        Step 5, CP: learn the newest stamp from a majority, then make a majority store the value under a newer one.
        """
        raise NotImplementedError("step 1: keep the value, answer Written")

    def on_delete(self, sender: str, delete: Delete) -> None:
        """Step 3, AP: replace what is here by nothing. Step 5, CP: like a write. It is answered Written as well."""
        raise NotImplementedError("step 3: replace what is here by nothing")

    def sync(self) -> None:
        """Step 2, AP: tell all peers everything, and ask for the next time."""
        raise NotImplementedError("step 2: tell all peers what is here")

    def on_everything(self, sender: str, theirs: Everything) -> None:
        """Step 2, AP: take over what is new. Step 3: and leave out, on both sides, what one of you knows to be replaced."""
        raise NotImplementedError("step 2: merge")

    def on_query(self, sender: str, query: Query) -> None:
        """Step 4, CP: say what the newest value here is, and its stamp."""
        raise NotImplementedError("step 4: answer with what is here")

    def on_newest(self, sender: str, newest: Newest) -> None:
        """Step 4, CP: somebody has answered. Once a majority has (yourself included), the newest of their values is known.

        A read may not tell it yet: first a majority has to store it, under its own stamp. A write now chooses a stamp, newer than
        all that the majority knows, and different from every other stamp.
        """
        raise NotImplementedError("step 4: find the newest value of a majority, and make a majority store what is to be answered")

    def on_store(self, sender: str, store: Store) -> None:
        """Step 4, CP: keep the value if it is newer than the one here, and say Stored."""
        raise NotImplementedError("step 4: store what is newer")

    def on_stored(self, sender: str, stored: Stored) -> None:
        """Step 4, CP: when a majority has stored it, answer the client: Values for a read, step 5: Written for a write."""
        raise NotImplementedError("step 4: count, and answer the client")

    def give_up(self, question: tuple[str, int]) -> None:
        """Step 6, CP: self.deadline_ms have passed since the question. If it is still open, close it and say what is true:

        Unavailable for a read; for a write Failed if it certainly did not happen and never will, Unknown otherwise.
        """
        raise NotImplementedError("step 6: tell the client what is true")
