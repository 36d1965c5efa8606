"""X77: an answer that takes longer than 200 ms is none

Misconception: Copies answer within a tenth of a second.
Why it breaks: Here they do. In another network an answer takes a third of a second, `retry_ms` says so, and nobody is served.
Hint: How long may a copy take to answer before you count it out? Who tells your program?
Lesson: docs/lessons/01-monotonic-reads.md#fresh-enough
Fails: fresh_enough
"""

from monotonic_reads_protocol import (
    Exported,
    Fetch,
    Imported,
    Store,
    Unavailable,
    Unknown,
    Value,
    Written,
)

from harness import Node


class FrontEnd(Node):
    primary: str
    replicas: tuple[str, ...]
    retry_ms: int

    def on_start(self):
        self.floor = {}
        self.asked = {}
        self.stores = {}

    def on_write(self, user, write):
        self.stores[user, write.number] = write.key
        self.send(self.primary, Store(("w", user, write.number), write.key, write.value))
        self.after(min(write.within_ms, 2 * 100), self.lost_patience, user, write.number)

    def lost_patience(self, user, number):
        if (user, number) in self.stores:
            del self.stores[user, number]
            self.send(user, Unknown(number))

    def on_stored(self, sender, stored):
        _, user, number = stored.ticket
        if (user, number) in self.stores:
            del self.stores[user, number]
            self.floor[user, stored.key] = max(self.floor.get((user, stored.key), 0), stored.version)
            self.send(user, Written(number))

    def on_read(self, user, read):
        copies = {self.primary, *self.replicas}
        self.asked[user, read.number] = copies
        for copy in sorted(copies):
            self.send(copy, Fetch(("r", user, read.number), read.key))
        self.after(min(read.within_ms, 2 * 100), self.refuse, user, read.number)

    def refuse(self, user, number):
        if self.asked.pop((user, number), None) is not None:
            self.send(user, Unavailable(number))

    def on_found(self, sender, found):
        _, user, number = found.ticket
        waiting = self.asked.get((user, number))
        if waiting is None:
            return
        if found.version >= self.floor.get((user, found.key), 0):
            del self.asked[user, number]
            self.floor[user, found.key] = found.version
            self.send(user, Value(number, found.key, found.value))
            return
        waiting.discard(sender)
        if not waiting:
            self.refuse(user, number)

    def on_export(self, user, export):
        mine = [[key, version] for (who, key), version in self.floor.items() if who == user]
        self.send(user, Exported(export.number, sorted(mine)))

    def on_import(self, user, arrival):
        for key, version in arrival.token:
            self.floor[user, key] = max(version, self.floor.get((user, key), 0))
        self.send(user, Imported(arrival.number))
