"""Slow and choosy: all copies are asked, and half of the time is over before the user is shown the newest answer."""

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
        self.best = {}
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
        session[key] = max(version, session.get(key, 0))

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
        self.ask(user, read.number)
        self.after(read.within_ms // 2, self.decide, user, read.number)

    def ask(self, user: str, number: int) -> None:
        read = self.open.get((user, number))
        if read:
            for copy in (*self.replicas, self.primary):
                self.send(copy, Fetch((user, number), read.key))
            self.after(self.retry_ms, self.ask, user, number)

    def on_found(self, sender: str, found: Found) -> None:
        best = self.best.get(found.ticket)
        if best is None or found.version > best.version:
            self.best[found.ticket] = found

    def decide(self, user: str, number: int) -> None:
        found = self.best.get((user, number))
        if found and found.version >= self.seen.get(user, {}).get(found.key, 0) and self.open.pop((user, number), None):
            self.saw(user, found.key, found.version)
            self.send(user, Value(number, found.key, found.value))
        elif (user, number) in self.open:
            self.after(self.retry_ms // 4, self.decide, user, number)

    def on_export(self, user: str, export: Export) -> None:
        self.send(user, Exported(export.number, self.seen.get(user, {})))

    def on_import(self, user: str, arrival: Import) -> None:
        for key, version in arrival.token.items():
            self.saw(user, key, version)
        self.send(user, Imported(arrival.number))
