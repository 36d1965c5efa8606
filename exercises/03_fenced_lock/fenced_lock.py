"""A lock that survives its holder: leases, fencing tokens, and a store that checks them.

Three small machines, in steps. After each step run `course test 03` (or `pytest exercises/03_fenced_lock`).
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


class LockServer(Node):
    """Grants each lock to one client at a time, for a while.

    Its clock: self.clock.monotonic_ms(). Its disk, a mapping that survives a crash: self.disk.
    Set up its memory in on_start(self), which runs at boot and again after every crash.
    """

    def on_acquire(self, sender: str, acquire: Acquire) -> None:
        """Step 1: `sender` wants the lock `acquire.lock` for `acquire.ttl_ms` ms.

        Free, or its lease is over: send Granted with a token higher than every token this lock ever had.
        Held: send Refused. Either answer carries `acquire.asked_ms` back.
        """
        raise NotImplementedError("step 1: grant the lock if it is free, else refuse it")

    def on_release(self, sender: str, release: Release) -> None:
        """Step 2: `sender` gives back the lease with token `release.token`. No answer.

        It ends that lease and no other: the message may be late, and the lock may be somebody else's by now.
        """
        raise NotImplementedError("step 2: end this lease, and only this one")

    def on_renew(self, sender: str, renew: Renew) -> None:
        """Step 3: `sender` wants its lease to run for `renew.ttl_ms` from now.

        Its lease still runs: send Granted with the same token. It does not: send Refused.
        """
        raise NotImplementedError("step 3: let the lease run longer, if it still runs")


class Store(Node):
    """Keeps one value per key, and changes it only for a token that is not too old."""

    def on_read(self, sender: str, read: Read) -> None:
        """Step 4: send Value with the key's value, or None if it has none."""
        raise NotImplementedError("step 4: answer with the value of read.key")

    def on_write(self, sender: str, write: Write) -> None:
        """Step 5: set the key and send Accepted, or, if a higher token was here before, change nothing and send Rejected."""
        raise NotImplementedError("step 5: check write.token, then change the value or do not")

    def on_delete(self, sender: str, delete: Delete) -> None:
        """Step 6: the same for deleting the key's value."""
        raise NotImplementedError("step 6: check delete.token, then delete the value or do not")


class LockClient(Node):
    """Does one job at a time, with the lock in hand.

    Set before on_start runs:
        self.server  the lock server's name
        self.store   the store's name
        self.ttl_ms  for how long to ask for a lock
    """

    server: str
    store: str
    ttl_ms: int

    def on_job(self, sender: str, job: Job) -> None:
        """Step 7: ask the server for the lock `job.key`. Remember who wants the job; that is who hears Done or Failed.

        Busy with another job: keep this one for later, or send Failed(job.number) at once, as you like.
        """
        raise NotImplementedError("step 7: send Acquire to self.server")

    def on_granted(self, sender: str, granted: Granted) -> None:
        """Step 8: the lock is yours, until `granted.asked_ms + granted.ttl_ms` on your monotonic clock.

        Work takes time: self.after(job.work_ms, self.write, ...) calls a method of yours when it is over. A job may take many
        times ttl_ms, so renew in good time; the answer to a Renew arrives here too.
        """
        raise NotImplementedError("step 8: work for job.work_ms, then send Write to self.store")

    def on_accepted(self, sender: str, accepted: Accepted) -> None:
        """Step 9: the store has made your change. Give the lock back, tell who wanted the job."""
        raise NotImplementedError("step 9: send Release and Done")

    def on_rejected(self, sender: str, rejected: Rejected) -> None:
        """Step 10: somebody else had the lock since. Get it anew and begin again, or send Failed."""
        raise NotImplementedError("step 10: the token is too old; get another or give up")

    def on_refused(self, sender: str, refused: Refused) -> None:
        """Step 11: not now. Ask again a little later; and ask again too if no answer comes at all."""
        raise NotImplementedError("step 11: try again later")
