"""Y04: jobs of different keys are done at the same time

Misconception: Different locks have nothing to do with each other, so neither have their jobs.
Why it breaks: The client does one job at a time. Whoever counts on its hundred per cent gets a half, and a third.
Hint: The client is busy, and another job comes. What may it do?
Lesson: docs/lessons/03-fenced-lock.md#the-client
Fails: own_lease
"""

from fenced_lock_protocol import (
    Accepted,
    Acquire,
    Delete,
    Done,
    Failed,
    Granted,
    Job,
    Read,
    Refused,
    Rejected,
    Release,
    Renew,
    Value,
    Write,
)

from harness import Node

FREE = (0, None, 0)


class LockServer(Node):
    """Grants each lock to one client at a time. On disk per lock: (its newest token, who holds it or None, for how long)."""

    def on_start(self) -> None:
        # How long it was off it cannot know, so every lease on disk starts again: too long is safe, too short is not.
        now_ms = self.clock.monotonic_ms()
        self.ends_ms = {lock: now_ms + ttl_ms for lock, (_, _, ttl_ms) in self.disk.items()}

    def on_acquire(self, sender: str, acquire: Acquire) -> None:
        token, holder, _ = self.disk.get(acquire.lock, FREE)
        if holder is None or self.clock.monotonic_ms() >= self.ends_ms[acquire.lock]:
            self.grant(sender, acquire, token + 1)
        else:
            self.send(sender, Refused(acquire.lock, acquire.asked_ms))

    def on_renew(self, sender: str, renew: Renew) -> None:
        if self.holds(sender, renew):
            self.grant(sender, renew, renew.token)
        else:
            self.send(sender, Refused(renew.lock, renew.asked_ms))

    def on_release(self, sender: str, release: Release) -> None:
        if self.holds(sender, release):
            self.disk[release.lock] = (release.token, None, 0)

    def holds(self, client: str, request: Renew | Release) -> bool:
        token, holder, _ = self.disk.get(request.lock, FREE)
        return (token, holder) == (request.token, client) and self.clock.monotonic_ms() < self.ends_ms[request.lock]

    def grant(self, client: str, request: Acquire | Renew, token: int) -> None:
        self.disk[request.lock] = (token, client, request.ttl_ms)
        self.ends_ms[request.lock] = self.clock.monotonic_ms() + request.ttl_ms
        self.send(client, Granted(request.lock, token, request.ttl_ms, request.asked_ms))


class Store(Node):
    """Keeps values. On disk per key: (highest token it has accepted, value or None)."""

    def on_write(self, sender: str, write: Write) -> None:
        self.change(sender, write, write.value)

    def on_delete(self, sender: str, delete: Delete) -> None:
        self.change(sender, delete, None)

    def on_read(self, sender: str, read: Read) -> None:
        _, value = self.disk.get(read.key, (0, None))
        self.send(sender, Value(read.key, value))

    def change(self, sender: str, request: Write | Delete, value: str | None) -> None:
        highest, _ = self.disk.get(request.key, (0, None))
        if request.token < highest:
            self.send(sender, Rejected(request.key, request.token))
        else:
            self.disk[request.key] = (request.token, value)
            self.send(sender, Accepted(request.key, request.token))


class LockClient(Node):
    """All jobs at once, each under its own lock."""

    server: str
    store: str
    ttl_ms: int

    def on_start(self) -> None:
        self.jobs = {}

    def on_job(self, sender: str, job: Job) -> None:
        if job.key in self.jobs:
            self.send(sender, Failed(job.number))
            return
        self.jobs[job.key] = {"job": job, "boss": sender, "begun": self.clock.monotonic_ms(), "token": 0, "ends": 0}
        self.tick(job.key, job.number)

    def tick(self, key: str, number: int) -> None:
        one = self.jobs.get(key)
        if one is None or one["job"].number != number:
            return
        now_ms = self.clock.monotonic_ms()
        if now_ms < one["ends"]:
            self.send(self.server, Renew(key, one["token"], self.ttl_ms, now_ms))
        else:
            self.send(self.server, Acquire(key, self.ttl_ms, now_ms))
        self.after(self.ttl_ms // 4, self.tick, key, number)

    def on_granted(self, sender: str, granted: Granted) -> None:
        now_ms, ends_ms = self.clock.monotonic_ms(), granted.asked_ms + granted.ttl_ms
        one = self.jobs.get(granted.lock)
        if one is None or not one["begun"] <= granted.asked_ms <= now_ms < ends_ms:
            return
        if granted.token > one["token"]:
            one["token"] = granted.token
            self.after(one["job"].work_ms, self.write, granted.lock, granted.token)
        if granted.token == one["token"]:
            one["ends"] = max(one["ends"], ends_ms)

    def on_refused(self, sender: str, refused: Refused) -> None:
        pass

    def write(self, key: str, token: int) -> None:
        one = self.jobs.get(key)
        if one is not None and token == one["token"]:
            if self.clock.monotonic_ms() < one["ends"]:
                self.send(self.store, Write(key, one["job"].value, token))
            self.after(self.ttl_ms // 4, self.write, key, token)

    def on_accepted(self, sender: str, accepted: Accepted) -> None:
        one = self.jobs.get(accepted.key)
        if one is not None and accepted.token == one["token"]:
            self.send(self.server, Release(accepted.key, accepted.token))
            self.send(one["boss"], Done(one["job"].number))
            del self.jobs[accepted.key]

    def on_rejected(self, sender: str, rejected: Rejected) -> None:
        one = self.jobs.get(rejected.key)
        if one is not None and rejected.token == one["token"]:
            one["ends"] = 0
