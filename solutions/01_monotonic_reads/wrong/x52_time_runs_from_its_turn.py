"""X52: the time of a read runs from its turn

Misconception: A request begins when I begin with it.
Why it breaks: Reads of one user are served one after the other. The first cannot be served, and the second, which had little time,
waits for its turn before its time begins to run.
Hint: When does the time of a request begin: when it arrives, or when you turn to it?
Lesson: docs/lessons/01-monotonic-reads.md#unavailable-and-unknown
Fails: true_outcome
May fail: in_the_end, fresh_enough
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
        self.versions = {}
        self.queues = {}
        self.writes = {}
        self.turns = {}

    def on_write(self, user, write):
        self.writes[user, write.number] = write
        self.send(self.primary, Store(("write", user, write.number), write.key, write.value))
        self.after(write.within_ms, self.no_word, user, write.number)

    def no_word(self, user, number):
        if self.writes.pop((user, number), None):
            self.send(user, Unknown(number))

    def on_stored(self, sender, stored):
        _, user, number = stored.ticket
        if self.writes.pop((user, number), None):
            self.raise_to(user, stored.key, stored.version)
            self.send(user, Written(number))

    def raise_to(self, user, key, version):
        versions = self.versions.setdefault(user, {})
        if versions.get(key, 0) < version:
            versions[key] = version

    def on_read(self, user, read):
        queue = self.queues.setdefault(user, [])
        queue.append(read)
        if len(queue) == 1:
            self.serve(user)

    def serve(self, user):
        if self.queues[user]:
            self.after(self.queues[user][0].within_ms, self.too_late, user, self.queues[user][0].number)
            self.fetch(user, self.queues[user][0].number)

    def fetch(self, user, number):
        queue = self.queues[user]
        if queue and queue[0].number == number:
            copies = (*self.replicas, self.primary)
            self.turns[user] = (self.turns.get(user, 0) + 1) % len(copies)
            self.send(copies[self.turns[user]], Fetch(("read", user, number), queue[0].key))
            self.after(self.retry_ms, self.fetch, user, number)

    def on_found(self, sender, found):
        _, user, number = found.ticket
        queue = self.queues[user]
        if queue and queue[0].number == number and found.version >= self.versions.get(user, {}).get(found.key, 0):
            queue.pop(0)
            self.raise_to(user, found.key, found.version)
            self.send(user, Value(number, found.key, found.value))
            self.serve(user)

    def too_late(self, user, number):
        queue = self.queues[user]
        waiting = [read.number for read in queue]
        if number in waiting:
            place = waiting.index(number)
            del queue[place]
            self.send(user, Unavailable(number))
            if place == 0:
                self.serve(user)

    def on_export(self, user, export):
        self.send(user, Exported(export.number, [self.versions.get(user, {})]))

    def on_import(self, user, arrival):
        (versions,) = arrival.token
        for key, version in versions.items():
            self.raise_to(user, key, version)
        self.send(user, Imported(arrival.number))
