"""Sessions that never go back: a front end between users and the copies of a database, of which most are a little behind.

Fill in the steps one after the other, and run `course test 01` (or `pytest exercises/01_monotonic_reads`) after each. The README
beside this file says what is promised. Step 1 makes the check `written` pass, step 2 `value`, step 3 `read_your_writes`, step 4
`monotonic_reads`, step 5 `by_the_deadline`, step 6 `moves_along`. Four more are decided at grading.
"""

from monotonic_reads_protocol import (
    Export,
    Exported,
    Fetch,
    Found,
    Import,
    Imported,
    Read,
    Store,
    Stored,
    Unavailable,
    Unknown,
    Value,
    Write,
    Written,
)

from harness import Node


class FrontEnd(Node):
    """Stands between users and the copies, and keeps a session for each user.

    Set before on_start runs:
        self.primary   name of the copy that takes all writes, e.g. "ada"
        self.replicas  names of the other copies, one to four
        self.retry_ms  a good time to wait for a copy before asking another one, e.g. 100
    """

    primary: str
    replicas: tuple[str, ...]
    retry_ms: int

    def on_start(self) -> None:
        """Step 1: this front end starts, with an empty memory. Set up what you want to remember of users and their requests."""
        raise NotImplementedError("step 1: set up memory")

    # --- writing ---

    def on_write(self, user: str, write: Write) -> None:
        """Step 1: `user` wants to write. Send Store(ticket, write.key, write.value) to the primary.

        The ticket comes back with the answer. Put into it what you will need then: user and write.number, as a tuple.
        """
        raise NotImplementedError("step 1: send Store to self.primary")

    def on_stored(self, sender: str, stored: Stored) -> None:
        """Step 1: the primary has stored the write with this ticket. Tell its user Written(number).

        Step 3: the user has written version `stored.version` of `stored.key`. That is something to remember.
        Step 5: an answer may come when the user has been told something else already. Nobody is told twice.
        """
        raise NotImplementedError("step 1: tell the user Written")

    # --- reading ---

    def on_read(self, user: str, read: Read) -> None:
        """Step 2: `user` wants to read. Send Fetch(ticket, read.key) to a copy, or to several.

        Step 3: the copy that you ask may have only an older version, or be dead and never answer. Ask another one then:
        self.after(self.retry_ms, self.method, ...) calls a method of yours a little later.
        """
        raise NotImplementedError("step 2: send Fetch to a copy")

    def on_found(self, sender: str, found: Found) -> None:
        """Step 2: a copy says what it has. Show it to the user: Value(number, found.key, found.value).

        Step 3: but not if this user wrote a newer version than `found.version`. Then this copy is of no use now.
        Step 4: and not if this user was shown a newer version. So remember what you show.
        """
        raise NotImplementedError("step 2: show the value to the user")

    # --- when no answer comes ---

    def give_up(self, user: str, number: int) -> None:
        """Step 5: the time that the user gave for this request is over, and there is no answer. Tell her.

        A read is Unavailable(number). A write is Unknown(number): it may have been stored, and it may still be.
        Nobody calls this unless you ask for it, with self.after(request.within_ms, self.give_up, user, request.number).
        """
        raise NotImplementedError("step 5: Unavailable for a read, Unknown for a write")

    # --- moving to another front end ---

    def on_export(self, user: str, export: Export) -> None:
        """Step 6: `user` wants to go on somewhere else. Answer Exported(export.number, token).

        The token is yours to design: any plain data that says what this session has written and seen.
        """
        raise NotImplementedError("step 6: give the user a token of her session")

    def on_import(self, user: str, arrival: Import) -> None:
        """Step 6: `user` brings a token, from another front end. Take it in, and answer Imported(arrival.number).

        She may have been here before, and have seen more than the token says.
        """
        raise NotImplementedError("step 6: go on with the session")
