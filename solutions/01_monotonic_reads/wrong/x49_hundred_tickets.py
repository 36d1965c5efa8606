"""X49: tickets begin again after a hundred

Misconception: A ticket can be used again when its request is over.
Why it breaks: The primary remembers tickets for ever. It takes the write under a ticket that comes again for the old one, confirms it,
and stores nothing.
Hint: For how long does the primary know a ticket, and how many do you have?
Lesson: docs/lessons/01-monotonic-reads.md#unavailable-and-unknown
Fails: never_back
May fail: in_the_end, fresh_enough
"""

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
        self.tickets = 0
        self.user_of = {}
        self.request_of = {}
        self.attempts = {}
        self.known = {}

    def issue(self, user, request):
        self.tickets = self.tickets % 100 + 1
        self.user_of[self.tickets] = user
        self.request_of[self.tickets] = request
        self.after(request.within_ms, self.expire, self.tickets)
        return self.tickets

    def expire(self, ticket):
        if ticket in self.request_of:
            request, user = self.request_of.pop(ticket), self.user_of.pop(ticket)
            answer = Unavailable if type(request) is Read else Unknown
            self.send(user, answer(request.number))

    def learn(self, user, key, version):
        if version > self.known.get((user, key), 0):
            self.known[(user, key)] = version

    def on_write(self, sender, write):
        self.send(self.primary, Store(self.issue(sender, write), write.key, write.value))

    def on_stored(self, sender, stored):
        if stored.ticket not in self.request_of:
            return
        request, user = self.request_of.pop(stored.ticket), self.user_of.pop(stored.ticket)
        self.learn(user, request.key, stored.version)
        self.send(user, Written(request.number))

    def on_read(self, sender, read):
        ticket = self.issue(sender, read)
        self.attempts[ticket] = self.random.sample([*self.replicas, self.primary], len(self.replicas) + 1)
        self.attempt(ticket)

    def attempt(self, ticket):
        if ticket not in self.request_of:
            return
        order = self.attempts[ticket]
        order.append(order.pop(0))
        self.send(order[-1], Fetch(ticket, self.request_of[ticket].key))
        self.after(self.retry_ms // 2 + 1, self.attempt, ticket)

    def on_found(self, sender, found):
        if found.ticket not in self.request_of:
            return
        user = self.user_of[found.ticket]
        if found.version < self.known.get((user, found.key), 0):
            return
        request = self.request_of.pop(found.ticket)
        del self.user_of[found.ticket], self.attempts[found.ticket]
        self.learn(user, found.key, found.version)
        self.send(user, Value(request.number, found.key, found.value))

    def on_export(self, sender, export):
        token = tuple(sorted((key, version) for (user, key), version in self.known.items() if user == sender))
        self.send(sender, Exported(export.number, token))

    def on_import(self, sender, arrival):
        for key, version in arrival.token:
            self.learn(sender, key, version)
        self.send(sender, Imported(arrival.number))
