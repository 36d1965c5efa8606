"""X06: answers are counted, not replicas

Misconception: Three answers are three replicas.
Why it breaks: A message that arrives twice makes a majority of one.
Hint: You count the confirmations of a write. Which machines are they from, and how many of these may disappear?
Lesson: docs/lessons/02-cap-register.md#quorums-meet
Fails: cp_linearizable
May fail: cp_reads_writes, cp_minority, cp_survives, cp_honest
"""

from typing import Any

from cap_register_protocol import Delete, Failed, Read, Unavailable, Unknown, Values, Write, Written

from harness import Node, message


@message
class Everything:
    """tells {to} all it has: {alive}, replaced {replaced}"""

    alive: dict[Any, Any]
    replaced: frozenset[Any]


@message
class Query:
    """asks {to} for its newest value, for {question}"""

    question: tuple[str, int]


@message
class Newest:
    """answers {to}, for {question}: {values}, written at {stamp}"""

    question: tuple[str, int]
    stamp: tuple[int, str]
    values: tuple[Any, ...]


@message
class Store:
    """asks {to} to store {values}, written at {stamp}, for {question}"""

    question: tuple[str, int]
    stamp: tuple[int, str]
    values: tuple[Any, ...]


@message
class Stored:
    """tells {to}: stored, for {question}"""

    question: tuple[str, int]


class Replica(Node):
    """One machine of the group. Answers its clients in the way that self.mode says."""

    mode: str
    deadline_ms: int
    sync_ms: int

    def on_start(self) -> None:
        self.alive = dict(self.disk.get("alive", {}))  # AP: the values here, each under the name of its write
        self.replaced = set(self.disk.get("replaced", ()))  # AP: names of writes that are over
        self.stamp, self.values = self.disk.get("newest", ((0, ""), ()))  # CP
        self.asking = {}  # CP: what is known so far of each open question
        if self.mode == "AP":
            self.sync()

    # --- what clients ask ---

    def on_read(self, sender: str, read: Read) -> None:
        if self.mode == "AP":
            self.send(sender, Values(read.request, tuple(self.alive.values())))
        else:
            self.ask((sender, read.request), None)

    def on_write(self, sender: str, write: Write) -> None:
        self.change((sender, write.request), (write.value,))

    def on_delete(self, sender: str, delete: Delete) -> None:
        self.change((sender, delete.request), ())

    def change(self, question: tuple[str, int], values: tuple[Any, ...]) -> None:
        if self.mode == "CP":
            self.ask(question, values)
            return
        self.replaced.update(self.alive)
        self.keep({question: values[0]} if values else {})
        self.send(question[0], Written(question[1]))

    # --- AP: tell everybody everything, again and again ---

    def keep(self, alive: dict[Any, Any]) -> None:
        self.alive = alive
        with self.disk.atomic():
            self.disk["alive"] = alive
            self.disk["replaced"] = self.replaced

    def sync(self) -> None:
        self.broadcast(Everything(self.alive, self.replaced))
        self.after(self.sync_ms, self.sync)

    def on_everything(self, sender: str, theirs: Everything) -> None:
        before = self.alive, len(self.replaced)
        self.replaced |= theirs.replaced
        both = {**self.alive, **theirs.alive}
        alive = {name: value for name, value in both.items() if name not in self.replaced}
        if (alive, len(self.replaced)) != before:
            self.keep(alive)

    # --- CP: learn the newest value from a majority, then make a majority store what is to be answered ---

    def ask(self, question: tuple[str, int], new: tuple[Any, ...] | None) -> None:
        self.asking[question] = {"new": new, "newest": {}, "stored": []}
        self.broadcast(Query(question))
        self.after(self.deadline_ms, self.give_up, question)

    def on_query(self, sender: str, query: Query) -> None:
        self.send(sender, Newest(query.question, self.stamp, self.values))

    def on_newest(self, sender: str, newest: Newest) -> None:
        asked = self.asking.get(newest.question)
        if asked is None or asked["stored"]:
            return
        asked["newest"][sender, len(asked["newest"])] = (newest.stamp, newest.values)
        asked["newest"][self.id] = (self.stamp, self.values)  # as it is now: another question may have stored something
        if self.majority(asked["newest"]):
            asked["stamp"], asked["values"] = max(asked["newest"].values(), key=lambda pair: pair[0])
            if asked["new"] is not None:
                asked["stamp"], asked["values"] = (asked["stamp"][0] + 1, self.id), asked["new"]
            self.store(asked["stamp"], asked["values"])  # here first: this machine must not give the same stamp again
            asked["stored"].append(self.id)
            self.broadcast(Store(newest.question, asked["stamp"], asked["values"]))

    def on_store(self, sender: str, store: Store) -> None:
        self.store(store.stamp, store.values)
        self.send(sender, Stored(store.question))

    def store(self, stamp: tuple[int, str], values: tuple[Any, ...]) -> None:
        if stamp > self.stamp:
            self.stamp, self.values = stamp, values
            self.disk["newest"] = (stamp, values)

    def on_stored(self, sender: str, stored: Stored) -> None:
        asked = self.asking.get(stored.question)
        if asked is None:
            return
        asked["stored"].append(sender)
        if self.majority(asked["stored"]):
            del self.asking[stored.question]
            client, request = stored.question
            self.send(client, Values(request, asked["values"]) if asked["new"] is None else Written(request))

    def majority(self, replicas: Any) -> bool:
        return len(replicas) > (len(self.peers) + 1) // 2

    def give_up(self, question: tuple[str, int]) -> None:
        asked = self.asking.pop(question, None)
        if asked is not None:
            answer = Unavailable if asked["new"] is None else Unknown if asked["stored"] else Failed
            self.send(question[0], answer(question[1]))
