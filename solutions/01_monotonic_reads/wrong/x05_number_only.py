"""X05: requests are known by their number alone

Misconception: A number names one request.
Why it breaks: Two users both have a request 1 open. One of them gets the other's answer, or none; and the primary takes two writes for
one.
Hint: Whose request is number 1? Look at what comes back to you with the answer of a copy.
Lesson: docs/lessons/01-monotonic-reads.md#one-primary-many-replicas
Fails: value, fresh_enough, true_outcome
May fail: in_the_end, never_back
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

    def begin(self, user: str, request: Read | Write) -> None:
        self.open[request.number] = (user, request)
        self.after(request.within_ms, self.give_up, user, request.number)

    def give_up(self, user: str, number: int) -> None:
        user, request = self.open.pop(number, (user, None))
        if isinstance(request, Read):
            self.send(user, Unavailable(number))
        elif isinstance(request, Write):
            self.send(user, Unknown(number))  # it may have been stored, or it may still be

    def saw(self, user: str, key: str, version: int) -> None:
        session = self.seen.setdefault(user, {})
        session[key] = max(version, session.get(key, 0))

    def on_write(self, user: str, write: Write) -> None:
        self.begin(user, write)
        self.send(self.primary, Store(write.number, write.key, write.value))

    def on_stored(self, sender: str, stored: Stored) -> None:
        user, write = self.open.pop(stored.ticket, ("", None))
        if isinstance(write, Write):
            self.saw(user, stored.key, stored.version)
            self.send(user, Written(stored.ticket))

    def on_read(self, user: str, read: Read) -> None:
        self.begin(user, read)
        self.ask(user, read.number, 0)

    def ask(self, user: str, number: int, turn: int) -> None:
        _, read = self.open.get(number, (user, None))
        if isinstance(read, Read):
            copies = (*self.replicas, self.primary)
            self.send(copies[turn % len(copies)], Fetch(number, read.key))
            self.after(self.retry_ms, self.ask, user, number, turn + 1)  # silent or stale: the next one, please

    def on_found(self, sender: str, found: Found) -> None:
        user, read = self.open.get(found.ticket, ("", None))
        if isinstance(read, Read) and found.version >= self.seen.get(user, {}).get(found.key, 0):
            del self.open[found.ticket]
            self.saw(user, found.key, found.version)
            self.send(user, Value(found.ticket, found.key, found.value))

    def on_export(self, user: str, export: Export) -> None:
        self.send(user, Exported(export.number, self.seen.get(user, {})))

    def on_import(self, user: str, arrival: Import) -> None:
        for key, version in arrival.token.items():
            self.saw(user, key, version)
        self.send(user, Imported(arrival.number))
