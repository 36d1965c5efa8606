"""X33: the newest of a majority of copies is shown, whatever it is

Misconception: What a majority says is true.
Why it breaks: A write is confirmed by the primary alone. A majority of copies may never have heard of it.
Hint: How many copies had the write when Written was told? Is one of them among those that you ask?
Lesson: docs/lessons/01-monotonic-reads.md#fresh-enough
Fails: read_your_writes, by_the_deadline, moves_along, fresh_enough, never_back
May fail: in_the_end, true_outcome
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
        self.heard = {}  # ticket -> what each copy answered

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
        self.ask(user, read.number, 0)

    def ask(self, user: str, number: int, turn: int) -> None:
        read = self.open.get((user, number))
        if read:
            for copy in (*self.replicas, self.primary):
                self.send(copy, Fetch((user, number), read.key))
            self.after(self.retry_ms, self.ask, user, number, turn + 1)  # silent or stale: the next one, please

    def on_found(self, sender: str, found: Found) -> None:
        user, number = found.ticket
        answers = self.heard.setdefault(found.ticket, {})
        answers[sender] = (found.version, found.value)
        if len(answers) > (len(self.replicas) + 1) // 2 and self.open.pop(found.ticket, None):
            version = max(version for version, _ in answers.values())
            value = next(value for known, value in answers.values() if known == version)
            self.send(user, Value(number, found.key, value))

    def on_export(self, user: str, export: Export) -> None:
        self.send(user, Exported(export.number, self.seen.get(user, {})))

    def on_import(self, user: str, arrival: Import) -> None:
        for key, version in arrival.token.items():
            self.saw(user, key, version)
        self.send(user, Imported(arrival.number))
