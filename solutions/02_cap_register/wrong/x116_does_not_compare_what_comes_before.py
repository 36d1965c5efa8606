"""X116: a replica takes entries without comparing the one before them

Misconception: The leader knows from where on a log differs; whoever has that many entries can take them.
Why it breaks: A replica that wrote alone has as many entries, but others: the new ones come behind them, and count as agreed.
Hint: Your log is as long as the leader thinks. How does the leader know that the same entries are in it?
Lesson: docs/lessons/02-cap-register.md#the-old-leader
Fails: cp_survives
"""

from typing import Any

from cap_register_protocol import Delete, Failed, Read, Unavailable, Unknown, Values, Write, Written

from harness import Node, message


@message
class RequestVote:
    """asks {to} for its vote in term {term}"""

    term: int
    last_index: int
    last_term: int


@message
class Vote:
    """answers {to} in term {term}: {granted}"""

    term: int
    granted: bool


@message
class AppendEntries:
    """term {term}: after {prev_index} (term {prev_term}) come {entries}; {commit} agreed"""

    term: int
    prev_index: int
    prev_term: int
    entries: tuple[Any, ...]
    commit: int


@message
class Appended:
    """answers {to} in term {term}: {success}, {match}"""

    term: int
    success: bool
    match: int


@message
class Forward:
    """hands {client}'s question {request} on"""

    client: str
    request: int
    kind: str
    values: tuple[Any, ...]


@message
class Outcome:
    """what became of {client}'s question {request}"""

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
        self.term = self.disk.get("term", 0)
        self.voted_for = self.disk.get("voted_for")
        self.log = list(self.disk.get("log", ()))
        self.role = "follower"
        self.leader = None
        self.commit = 0
        self.applied = 0
        self.values = ()
        self.votes = set()
        self.next = {}
        self.match = {}
        self.open = {}
        self.waiting = {}
        self.timer = None
        if self.mode == "AP":
            self.versions = dict(self.disk.get("versions", {}))
            self.seen = dict(self.disk.get("seen", {}))
            self.gossip()
        else:
            self.reset_timer()

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

    def take(self, client, request, kind, values):
        if self.leader is None:
            self.send(client, Unavailable(request) if kind == "read" else Failed(request))
            return
        self.open[client, request] = kind
        self.after(self.deadline_ms, self.give_up, client, request)
        if self.role == "leader":
            self.propose(self.id, client, request, kind, values)
        else:
            self.send(self.leader, Forward(client, request, kind, values))

    def give_up(self, client, request):
        kind = self.open.pop((client, request), None)
        if kind is not None:
            self.send(client, Unavailable(request) if kind == "read" else Unknown(request))

    def on_outcome(self, sender, done):
        if self.open.pop((done.client, done.request), None) is not None:
            self.send(done.client, Values(done.request, done.values) if done.kind == "read" else Written(done.request))

    def on_forward(self, sender, ask):
        if self.role == "leader":
            self.propose(sender, ask.client, ask.request, ask.kind, ask.values)

    def propose(self, origin, client, request, kind, values):
        if kind != "noop" and any(entry[1:4] == (origin, client, request) for entry in self.log):
            return
        self.log.append((self.term, origin, client, request, kind, values))
        self.disk["log"] = tuple(self.log)
        self.replicate()
        self.advance()

    def replicate(self):
        for peer in self.peers:
            self.send_entries(peer)

    def send_entries(self, peer):
        begin = self.next[peer]
        prev_term = self.log[begin - 1][0] if begin else 0
        self.send(peer, AppendEntries(self.term, begin, prev_term, tuple(self.log[begin:]), self.commit))

    def on_append_entries(self, sender, m):
        if m.term < self.term:
            self.send(sender, Appended(self.term, False, 0))
            return
        self.step_down(m.term)
        self.leader = sender
        self.reset_timer()
        if m.prev_index > len(self.log):
            self.send(sender, Appended(self.term, False, min(len(self.log), m.prev_index - 1)))
            return
        changed = False
        for place, entry in enumerate(m.entries, m.prev_index):
            if place < len(self.log) and self.log[place][0] != entry[0]:
                del self.log[place:]
                changed = True
            if place >= len(self.log):
                self.log.append(entry)
                changed = True
        if changed:
            self.disk["log"] = tuple(self.log)
        match = m.prev_index + len(m.entries)
        self.apply(min(m.commit, match))
        self.send(sender, Appended(self.term, True, match))

    def on_appended(self, sender, m):
        if m.term > self.term:
            self.step_down(m.term)
            return
        if self.role != "leader" or m.term != self.term:
            return
        if m.success:
            self.match[sender] = max(self.match[sender], m.match)
            self.next[sender] = max(self.next[sender], m.match)
            self.advance()
        else:
            self.next[sender] = max(self.match[sender], min(self.next[sender] - 1, m.match))
            self.send_entries(sender)

    def advance(self):
        reached = sorted([len(self.log), *self.match.values()], reverse=True)
        agreed = reached[(len(self.peers) + 1) // 2]
        if agreed > self.commit and self.log[agreed - 1][0] == self.term:
            self.apply(agreed)

    def apply(self, commit):
        self.commit = max(self.commit, commit)
        while self.applied < self.commit:
            _, origin, client, request, kind, values = self.log[self.applied]
            self.applied += 1
            if kind == "change":
                self.values = values
            if self.role == "leader" and kind != "noop":
                done = Outcome(client, request, kind, self.values)
                if origin == self.id:
                    self.on_outcome(self.id, done)
                else:
                    self.send(origin, done)

    def reset_timer(self):
        self.cancel(self.timer)
        self.timer = self.after(self.random.randint(300, 600), self.stand)

    def save_vote(self):
        with self.disk.atomic():
            self.disk["term"] = self.term
            self.disk["voted_for"] = self.voted_for

    def step_down(self, term):
        if term > self.term:
            self.term = term
            self.voted_for = None
            self.save_vote()
            self.leader = None
        if self.role != "follower":
            self.role = "follower"
            self.reset_timer()

    def stand(self):
        self.term += 1
        self.role = "candidate"
        self.voted_for = self.id
        self.save_vote()
        self.leader = None
        self.votes = {self.id}
        self.broadcast(RequestVote(self.term, len(self.log), self.log[-1][0] if self.log else 0))
        self.reset_timer()
        self.count_votes()

    def on_request_vote(self, sender, m):
        if m.term > self.term:
            self.step_down(m.term)
        mine = (self.log[-1][0] if self.log else 0, len(self.log))
        granted = m.term == self.term and self.voted_for in (None, sender) and (m.last_term, m.last_index) >= mine
        if granted:
            self.voted_for = sender
            self.save_vote()
            self.reset_timer()
        self.send(sender, Vote(self.term, granted))

    def on_vote(self, sender, m):
        if m.term > self.term:
            self.step_down(m.term)
        elif self.role == "candidate" and m.term == self.term and m.granted:
            self.votes.add(sender)
            self.count_votes()

    def count_votes(self):
        if len(self.votes) * 2 > len(self.peers) + 1:
            self.role = "leader"
            self.leader = self.id
            self.next = {peer: len(self.log) for peer in self.peers}
            self.match = dict.fromkeys(self.peers, 0)
            self.cancel(self.timer)
            self.propose(self.id, "", 0, "noop", ())
            self.beat(self.term)

    def beat(self, term):
        if self.role == "leader" and self.term == term:
            self.replicate()
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
