"""Never rests: fifty times a second it asks one copy after the other how far that has come, whether anybody reads or not."""

from monotonic_reads_protocol import (
    Exported,
    Fetch,
    Imported,
    Read,
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
        self.position_of = dict.fromkeys((*self.replicas, self.primary), 0)
        self.heard_ms = {}
        self.probed = 0
        self.sessions = {}
        self.requests = {}
        self.probe()

    def probe(self):
        self.probed += 1
        copies = (*self.replicas, self.primary)
        self.send(copies[self.probed % len(copies)], Fetch(None, "probe"))
        self.after(20, self.probe)

    def on_read(self, user, read):
        self.requests[user, read.number] = read
        self.after(read.within_ms, self.finish, user, read.number, "deadline")
        self.try_read(user, read.number, ())

    def try_read(self, user, number, tried):
        read = self.requests.get((user, number))
        if read is None:
            return
        copies = sorted(self.position_of, key=lambda copy: (copy in tried, -self.heard_ms.get(copy, 0), -self.position_of[copy], copy))
        self.send(copies[0], Fetch((user, number), read.key))
        tried = () if len(tried) + 1 >= len(copies) else (*tried, copies[0])
        self.after(self.retry_ms, self.try_read, user, number, tried)

    def finish(self, user, number, why):
        request = self.requests.pop((user, number), None)
        if request is not None and why == "deadline":
            self.send(user, Unavailable(number) if isinstance(request, Read) else Unknown(number))
        return request

    def on_found(self, sender, found):
        self.position_of[sender] = max(self.position_of[sender], found.position)
        self.heard_ms[sender] = self.clock.monotonic_ms()
        if found.ticket is None or found.version < self.sessions.get((found.ticket[0], found.key), 0):
            return
        user, number = found.ticket
        if self.finish(user, number, "answered"):
            self.sessions[user, found.key] = found.version
            self.send(user, Value(number, found.key, found.value))

    def on_write(self, user, write):
        self.requests[user, write.number] = write
        self.after(write.within_ms, self.finish, user, write.number, "deadline")
        self.send(self.primary, Store((user, write.number), write.key, write.value))

    def on_stored(self, sender, stored):
        user, number = stored.ticket
        if self.finish(user, number, "answered"):
            self.sessions[user, stored.key] = max(stored.version, self.sessions.get((user, stored.key), 0))
            self.send(user, Written(number))

    def on_export(self, user, export):
        mine = {key: version for (who, key), version in self.sessions.items() if who == user}
        self.send(user, Exported(export.number, {"session": mine}))

    def on_import(self, user, arrival):
        for key, version in arrival.token["session"].items():
            self.sessions[user, key] = max(version, self.sessions.get((user, key), 0))
        self.send(user, Imported(arrival.number))
