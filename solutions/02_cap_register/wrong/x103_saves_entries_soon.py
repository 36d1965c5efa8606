"""X103: the log is saved two ms later

Misconception: Several entries can be saved together; nothing happens in two ms.
Why it breaks: Everybody loses power at once, just when a write is done. Who comes back first has an older log.
Hint: All lose power in the ms after your confirmation. Who still has the entry?
Lesson: docs/lessons/02-cap-register.md#on-disk-before-it-counts
Fails: cp_survives
May fail: cp_linearizable, cp_honest, cp_minority
"""

from typing import Any

from cap_register_protocol import Delete, Failed, Read, Unavailable, Unknown, Values, Write, Written

from harness import Node, message


@message
class Ballot:
    """asks {to} for its vote in term {term}"""

    term: int
    last_term: int
    length: int


@message
class Yes:
    """votes for {to} in term {term}"""

    term: int


@message
class Append:
    """tells {to} the log of term {term}, {commit} entries of it agreed"""

    term: int
    log: tuple[Any, ...]
    commit: int


@message
class Ack:
    """confirms {length} entries of term {term} to {to}"""

    term: int
    length: int


@message
class Ask:
    """hands {client}'s question {request} to {to}"""

    client: str
    request: int
    kind: str
    values: tuple[Any, ...]


@message
class Done:
    """tells {to} what became of {client}'s question {request}"""

    client: str
    request: int
    kind: str
    values: tuple[Any, ...]


@message
class Versions:
    """tells {to} its versions {versions} and what it has seen, {seen}"""

    versions: tuple[Any, ...]
    seen: dict[str, int]


class Replica(Node):
    def on_start(self) -> None:
        self.term, self.vote = self.disk.get("term", (0, None))
        self.log = self.disk.get("log", ())
        self.leader = None
        self.commit = 0
        self.applied = 0
        self.values = ()
        self.votes = set()
        self.acks = {}
        self.open = {}
        self.timer = None
        if self.mode == "AP":
            self.versions = dict(self.disk.get("versions", {}))
            self.seen = dict(self.disk.get("seen", {}))
            self.gossip()
        else:
            self.patience()

    # --- clients ---

    def on_read(self, sender: str, read: Read) -> None:
        if self.mode == "AP":
            self.send(sender, Values(read.request, tuple(value for values in self.versions.values() for value in values)))
        else:
            self.take(sender, read.request, "read", ())

    def on_write(self, sender: str, write: Write) -> None:
        self.change(sender, write.request, (write.value,))

    def on_delete(self, sender: str, delete: Delete) -> None:
        self.change(sender, delete.request, ())

    def change(self, client: str, request: int, values: tuple[Any, ...]) -> None:
        if self.mode == "AP":
            self.seen[self.id] = self.seen.get(self.id, 0) + 1
            self.versions = {(self.id, self.seen[self.id]): values} if values else {}
            self.save()
            self.send(client, Written(request))
        else:
            self.take(client, request, "change", values)

    def take(self, client: str, request: int, kind: str, values: tuple[Any, ...]) -> None:
        if self.leader is None:
            self.send(client, Unavailable(request) if kind == "read" else Failed(request))
            return
        self.open[client, request] = kind
        self.after(self.deadline_ms, self.give_up, client, request)
        if self.leader == self.id:
            self.propose(self.id, client, request, kind, values)
        else:
            self.send(self.leader, Ask(client, request, kind, values))

    def give_up(self, client: str, request: int) -> None:
        kind = self.open.pop((client, request), None)
        if kind is not None:
            self.send(client, Unavailable(request) if kind == "read" else Unknown(request))

    def on_done(self, sender: str, done: Done) -> None:
        if self.open.pop((done.client, done.request), None) is not None:
            self.send(done.client, Values(done.request, done.values) if done.kind == "read" else Written(done.request))

    # --- the log ---

    def on_ask(self, sender: str, ask: Ask) -> None:
        if self.leader == self.id:
            self.propose(sender, ask.client, ask.request, ask.kind, ask.values)

    def propose(self, replica: str, client: str, request: int, kind: str, values: tuple[Any, ...]) -> None:
        if kind == "nothing" or all(entry[1:4] != (replica, client, request) for entry in self.log):  # a question may arrive twice
            self.keep_log((*self.log, (self.term, replica, client, request, kind, values)))
        self.append()

    def keep_log(self, log: tuple[Any, ...]) -> None:
        self.log = log
        self.after(2, self.flush)

    def flush(self):
        self.disk["log"] = self.log

    def append(self) -> None:
        self.broadcast(Append(self.term, self.log, self.commit))

    def on_append(self, sender: str, append: Append) -> None:
        if append.term < self.term:
            return
        self.enter(append.term)
        self.leader = sender
        self.patience()
        if self.log[: len(append.log)] != append.log:
            self.keep_log(append.log)
        self.apply(min(append.commit, len(self.log)))
        self.send(sender, Ack(append.term, len(append.log)))

    def on_ack(self, sender: str, ack: Ack) -> None:
        if self.leader != self.id or ack.term != self.term:
            return
        self.acks[sender] = max(ack.length, self.acks.get(sender, 0))
        reached = sorted([len(self.log), *(self.acks.get(peer, 0) for peer in self.peers)], reverse=True)
        agreed = reached[(len(self.peers) + 1) // 2]
        if agreed and self.log[agreed - 1][0] == self.term:
            self.apply(agreed)

    def apply(self, commit: int) -> None:
        self.commit = max(self.commit, commit)
        while self.applied < self.commit:
            _, replica, client, request, kind, values = self.log[self.applied]
            self.applied += 1
            if kind == "change":
                self.values = values
            if self.leader == self.id and kind != "nothing":
                done = Done(client, request, kind, self.values)
                if replica == self.id:
                    self.on_done(self.id, done)
                else:
                    self.send(replica, done)

    # --- the election ---

    def patience(self) -> None:
        self.cancel(self.timer)
        self.timer = self.after(self.random.randint(300, 600), self.stand)

    def enter(self, term: int) -> None:
        if term > self.term:
            self.term, self.vote, self.leader = term, None, None
            self.disk["term"] = (term, None)
            self.patience()

    def stand(self) -> None:
        self.enter(self.term + 1)
        self.vote = self.id
        self.disk["term"] = (self.term, self.id)
        self.votes = {self.id}
        self.broadcast(Ballot(self.term, self.log[-1][0] if self.log else 0, len(self.log)))
        self.patience()

    def on_ballot(self, sender: str, ballot: Ballot) -> None:
        self.enter(ballot.term)
        mine = (self.log[-1][0] if self.log else 0, len(self.log))
        if ballot.term == self.term and self.vote in (None, sender) and (ballot.last_term, ballot.length) >= mine:
            self.vote = sender
            self.disk["term"] = (self.term, sender)
            self.send(sender, Yes(self.term))

    def on_yes(self, sender: str, yes: Yes) -> None:
        if yes.term != self.term or self.vote != self.id or self.leader is not None:
            return
        self.votes.add(sender)
        if len(self.votes) > (len(self.peers) + 1) // 2:
            self.leader = self.id
            self.acks = {}
            self.cancel(self.timer)
            self.propose(self.id, "", 0, "nothing", ())
            self.beat(self.term)

    def beat(self, term: int) -> None:
        if self.leader == self.id and self.term == term:
            self.append()
            self.after(60, self.beat, term)

    # --- AP ---

    def save(self) -> None:
        with self.disk.atomic():
            self.disk["versions"] = self.versions
            self.disk["seen"] = self.seen

    def gossip(self) -> None:
        self.broadcast(Versions(tuple(self.versions.items()), self.seen))
        self.after(self.sync_ms, self.gossip)

    def on_versions(self, sender: str, news: Versions) -> None:
        theirs = dict(news.versions)
        kept = {name: values for name, values in self.versions.items() if name in theirs or name[1] > news.seen.get(name[0], 0)}
        new = {name: values for name, values in theirs.items() if name[1] > self.seen.get(name[0], 0)}
        seen = {name: max(self.seen.get(name, 0), news.seen.get(name, 0)) for name in sorted({*self.seen, *news.seen})}
        if (kept | new, seen) != (self.versions, self.seen):
            self.versions, self.seen = kept | new, seen
            self.save()
