"""F: Bayou's session: a vector of what was read and one of what was written, with one entry, as there is one primary."""

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
        self.read_vector = {}  # user -> {primary: position}
        self.write_vector = {}
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

    def join(self, vectors: dict, user: str, vector: dict[str, int]) -> None:
        mine = vectors.setdefault(user, {})
        for server, position in vector.items():
            mine[server] = max(position, mine.get(server, 0))

    def dominates(self, vector: dict[str, int], other: dict[str, int]) -> bool:
        return all(vector.get(server, 0) >= position for server, position in other.items())

    def on_write(self, user: str, write: Write) -> None:
        self.begin(user, write)
        self.send(self.primary, Store((user, write.number), write.key, write.value))

    def on_stored(self, sender: str, stored: Stored) -> None:
        user, number = stored.ticket
        if self.open.pop(stored.ticket, None):
            self.join(self.write_vector, user, {self.primary: stored.position})
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
        copy = {self.primary: found.position}
        fresh = all(self.dominates(copy, vectors.get(user, {})) for vectors in (self.read_vector, self.write_vector))
        if fresh and self.open.pop(found.ticket, None):
            self.join(self.read_vector, user, copy)
            self.send(user, Value(number, found.key, found.value))

    def on_export(self, user: str, export: Export) -> None:
        self.send(user, Exported(export.number, (self.read_vector.get(user, {}), self.write_vector.get(user, {}))))

    def on_import(self, user: str, arrival: Import) -> None:
        read_vector, write_vector = arrival.token
        self.join(self.read_vector, user, read_vector)
        self.join(self.write_vector, user, write_vector)
        self.send(user, Imported(arrival.number))
