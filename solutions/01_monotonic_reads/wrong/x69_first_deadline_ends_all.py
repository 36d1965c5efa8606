"""X69: the first deadline ends all reads of a key

Misconception: Reads of one key wait for the same answer, so they have the same fate.
Why it breaks: One of them has no time at all, and is given up at once. Those who could wait are given up with it.
Hint: Two users wait for the same key, one for a moment, one for seconds. The moment is over. Whose request has ended?
Lesson: docs/lessons/01-monotonic-reads.md#unavailable-and-unknown
Fails: true_outcome
May fail: in_the_end
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
    def on_start(self):
        self.seen = {}
        self.writes = {}
        self.groups = {}  # key -> list of (user, number)
        self.round = {}

    def saw(self, user, key, version):
        session = self.seen.setdefault(user, {})
        session[key] = max(version, session.get(key, 0))

    def on_write(self, user, write):
        self.writes[user, write.number] = write
        self.send(self.primary, Store((user, write.number), write.key, write.value))
        self.after(write.within_ms, self.give_up, user, write.number)

    def give_up(self, user, number):
        if self.writes.pop((user, number), None):
            self.send(user, Unknown(number))

    def on_stored(self, sender, stored):
        user, number = stored.ticket
        if self.writes.pop(stored.ticket, None):
            self.saw(user, stored.key, stored.version)
            self.send(user, Written(number))

    def on_read(self, user, read):
        waiting = self.groups.setdefault(read.key, [])
        waiting.append((user, read.number))
        if len(waiting) == 1:
            self.round[read.key] = self.round.get(read.key, 0) + 1
            self.ask(read.key, read.key, self.round[read.key], 0)
        self.after(read.within_ms, self.close, read.key, self.round[read.key])

    def ask(self, name, key, nth, turn):
        if self.groups.get(name) and self.round[name] == nth:
            copies = (*self.replicas, self.primary)
            self.send(copies[turn % len(copies)], Fetch(name, key))
            self.after(self.retry_ms, self.ask, name, key, nth, turn + 1)

    def close(self, name, nth):
        if self.round[name] == nth:
            for user, number in self.groups.pop(name, []):
                self.send(user, Unavailable(number))

    def on_found(self, sender, found):
        left = []
        for user, number in self.groups.get(found.ticket, []):
            if found.version >= self.seen.get(user, {}).get(found.key, 0):
                self.saw(user, found.key, found.version)
                self.send(user, Value(number, found.key, found.value))
            else:
                left.append((user, number))
        self.groups[found.ticket] = left
        if not left:
            self.groups.pop(found.ticket, None)

    def on_export(self, user, export):
        self.send(user, Exported(export.number, self.seen.get(user, {})))

    def on_import(self, user, arrival):
        for key, version in arrival.token.items():
            self.saw(user, key, version)
        self.send(user, Imported(arrival.number))
