"""X53: when the first in the queue gives up, nobody calls the next

Misconception: A read that was served makes room for the next one.
Why it breaks: The first read of the queue ends at its deadline, without an answer of a copy. Those behind it, and all that come later,
wait for ever.
Hint: In which ways can the first in a queue leave it? What happens to the second each time?
Lesson: docs/lessons/01-monotonic-reads.md#fresh-enough
Fails: fresh_enough
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
        self.after(read.within_ms, self.too_late, user, read.number)
        if len(queue) == 1:
            self.serve(user)

    def serve(self, user):
        if self.queues[user]:
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

    def on_export(self, user, export):
        self.send(user, Exported(export.number, [self.versions.get(user, {})]))

    def on_import(self, user, arrival):
        (versions,) = arrival.token
        for key, version in versions.items():
            self.raise_to(user, key, version)
        self.send(user, Imported(arrival.number))
