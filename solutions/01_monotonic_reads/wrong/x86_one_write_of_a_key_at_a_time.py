"""X86: writes of one key are sent one after the other, whoever wants them

Misconception: Two writes of one key at the same time could get mixed up.
Why it breaks: The first is lost and stays open for seconds. The second, of another user, is not even sent, though the primary can be
reached.
Hint: The write of one user is lost. How long does the write of another user wait for it?
Lesson: docs/lessons/01-monotonic-reads.md#unavailable-and-unknown
Fails: fresh_enough
May fail: true_outcome, in_the_end
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
    """Stands between users and the copies, and keeps a session for each user."""

    primary: str
    replicas: tuple[str, ...]
    retry_ms: int

    def on_start(self) -> None:
        self.seen = {}  # user -> {key: the newest version that this user wrote or was shown}
        self.open = {}  # (user, number) -> a request that is not answered yet
        self.busy = {}

    def begin(self, user: str, request: Read | Write) -> None:
        self.open[user, request.number] = request
        self.after(request.within_ms, self.give_up, user, request.number)

    def give_up(self, user: str, number: int) -> None:
        request = self.open.pop((user, number), None)
        if isinstance(request, Read):
            self.send(user, Unavailable(number))
        elif isinstance(request, Write):
            self.send(user, Unknown(number))
            self.store(request.key)

    def saw(self, user: str, key: str, version: int) -> None:
        session = self.seen.setdefault(user, {})
        session[key] = max(version, session.get(key, 0))

    def on_write(self, user: str, write: Write) -> None:
        self.begin(user, write)
        self.store(write.key)

    def store(self, key):
        if self.busy.get(key) in self.open:
            return
        for (user, number), request in self.open.items():
            if isinstance(request, Write) and request.key == key and (user, number) != self.busy.get(key):
                self.busy[key] = user, number
                self.send(self.primary, Store((user, number), key, request.value))
                return

    def on_stored(self, sender: str, stored: Stored) -> None:
        user, number = stored.ticket
        if self.open.pop(stored.ticket, None):
            self.saw(user, stored.key, stored.version)
            self.send(user, Written(number))
            self.store(stored.key)

    def on_read(self, user: str, read: Read) -> None:
        self.begin(user, read)
        self.ask(user, read.number, 0)

    def ask(self, user: str, number: int, turn: int) -> None:
        read = self.open.get((user, number))
        if read:
            copies = (*self.replicas, self.primary)
            self.send(copies[turn % len(copies)], Fetch((user, number), read.key))
            self.after(self.retry_ms, self.ask, user, number, turn + 1)  # silent or stale: the next one, please

    def on_found(self, sender: str, found: Found) -> None:
        user, number = found.ticket
        fresh = found.version >= self.seen.get(user, {}).get(found.key, 0)
        if fresh and self.open.pop(found.ticket, None):
            self.saw(user, found.key, found.version)
            self.send(user, Value(number, found.key, found.value))

    def on_export(self, user: str, export: Export) -> None:
        self.send(user, Exported(export.number, self.seen.get(user, {})))

    def on_import(self, user: str, arrival: Import) -> None:
        for key, version in arrival.token.items():
            self.saw(user, key, version)
        self.send(user, Imported(arrival.number))
