"""Stand-ins: while one of your classes is tested alone, these play the others. Given; nothing to do here.

They follow a script and think for themselves as little as they can, so they are no model for your own.
"""

from fenced_lock_protocol import (
    Accepted,
    Acquire,
    Granted,
    Read,
    Refused,
    Rejected,
    Release,
    Renew,
    Value,
    Write,
)

from harness import Node


class Customer(Node):
    """Talks to your lock server after a plan, with the newest token it was granted.

    Set before on_start runs:
        self.server  the lock server's name
        self.plan    what to do: ((at_ms, "acquire", lock, ttl_ms), (at_ms, "renew", lock, ttl_ms), (at_ms, "release", lock), ...),
                     and (at_ms, "poll", lock, ttl_ms) for acquiring every quarter of ttl_ms, later less often, until it is granted
    """

    server: str
    plan: tuple[tuple, ...]

    def on_start(self) -> None:
        self.tokens: dict[str, int] = {}
        for at_ms, verb, lock, *ttl_ms in self.plan:
            self.after(at_ms, getattr(self, verb), lock, *ttl_ms)

    def acquire(self, lock: str, ttl_ms: int) -> None:
        self.send(self.server, Acquire(lock, ttl_ms, self.clock.monotonic_ms()))

    def poll(self, lock: str, ttl_ms: int, times: int = 0) -> None:
        if lock not in self.tokens:
            self.acquire(lock, ttl_ms)
            self.after(ttl_ms // 4 if times < 20 else 2 * ttl_ms, self.poll, lock, ttl_ms, times + 1)

    def renew(self, lock: str, ttl_ms: int) -> None:
        if lock in self.tokens:
            self.send(self.server, Renew(lock, self.tokens[lock], ttl_ms, self.clock.monotonic_ms()))

    def release(self, lock: str) -> None:
        if lock in self.tokens:
            self.send(self.server, Release(lock, self.tokens[lock]))

    def on_granted(self, sender: str, granted: Granted) -> None:
        self.tokens[granted.lock] = max(granted.token, self.tokens.get(granted.lock, 0))

    def on_refused(self, sender: str, refused: Refused) -> None:
        pass


class ScriptedServer(Node):
    """Plays the lock server for your client alone. It keeps no time: it grants what it is asked, except for the first few times.

    Set before on_start runs:
        self.first_token  token of its first grant; every later grant has a token that is higher by 3
        self.refusals     how many Acquires it refuses before it grants one
    """

    first_token: int
    refusals: int

    def on_start(self) -> None:
        self.token = self.first_token - 3
        self.refused = 0

    def on_acquire(self, sender: str, acquire: Acquire) -> None:
        if self.refused < self.refusals:
            self.refused += 1
            self.send(sender, Refused(acquire.lock, acquire.asked_ms))
        else:
            self.token += 3
            self.send(sender, Granted(acquire.lock, self.token, acquire.ttl_ms, acquire.asked_ms))

    def on_renew(self, sender: str, renew: Renew) -> None:
        if renew.token == self.token:
            self.send(sender, Granted(renew.lock, renew.token, renew.ttl_ms, renew.asked_ms))
        else:
            self.send(sender, Refused(renew.lock, renew.asked_ms))

    def on_release(self, sender: str, release: Release) -> None:
        pass


class ScriptedStore(Node):
    """Plays the store for your client alone. It compares no tokens: it rejects those it was told to and accepts all others.

    Set before on_start runs:
        self.rejects  tokens to reject
    """

    rejects: tuple[int, ...]

    def on_start(self) -> None:
        self.values: dict[str, str] = {}

    def on_write(self, sender: str, write: Write) -> None:
        if write.token in self.rejects:
            self.send(sender, Rejected(write.key, write.token))
        else:
            self.values[write.key] = write.value
            self.send(sender, Accepted(write.key, write.token))

    def on_read(self, sender: str, read: Read) -> None:
        self.send(sender, Value(read.key, self.values.get(read.key)))
