"""Y18: what the session knows is kept under the key in small letters, and looked for under the key as it is

Misconception: Keys are in small letters.
Why it breaks: Of "Home" the session knows nothing, whatever its user has written there.
Hint: Under which name do you remember a key, and under which do you look for it?
Lesson: docs/lessons/01-monotonic-reads.md#the-post-that-vanishes
Fails: never_back
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
        self.open[user, request.number] = request
        self.after(request.within_ms, self.give_up, user, request.number)

    def give_up(self, user: str, number: int) -> None:
        request = self.open.pop((user, number), None)
        if isinstance(request, Read):
            self.send(user, Unavailable(number))
        elif isinstance(request, Write):
            self.send(user, Unknown(number))  # it may have been stored, or it may still be

    def saw(self, user: str, key: str, version: int) -> None:
        session = self.seen.setdefault(user, {})
        session[key.lower()] = max(version, session.get(key.lower(), 0))

    def on_write(self, user: str, write: Write) -> None:
        self.begin(user, write)
        self.send(self.primary, Store((user, write.number), write.key, write.value))

    def on_stored(self, sender: str, stored: Stored) -> None:
        user, number = stored.ticket
        if self.open.pop(stored.ticket, None):
            self.saw(user, stored.key, stored.version)
            self.send(user, Written(number))

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
