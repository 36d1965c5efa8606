"""X118: the fixed leader answers reads without asking anybody

Misconception: All writes go through the leader, so what it has is the newest.
Why it breaks: It is, but a leader that has been cut off for long goes on answering, and nobody on its side can know that the others are
    not served by somebody else by now.
Hint: You lead, and have heard from nobody for twenty deadlines. What do you say to a reader?
Lesson: docs/lessons/02-cap-register.md#refuse-in-the-minority
Fails: cp_linearizable
May fail: cp_minority, cp_survives, cp_honest
"""

from typing import Any

from cap_register_protocol import Delete, Read, Unavailable, Unknown, Values, Write, Written

from harness import Node, message


@message
class Forward:
    """hands {client}'s question {request} to {to}"""

    client: str
    request: int
    kind: str
    value: Any


@message
class Outcome:
    """tells {to} what became of {client}'s question {request}"""

    client: str
    request: int
    kind: str
    values: tuple[Any, ...]


@message
class Entry:
    """asks {to} to store entry {number}"""

    number: int
    round: tuple[int, int]
    values: tuple[Any, ...]


@message
class Kept:
    """tells {to} that entry {number} is stored"""

    number: int
    round: tuple[int, int]


@message
class Fact:
    """hands {to} a write, {name}, which replaces {replaces}"""

    name: tuple[str, int]
    values: tuple[Any, ...]
    replaces: tuple[Any, ...]


@message
class Noted:
    """confirms {name} to {to}"""

    name: tuple[str, int]


class Replica(Node):
    def on_start(self) -> None:
        self.leader = min(self.id, *self.peers)
        self.queue: list[Forward] = []
        self.votes: set[str] = set()
        self.life = self.disk.get("life", 0) + 1
        self.disk["life"] = self.life
        self.round = (self.life, 0)
        self.open: list[tuple[str, int]] = []
        if self.mode == "AP":
            self.hand_over()

    # --- CP ---

    def on_read(self, sender: str, read: Read) -> None:
        if self.mode == "AP":
            facts = self.facts()
            over = {name for fact in facts for name in fact[2]}
            shown = [fact[1][0] for fact in facts if fact[1] and fact[0] not in over]
            self.send(sender, Values(read.request, shown))
        else:
            self.forward(Forward(sender, read.request, "read", None))

    def on_write(self, sender: str, write: Write) -> None:
        if self.mode == "AP":
            self.note(sender, write.request, (write.value,))
        else:
            self.forward(Forward(sender, write.request, "write", (write.value,)))

    def on_delete(self, sender: str, delete: Delete) -> None:
        if self.mode == "AP":
            self.note(sender, delete.request, ())
        else:
            self.forward(Forward(sender, delete.request, "write", ()))

    def forward(self, question: Forward) -> None:
        self.open.append((question.client, question.request))
        self.after(self.deadline_ms, self.too_late, question.client, question.request, question.kind)
        if self.id == self.leader:
            self.on_forward(self.id, question)
        else:
            self.send(self.leader, question)

    def too_late(self, client: str, request: int, kind: str) -> None:
        if (client, request) in self.open:
            self.open.remove((client, request))
            self.send(client, Unavailable(request) if kind == "read" else Unknown(request))

    def on_forward(self, sender: str, question: Forward) -> None:
        name = (question.client, question.request)
        if name in self.disk.get("taken", ()) or any((one.client, one.request) == name for _, one in self.queue):
            return  # it came twice
        self.queue.append((sender, question))
        if len(self.queue) == 1:
            self.work()

    def work(self) -> None:
        if not self.queue:
            return
        number, values = self.disk.get("entry", (0, ()))
        question = self.queue[0][1]
        if question.kind == "read":
            asker, question = self.queue.pop(0)
            outcome = Outcome(question.client, question.request, "read", values)
            if asker == self.id:
                self.on_outcome(self.id, outcome)
            else:
                self.send(asker, outcome)
            self.work()
            return
        if question.kind == "write":
            number, values = number + 1, question.value
            with self.disk.atomic():
                self.disk["entry"] = (number, values)
                self.disk["taken"] = (*self.disk.get("taken", ()), (question.client, question.request))
        self.round = (self.life, self.round[1] + 1)
        self.votes = {self.id}
        self.ask()

    def ask(self) -> None:
        number, values = self.disk.get("entry", (0, ()))
        self.broadcast(Entry(number, self.round, values))
        self.after(100, self.again, self.round)

    def again(self, round: tuple[int, int]) -> None:
        if tuple(round) == self.round and self.queue:
            self.ask()

    def on_entry(self, sender: str, entry: Entry) -> None:
        if entry.number > self.disk.get("entry", (0, ()))[0]:
            self.disk["entry"] = (entry.number, entry.values)
        self.send(sender, Kept(entry.number, entry.round))

    def on_kept(self, sender: str, kept: Kept) -> None:
        if kept.round != self.round or not self.queue:
            return
        self.votes.add(sender)
        if len(self.votes) > (len(self.peers) + 1) // 2:
            asker, question = self.queue.pop(0)
            self.round = (self.life, self.round[1] + 1)
            outcome = Outcome(question.client, question.request, question.kind, self.disk.get("entry", (0, ()))[1])
            if asker == self.id:
                self.on_outcome(self.id, outcome)
            else:
                self.send(asker, outcome)
            self.work()

    def on_outcome(self, sender: str, outcome: Outcome) -> None:
        if (outcome.client, outcome.request) in self.open:
            self.open.remove((outcome.client, outcome.request))
            reads = outcome.kind == "read"
            self.send(outcome.client, Values(outcome.request, outcome.values) if reads else Written(outcome.request))

    # --- AP: a log of facts, each confirmed by each peer ---

    def facts(self) -> tuple[Any, ...]:
        return self.disk.get("facts", ())

    def note(self, client: str, request: int, values: tuple[Any, ...]) -> None:
        known = tuple(fact[0] for fact in self.facts())
        self.disk["facts"] = (*self.facts(), ((client, request), values, known))
        self.send(client, Written(request))
        self.tell()

    def tell(self) -> None:
        confirmed = self.disk.get("confirmed", ())
        for peer in self.peers:
            for name, values, replaces in self.facts():
                if (peer, name) not in confirmed:
                    self.send(peer, Fact(name, values, replaces))

    def hand_over(self) -> None:
        self.tell()
        self.after(self.sync_ms, self.hand_over)

    def on_fact(self, sender: str, fact: Fact) -> None:
        if fact.name not in [known[0] for known in self.facts()]:
            self.disk["facts"] = (*self.facts(), (fact.name, fact.values, fact.replaces))
        self.send(sender, Noted(fact.name))

    def on_noted(self, sender: str, noted: Noted) -> None:
        if (sender, noted.name) not in self.disk.get("confirmed", ()):
            self.disk["confirmed"] = (*self.disk.get("confirmed", ()), (sender, noted.name))
