"""X129: in AP mode what somebody hands over is taken, even if it is over here

Misconception: They only hand over what I lacked when I asked.
Why it breaks: The answer takes long, or comes twice. In the meantime the value was deleted here, and now it is back.
Hint: An old answer of somebody arrives once more. What has become of the values in it since?
Lesson: docs/lessons/02-cap-register.md#a-delete-leaves-a-mark
Fails: ap_keeps
"""

from dataclasses import dataclass, field
from typing import Any

from cap_register_protocol import Delete, Failed, Read, Unavailable, Unknown, Values, Write, Written

from harness import Node, message


@message
class Digest:
    """tells {to} what it knows of: {alive}, over {over}"""

    alive: tuple[Any, ...]
    over: frozenset[Any]


@message
class Missing:
    """gives {to} what it lacks: {alive}, over {over}"""

    alive: dict[Any, Any]
    over: frozenset[Any]


@message
class Ask:
    """asks {to}: what is newest, for {name}"""

    name: Any


@message
class Tell:
    """answers {to} for {name}: {stamp}"""

    name: Any
    stamp: Any
    values: Any


@message
class Put:
    """asks {to} to keep {values} at {stamp} for {name}"""

    name: Any
    stamp: Any
    values: Any


@message
class Kept:
    """tells {to}: kept for {name}"""

    name: Any


@dataclass
class Job:
    name: Any
    new: Any
    heard: dict = field(default_factory=dict)
    kept: set = field(default_factory=set)
    stamp: Any = None
    values: Any = None


class Siblings:
    """Mixin: AP."""

    def load_siblings(self) -> None:
        self.alive, self.over = self.disk.get("ap", ({}, frozenset()))
        self.alive = dict(self.alive)

    def save_siblings(self) -> None:
        self.disk["ap"] = (self.alive, self.over)

    def replace(self, name: Any, values: tuple[Any, ...]) -> None:
        self.over = self.over | set(self.alive)
        self.alive = {name: values[0]} if values else {}
        self.save_siblings()

    def compare(self) -> None:
        self.broadcast(Digest(tuple(self.alive), self.over))
        self.after(self.sync_ms, self.compare)

    def on_digest(self, sender: str, digest: Digest) -> None:
        lacks = {name: value for name, value in self.alive.items() if name not in digest.alive and name not in digest.over}
        if lacks or self.over - digest.over:
            self.send(sender, Missing(lacks, self.over - digest.over))

    def on_missing(self, sender: str, missing: Missing) -> None:
        self.over = self.over | missing.over
        self.alive = {name: value for name, value in self.alive.items() if name not in self.over} | dict(missing.alive)
        self.save_siblings()


class Replica(Siblings, Node):
    def on_start(self) -> None:
        self.load_siblings()
        self.stamp, self.values = self.disk.get("cp", ((0, ""), ()))
        self.jobs: dict[Any, Job] = {}
        if self.mode == "AP":
            self.compare()

    def on_read(self, sender: str, read: Read) -> None:
        match self.mode:
            case "AP":
                self.send(sender, Values(read.request, tuple(self.alive.values())))
            case _:
                self.begin((sender, read.request), None)

    def on_write(self, sender: str, write: Write) -> None:
        self.change(sender, write.request, (write.value,))

    def on_delete(self, sender: str, delete: Delete) -> None:
        self.change(sender, delete.request, ())

    def change(self, sender: str, request: int, values: tuple[Any, ...]) -> None:
        if self.mode == "AP":
            self.replace((sender, request), values)
            self.send(sender, Written(request))
        else:
            self.begin((sender, request), values)

    def begin(self, name: Any, new: Any) -> None:
        self.jobs[name] = Job(name, new)
        self.after(self.deadline_ms, self.give_up, name)
        self.nudge(name)

    def nudge(self, name: Any) -> None:
        job = self.jobs.get(name)
        if job is not None:
            for peer in self.peers:
                if job.stamp is None and peer not in job.heard:
                    self.send(peer, Ask(job.name))
                elif job.stamp is not None and peer not in job.kept:
                    self.send(peer, Put(job.name, job.stamp, job.values))
            self.after(max(1, self.deadline_ms // 6), self.nudge, name)

    def enough(self, some: Any) -> bool:
        return 2 * len(some) > len(self.peers) + 1

    def on_ask(self, sender: str, ask: Ask) -> None:
        self.send(sender, Tell(ask.name, self.stamp, self.values))

    def on_tell(self, sender: str, tell: Tell) -> None:
        job = self.jobs.get(tell.name)
        if job is None or job.stamp is not None:
            return
        job.heard[sender] = (tell.stamp, tell.values)
        job.heard[self.id] = (self.stamp, self.values)
        if self.enough(job.heard):
            (number, who), values = max(job.heard.values(), key=lambda pair: pair[0])
            job.stamp, job.values = ((number, who), values) if job.new is None else ((number + 1, self.id), job.new)
            self.keep(job.stamp, job.values)
            job.kept = {self.id} | {peer for peer, (stamp, _) in job.heard.items() if stamp == job.stamp}
            self.finish(job)
            for peer in self.peers:
                if peer not in job.kept:
                    self.send(peer, Put(job.name, job.stamp, job.values))

    def keep(self, stamp: Any, values: Any) -> None:
        if stamp > self.stamp:
            self.stamp, self.values = stamp, values
            self.disk["cp"] = (stamp, values)

    def on_put(self, sender: str, put: Put) -> None:
        self.keep(put.stamp, put.values)
        self.send(sender, Kept(put.name))

    def on_kept(self, sender: str, kept: Kept) -> None:
        job = self.jobs.get(kept.name)
        if job is not None and job.stamp is not None:
            job.kept.add(sender)
            self.finish(job)

    def finish(self, job: Job) -> None:
        if self.enough(job.kept) and self.jobs.pop(job.name, None):
            client, request = job.name
            self.send(client, Values(request, job.values) if job.new is None else Written(request))

    def give_up(self, name: Any) -> None:
        job = self.jobs.pop(name, None)
        if job is not None:
            client, request = name
            self.send(client, (Unavailable if job.new is None else Failed if job.stamp is None else Unknown)(request))
