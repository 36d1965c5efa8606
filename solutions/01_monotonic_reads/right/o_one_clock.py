"""One timer that ticks, and looks at the clock for deadlines and repetitions."""

from monotonic_reads_protocol import (
    Exported,
    Fetch,
    Imported,
    Read,
    Store,
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
        self.least = {}
        self.work = {}
        self.ticking = False

    def accept(self, user, request):
        now_ms = self.clock.monotonic_ms()
        self.work[user, request.number] = {"request": request, "until_ms": now_ms + request.within_ms, "turn": 0, "next_ms": now_ms}
        if not self.ticking:
            self.ticking = True
            self.tick()
        else:
            self.step((user, request.number))

    def tick(self):
        for ticket in list(self.work):
            self.step(ticket)
        self.ticking = bool(self.work)
        if self.ticking:
            self.after(10, self.tick)

    def step(self, ticket):
        job, now_ms = self.work[ticket], self.clock.monotonic_ms()
        user, number = ticket
        request = job["request"]
        if now_ms >= job["until_ms"]:
            del self.work[ticket]
            self.send(user, Unavailable(number) if isinstance(request, Read) else Unknown(number))
        elif now_ms >= job["next_ms"]:
            job["next_ms"] = now_ms + self.retry_ms
            if isinstance(request, Write):
                self.send(self.primary, Store(ticket, request.key, request.value))
            else:
                copies = (*self.replicas, self.primary)
                self.send(copies[job["turn"] % len(copies)], Fetch(ticket, request.key))
                job["turn"] += 1

    def on_read(self, user, read):
        self.accept(user, read)

    def on_write(self, user, write):
        self.accept(user, write)

    def done(self, ticket, key, version):
        if ticket not in self.work or version < self.least.get((ticket[0], key), 0):
            return False
        del self.work[ticket]
        self.least[ticket[0], key] = version
        return True

    def on_found(self, sender, found):
        if self.done(found.ticket, found.key, found.version):
            self.send(found.ticket[0], Value(found.ticket[1], found.key, found.value))

    def on_stored(self, sender, stored):
        user, number = stored.ticket
        if self.work.pop(stored.ticket, None):
            self.least[user, stored.key] = max(stored.version, self.least.get((user, stored.key), 0))
            self.send(user, Written(number))

    def on_export(self, user, export):
        self.send(user, Exported(export.number, frozenset((key, version) for (who, key), version in self.least.items() if who == user)))

    def on_import(self, user, arrival):
        for key, version in sorted(arrival.token):
            self.least[user, key] = max(version, self.least.get((user, key), 0))
        self.send(user, Imported(arrival.number))
