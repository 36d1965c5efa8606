"""Reference: a lock with a time limit, a token for every grant, and a store that checks the token."""

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
    """Does one job at a time: gets the lock, works, writes with its token, gives the lock back."""

    server: str
    store: str
    ttl_ms: int

    def on_start(self) -> None:
        self.job: Job | None = None

    def on_job(self, sender: str, job: Job) -> None:
        if self.job is not None:
            self.send(sender, Failed(job.number))
            return
        self.job, self.boss, self.begun_ms = job, sender, self.clock.monotonic_ms()
        self.token, self.ends_ms = 0, 0
        self.tick()

    def tick(self) -> None:
        """Four times per lease: keep the lock, or get it."""
        now_ms = self.clock.monotonic_ms()
        if now_ms < self.ends_ms:
            self.send(self.server, Renew(self.job.key, self.token, self.ttl_ms, now_ms))
        else:
            self.send(self.server, Acquire(self.job.key, self.ttl_ms, now_ms))
        self.timer = self.after(self.ttl_ms // 4, self.tick)

    def on_granted(self, sender: str, granted: Granted) -> None:
        now_ms, ends_ms = self.clock.monotonic_ms(), granted.asked_ms + granted.ttl_ms
        if self.job is None or granted.lock != self.job.key or not self.begun_ms <= granted.asked_ms <= now_ms < ends_ms:
            return  # for a job that is over, or so late that the lease is
        if granted.token > self.token:
            self.token = granted.token
            self.after(self.job.work_ms, self.write, granted.lock, granted.token)
        if granted.token == self.token:
            self.ends_ms = max(self.ends_ms, ends_ms)

    def on_refused(self, sender: str, refused: Refused) -> None:
        pass  # the next tick asks again

    def write(self, key: str, token: int) -> None:
        """The work is done: write until the store answers, but only while the lease lasts."""
        if self.job is not None and (key, token) == (self.job.key, self.token):
            if self.clock.monotonic_ms() < self.ends_ms:
                self.send(self.store, Write(self.job.key, self.job.value, token))
            self.after(self.ttl_ms // 4, self.write, key, token)

    def on_accepted(self, sender: str, accepted: Accepted) -> None:
        if self.job is not None and (accepted.key, accepted.token) == (self.job.key, self.token):
            self.send(self.server, Release(self.job.key, self.token))
            self.send(self.boss, Done(self.job.number))
            self.cancel(self.timer)
            self.job = None

    def on_rejected(self, sender: str, rejected: Rejected) -> None:
        if self.job is not None and (rejected.key, rejected.token) == (self.job.key, self.token):
            self.ends_ms = 0  # somebody else has the lock by now: the next tick asks for it
