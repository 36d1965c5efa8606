"""Messages of its own: it tells itself what is to be done next. Stale answers are answered by the next question at once."""

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

from harness import Node, message


@message
class Next:
    user: str
    number: int


class FrontEnd(Node):
    primary: str
    replicas: tuple[str, ...]
    retry_ms: int

    def on_start(self):
        self.copies = tuple(sorted((self.primary, *self.replicas), reverse=True))
        self.state = {}
        self.seen = {}

    def on_read(self, user, read):
        self.state[user, read.number] = ["read", read.key, 0]
        self.send(self.id, Next(user, read.number))
        self.after(read.within_ms, self.close, user, read.number, "late")

    def on_write(self, user, write):
        self.state[user, write.number] = ["write", write.key, 0]
        self.send(self.primary, Store([user, write.number], write.key, write.value))
        self.after(write.within_ms, self.close, user, write.number, "late")

    def close(self, user, number, how, key="", value=None):
        found = self.state.pop((user, number), None)
        if found is None:
            return
        if how == "late":
            self.send(user, Unavailable(number) if found[0] == "read" else Unknown(number))
        elif how == "found":
            self.send(user, Value(number, key, value))
        else:
            self.send(user, Written(number))

    def on_next(self, sender, step):
        state = self.state.get((step.user, step.number))
        if state is not None:
            state[2] += 1
            self.send(self.copies[state[2] % len(self.copies)], Fetch([step.user, step.number, state[2]], state[1]))
            self.after(self.retry_ms, self.repeat, step.user, step.number, state[2])

    def repeat(self, user, number, attempt):
        state = self.state.get((user, number))
        if state is not None and state[2] == attempt:
            self.send(self.id, Next(user, number))

    def on_found(self, sender, found):
        user, number, attempt = found.ticket
        if found.version >= self.seen.get((user, found.key), 0):
            if (user, number) in self.state:
                self.seen[user, found.key] = found.version
            self.close(user, number, "found", found.key, found.value)
        else:
            self.after(5, self.repeat, user, number, attempt)

    def on_stored(self, sender, stored):
        user, number = stored.ticket
        if (user, number) in self.state:
            self.seen[user, stored.key] = max(stored.version, self.seen.get((user, stored.key), 0))
        self.close(user, number, "stored")

    def on_export(self, user, export):
        self.send(user, Exported(export.number, {key: version for (who, key), version in self.seen.items() if who == user}))

    def on_import(self, user, arrival):
        for key in arrival.token:
            self.seen[user, key] = max(arrival.token[key], self.seen.get((user, key), 0))
        self.send(user, Imported(arrival.number))
