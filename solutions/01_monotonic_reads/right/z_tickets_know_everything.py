"""Tickets carry the request and its user; the front end keeps only what is over, and how new each user is."""

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
    primary: str
    replicas: tuple[str, ...]
    retry_ms: int

    def on_start(self):
        self.facts = []  # (user, key, version): all that ever became known, newest last
        self.over = set()  # (user, number)

    def ends(self, user, number, answer, *fact):
        if (user, number) not in self.over:
            self.over.add((user, number))
            self.facts.extend([(user, *fact)] if fact else [])
            self.send(user, answer)

    def on_write(self, user: str, write: Write):
        self.send(self.primary, Store((user, write.number, write.key, write.within_ms), write.key, write.value))
        self.after(write.within_ms, self.ends, user, write.number, Unknown(write.number))

    def on_stored(self, _, stored: Stored):
        user, number = stored.ticket[:2]
        self.ends(user, number, Written(number), stored.key, stored.version)

    def on_read(self, user: str, read: Read):
        self.after(read.within_ms, self.ends, user, read.number, Unavailable(read.number))
        self.fetch((user, read.number, read.within_ms // self.retry_ms), read.key, [self.primary, *self.replicas])

    def fetch(self, ticket, key, copies):
        user, number, tries = ticket
        if (user, number) not in self.over and tries >= 0:
            self.send(copies[-1], Fetch(ticket, key))
            self.after(self.retry_ms, self.fetch, (user, number, tries - 1), key, [copies[-1], *copies[:-1]])

    def on_found(self, _, found: Found):
        user, number, _ = found.ticket
        if all(version <= found.version for who, key, version in self.facts if (who, key) == (user, found.key)):
            self.ends(user, number, Value(number, found.key, found.value), found.key, found.version)

    def on_export(self, user: str, export: Export):
        self.send(user, Exported(export.number, [fact[1:] for fact in self.facts if fact[0] == user]))

    def on_import(self, user: str, arrival: Import):
        self.facts += [(user, *fact) for fact in arrival.token]
        self.send(user, Imported(arrival.number))
