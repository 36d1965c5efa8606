"""Shows the newest that a majority of the copies told. Without a majority, soon, whatever is fresh enough."""

from dataclasses import dataclass, field
from enum import Enum

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


class State(Enum):
    ASKING = 1
    ANYTHING = 2
    STORING = 3


@dataclass
class Job:
    state: State
    request: object
    answers: dict = field(default_factory=dict)


class FrontEnd(Node):
    primary: str
    replicas: tuple[str, ...]
    retry_ms: int

    def saw(self, user, key, version):
        mine = self.seen.setdefault(user, {})
        mine[key] = max(version, mine.get(key, 0))

    def on_start(self):
        self.seen = {}
        self.jobs = {}

    def on_read(self, user, read):
        self.jobs[user, read.number] = Job(State.ASKING, read)
        self.after(read.within_ms, self.stop, user, read.number)
        self.ask(user, read.number)

    def on_write(self, user, write):
        self.jobs[user, write.number] = Job(State.STORING, write)
        self.after(write.within_ms, self.stop, user, write.number)
        self.send(self.primary, Store(f"{len(user)}:{user}{write.number}", write.key, write.value))

    def ask(self, user, number):
        job = self.jobs.get((user, number))
        if job is None:
            return
        for copy in (self.primary, *self.replicas):
            self.send(copy, Fetch(["r", user, number], job.request.key))
        self.after(self.retry_ms, self.settle, user, number)

    def settle(self, user, number):
        job = self.jobs.get((user, number))
        if job is not None:
            job.state = State.ANYTHING
            self.look(user, number)
            self.ask(user, number)

    def look(self, user, number):
        job = self.jobs.get((user, number))
        if job is None or not job.answers:
            return
        enough = len(job.answers) > (1 + len(self.replicas)) // 2
        version, value = max(job.answers.values(), key=lambda pair: pair[0])
        if version < self.seen.get(user, {}).get(job.request.key, 0):
            return
        match job.state:
            case State.ASKING if not enough:
                return
            case State.ASKING | State.ANYTHING:
                del self.jobs[user, number]
                self.saw(user, job.request.key, version)
                self.send(user, Value(number, job.request.key, value))

    def on_found(self, sender, found):
        _, user, number = found.ticket
        if job := self.jobs.get((user, number)):
            known = job.answers.get(sender, (-1, None))
            if found.version >= known[0]:
                job.answers[sender] = (found.version, found.value)
            self.look(user, number)

    def on_stored(self, sender, stored):
        length, rest = stored.ticket.split(":", 1)
        user, number = rest[: int(length)], int(rest[int(length) :])
        if self.jobs.pop((user, number), None):
            self.saw(user, stored.key, stored.version)
            self.send(user, Written(number))

    def stop(self, user, number):
        match self.jobs.pop((user, number), None):
            case Job(State.STORING):
                self.send(user, Unknown(number))
            case Job():
                self.send(user, Unavailable(number))

    def on_export(self, user, export):
        self.send(user, Exported(export.number, self.seen.get(user, {})))

    def on_import(self, user, arrival):
        for key, version in arrival.token.items():
            self.saw(user, key, version)
        self.send(user, Imported(arrival.number))
