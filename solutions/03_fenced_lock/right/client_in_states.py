"""Right: a client as a state machine, translated from another language: one state, one timer, named transitions."""

from fenced_lock_protocol import (
    Accepted,
    Acquire,
    Delete,
    Done,
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
    """States: idle, acquiring, working, writing. Every timer carries the attempt it belongs to."""

    server: str
    store: str
    ttl_ms: int

    def on_start(self) -> None:
        self.state, self.attempt, self.token = "idle", 0, None
        self.ends_ms, self.asked_ms = 0, 0
        self.jobs = []

    def on_job(self, sender: str, job: Job) -> None:
        if any(number == job.number for _, number, *_ in self.jobs):
            return
        self.jobs.append((sender, job.number, job.key, job.value, job.work_ms))
        if self.state == "idle":
            self.begin()

    def begin(self) -> None:
        self.attempt += 1
        self.token = None
        if not self.jobs:
            self.state = "idle"
            return
        self.state = "acquiring"
        self.first_asked_ms = self.clock.monotonic_ms()
        self.acquire(self.attempt)

    def acquire(self, attempt: int) -> None:
        if (self.state, self.attempt) == ("acquiring", attempt):
            self.send(self.server, Acquire(self.jobs[0][2], self.ttl_ms, self.clock.monotonic_ms()))
            self.after(self.ttl_ms // 2 + self.random.randrange(50), self.acquire, attempt)

    def on_granted(self, sender: str, granted: Granted) -> None:
        now_ms = self.clock.monotonic_ms()
        if self.state == "idle" or granted.lock != self.jobs[0][2] or granted.asked_ms < self.first_asked_ms or granted.asked_ms > now_ms:
            if self.state == "idle" and granted.asked_ms <= now_ms:
                self.send(self.server, Release(granted.lock, granted.token))
            return
        if self.state == "acquiring" and now_ms < granted.asked_ms + granted.ttl_ms:
            self.token, self.state = granted.token, "working"
            self.ends_ms = granted.asked_ms + granted.ttl_ms
            self.after(self.jobs[0][4], self.worked, self.attempt)
            self.after(self.ttl_ms // 3, self.renew, self.attempt)
        elif granted.token == self.token:
            self.ends_ms = max(self.ends_ms, granted.asked_ms + granted.ttl_ms)

    def on_refused(self, sender: str, refused: Refused) -> None:
        pass

    def renew(self, attempt: int) -> None:
        if self.attempt == attempt and self.state in ("working", "writing"):
            if self.lost():
                self.begin()
                return
            self.send(self.server, Renew(self.jobs[0][2], self.token, self.ttl_ms, self.clock.monotonic_ms()))
            self.after(self.ttl_ms // 3, self.renew, attempt)

    def lost(self) -> bool:
        return self.clock.monotonic_ms() >= self.ends_ms

    def worked(self, attempt: int) -> None:
        if self.attempt == attempt and self.state == "working":
            self.state = "writing"
            self.write(attempt)

    def write(self, attempt: int) -> None:
        if self.attempt == attempt and self.state == "writing":
            if self.lost():
                self.begin()
                return
            _, _, key, value, _ = self.jobs[0]
            self.send(self.store, Write(key, value, self.token))
            self.after(100, self.write, attempt)

    def on_accepted(self, sender: str, accepted: Accepted) -> None:
        if self.state == "writing" and (accepted.key, accepted.token) == (self.jobs[0][2], self.token):
            boss, number, key, *_ = self.jobs.pop(0)
            self.send(self.server, Release(key, self.token))
            self.send(self.server, Release(key, self.token))
            self.send(boss, Done(number))
            self.begin()

    def on_rejected(self, sender: str, rejected: Rejected) -> None:
        if self.state == "writing" and (rejected.key, rejected.token) == (self.jobs[0][2], self.token):
            self.begin()
