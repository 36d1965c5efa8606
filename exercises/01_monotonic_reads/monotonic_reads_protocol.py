"""The messages of this exercise, and the machines that are given. Nothing to do here, but worth reading: it is a small database.

One *primary* takes all writes and numbers them. *Replicas* copy it, later: asynchronous replication. Both are *copies*, and
answer reads with what they have. Keys are text. Values are anything that a message can hold, 0, "", False and None too.
"""

from typing import Any

from harness import Node, message

# --- between a user and a front end; `number` belongs to one request of one user, and comes back in its answer ---


@message
class Read:
    """wants to read {key} (request {number})"""

    number: int
    key: str
    within_ms: int


@message
class Value:
    """shows {to}: {key} = {value} (request {number})"""

    number: int
    key: str
    value: Any


@message
class Unavailable:
    """tells {to}: request {number} cannot be served now"""

    number: int


@message
class Write:
    """wants to write {key} = {value} (request {number})"""

    number: int
    key: str
    value: Any
    within_ms: int


@message
class Written:
    """tells {to}: request {number} is written"""

    number: int


@message
class Unknown:
    """tells {to}: nobody knows what became of request {number}"""

    number: int


@message
class Export:
    """asks for the token of its session (request {number})"""

    number: int


@message
class Exported:
    """gives {to} the token {token} (request {number})"""

    number: int
    token: Any


@message
class Import:
    """brings the token {token} (request {number})"""

    number: int
    token: Any


@message
class Imported:
    """tells {to}: the session goes on here (request {number})"""

    number: int


# --- between a front end and a copy; `ticket` is whatever the front end likes, and comes back unchanged ---


@message
class Fetch:
    """asks what {to} has for {key}"""

    ticket: Any
    key: str


@message
class Found:
    """has {key} = {value}, version {version}"""

    ticket: Any
    key: str
    value: Any
    version: int  # the key's own count of writes: 1, 2, 3 …; 0 if this copy has never heard of the key
    position: int  # how far this copy has come: it has the first `position` writes, of all keys, and no others
    written_ms: int  # the primary's wall clock when this value was written; 0 if it never was


@message
class Store:
    """asks to store {key} = {value}"""

    ticket: Any
    key: str
    value: Any


@message
class Stored:
    """has stored {key}, version {version}"""

    ticket: Any
    key: str
    version: int
    position: int  # this write is the position-th of all
    written_ms: int


# --- between the copies ---


@message
class Entry:
    """write {position}: {key} = {value}, version {version}"""

    position: int
    key: str
    value: Any
    version: int
    written_ms: int
    source: tuple[str, Any]  # front end and ticket

    def __repr__(self) -> str:
        return f"{self.key}: {self.value!r} (version {self.version})"


@message
class Entries:
    """passes on {entries}"""

    entries: tuple[Entry, ...]


@message
class Pull:
    """asks for the writes after the first {position}"""

    position: int


# --- given machines ---


class Copy(Node):
    """What primary and replicas have in common: a log of writes on disk, and from it the newest value of each key in memory."""

    def on_start(self) -> None:
        self.position = 0
        self.newest: dict[str, Entry] = {}
        while self.position + 1 in self.disk:
            self.remember(self.disk[self.position + 1])

    def append(self, entry: Entry) -> None:
        self.disk[entry.position] = entry
        self.remember(entry)

    def remember(self, entry: Entry) -> None:
        self.position = entry.position
        self.newest[entry.key] = entry

    def on_fetch(self, sender: str, fetch: Fetch) -> None:
        entry = self.newest.get(fetch.key, Entry(0, fetch.key, None, 0, 0, ("", None)))
        self.send(sender, Found(fetch.ticket, fetch.key, entry.value, entry.version, self.position, entry.written_ms))


class Primary(Copy):
    """Stores each write at the end of its log, says so, and passes it on. A ticket that it knows from this front end is no new write.

    Set before on_start runs:
        self.replicas  their names
    """

    replicas: tuple[str, ...]

    def on_store(self, sender: str, store: Store) -> None:
        entry = self.stored(sender, store.ticket)
        if entry is None:
            version = self.newest[store.key].version + 1 if store.key in self.newest else 1
            source = (sender, store.ticket)
            entry = Entry(self.position + 1, store.key, store.value, version, self.clock.wall_ms(), source)
            self.append(entry)
            for replica in self.replicas:
                self.send(replica, Entries((entry,)))
        self.send(sender, Stored(store.ticket, entry.key, entry.version, entry.position, entry.written_ms))

    def stored(self, front_end: str, ticket: Any) -> Entry | None:
        """The write that this ticket of this front end stands for, if it is stored already."""
        for position in range(1, self.position + 1):
            if self.disk[position].source == (front_end, ticket):
                return self.disk[position]
        return None

    def on_pull(self, sender: str, pull: Pull) -> None:
        missing = [self.disk[position] for position in range(max(pull.position, 0) + 1, self.position + 1)]
        if missing:
            self.send(sender, Entries(missing))


class Replica(Copy):
    """Takes the primary's writes in their order, and asks now and then for those that it missed.

    Set before on_start runs:
        self.primary  its name
        self.pull_ms  how often to ask; 0 is never
    """

    primary: str
    pull_ms: int

    def on_start(self) -> None:
        super().on_start()
        if self.pull_ms:
            self.after(self.pull_ms, self.pull)

    def pull(self) -> None:
        self.send(self.primary, Pull(self.position))
        self.after(self.pull_ms, self.pull)

    def on_entries(self, sender: str, entries: Entries) -> None:
        for entry in entries.entries:
            if entry.position == self.position + 1:
                self.append(entry)


class User(Node):
    """Does one thing after the other: asks a front end, waits for the answer, asks the next. Tests use it.

    Set before on_start runs:
        self.script  ((at_ms, front_end, message), ...): what to ask, not before at_ms; in an `Import`, the token None stands for the
                     one that was exported last
    """

    script: tuple[tuple[int, str, Any], ...]

    def on_start(self) -> None:
        self.place = 0
        self.token: Any = None
        self.plan()

    def plan(self) -> None:
        if self.place < len(self.script):
            wait_ms = self.script[self.place][0] - self.clock.monotonic_ms()
            if wait_ms > 0:
                self.after(wait_ms, self.ask)
            else:
                self.ask()

    def ask(self) -> None:
        _, front_end, message = self.script[self.place]
        if isinstance(message, Import) and message.token is None:
            message = Import(message.number, self.token)
        self.send(front_end, message)

    def answered(self, sender: str, answer: Any) -> None:
        if self.place < len(self.script) and answer.number == self.script[self.place][2].number:
            self.place += 1
            self.plan()

    on_value = on_unavailable = on_written = on_unknown = on_imported = answered

    def on_exported(self, sender: str, exported: Exported) -> None:
        self.token = exported.token
        self.answered(sender, exported)
