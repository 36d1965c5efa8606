"""What a lock with leases and fencing tokens must be like, told from messages alone.

They watch `Granted`, `Release`, `Write`, `Delete`, `Accepted`, `Value` and their fields `lock`, `key`, `token`, `ttl_ms`,
`asked_ms`, `value`, and never look inside a node. A grant counts when it is sent, a change when the store sends `Accepted`.

    Gray & Cheriton, "Leases: An Efficient Fault-Tolerant Mechanism for Distributed File Cache Consistency", 1989.
    Burrows, "The Chubby Lock Service for Loosely-Coupled Distributed Systems", 2006 (sequencers).
    Kleppmann, "How to do distributed locking", 2016 (fencing tokens).
"""

from __future__ import annotations

from itertools import takewhile
from typing import Any

from harness.checks.tables import Table, looked_up, with_entry
from harness.errors import Broken
from harness.properties import Always, Holds
from harness.trace import Record, Trace


def whole_number(value: Any) -> bool:
    """True for an integer from 1 up, below 2⁶³; True and 1.0 are none."""
    return type(value) is int and 1 <= value < 2**63


def meanwhile(trace: Trace, records: tuple[int, ...]) -> str:
    """Return what the sender of the last record went through since the first, as the finer part of a code: `:crash+step`, `:nothing`."""
    if len(records) < 2:
        return ""
    happened = [record.kind for record in trace[records[0] : records[-1]] if record.node == trace[records[-1]].node]
    return ":" + ("+".join(kind for kind in ("crash", "step") if kind in happened) or "nothing")


class TokensIncrease(Always):
    """Every grant of a lock has a higher token than all before it; the same token again is a renewal, for the same client only.

    Memory: per lock, the highest token, whose it is, and the place of its grant in the trace.
    """

    name = "tokens increase"

    def watches(self, record: Record) -> bool:
        """Grants, when they are sent."""
        return record.kind == "send" and record.name == "Granted"

    def step(self, memory: Table[tuple[int, str, int]], record: Record, index: int) -> Table[tuple[int, str, int]]:
        """Compare a grant with the highest so far."""
        lock, token, client = record.data.lock, record.data.token, record.other
        if not whole_number(token):
            text = f"lock {lock} is granted with token {token!r}; a token is a whole number from 1 up, below 2**63"
            raise Broken(text, code="no_token", records=(index,))
        highest, holder, place = looked_up(memory, lock, (0, "", -1))
        if token == highest and client != holder:
            text = f"token {token} of lock {lock} is given to {client}, but {holder} has had it already"
            raise Broken(text, code="same_token", records=(place, index))
        if token < highest:
            text = f"{client} is granted lock {lock} with token {token} after {holder} was granted it with token {highest}"
            raise Broken(text, code="lower_token", records=(place, index))
        return memory if token == highest else with_entry(memory, lock, (token, client, index))

    def judge(self, trace: Trace) -> None:
        """Judge a whole run; how it broke says what happened to the server between the two grants."""
        try:
            super().judge(trace)
        except Broken as broken:
            broken.code += meanwhile(trace, broken.records)
            raise


class OneHolder(Always):
    """While a lease runs nobody else is granted the lock, and a lease that is over does not come back under its old token.

    For timed runs in which the lock server's clock does not drift. A lease runs for `ttl_ms` from its latest grant, or until
    its holder's `Release` with its token arrives. A crash of the server ends it: what a restarted server still knows is free.

    Memory: per lock, the current lease: (client, token, ends at ms, released, place in the trace).

    Args:
        server: the lock server's name.
        slack: percent of `ttl_ms` around a lease's end about which nothing is promised.
    """

    name = "one holder at a time"

    def __init__(self, server: str, slack: int = 10) -> None:
        self.server = server
        self.slack = slack

    def watches(self, record: Record) -> bool:
        """Grants when sent, releases when they arrive, crashes of the server."""
        if record.kind == "crash":
            return record.node == self.server
        return (record.kind, record.name) in (("send", "Granted"), ("deliver", "Release"))

    def step(self, memory: Table[tuple[Any, ...]], record: Record, index: int) -> Table[tuple[Any, ...]]:
        """Follow the leases; refuse a grant that ignores one."""
        if record.kind == "crash":
            return ()
        lock = record.data.lock
        client, token, ends_ms, released, place = looked_up(memory, lock, ("", 0, 0, True, -1))
        if record.kind == "deliver":
            if (record.other, record.data.token) != (client, token):
                return memory
            return with_entry(memory, lock, (client, token, ends_ms, True, index))
        slack_ms = record.data.ttl_ms * self.slack // 100
        if not released and record.other != client and record.time_ms < ends_ms - slack_ms:
            left_ms = ends_ms - record.time_ms
            text = f"{record.other} is granted lock {lock} while the lease of {client}, token {token}, has {left_ms} ms to run"
            raise Broken(text, code="two_holders", records=(place, index))
        if record.data.token == token and (released or record.time_ms > ends_ms + record.data.ttl_ms // 2):
            why = "gave it back" if released else f"let it run out {record.time_ms - ends_ms} ms ago"
            text = f"{record.other} is granted lock {lock} under token {token} again, though {client} {why}; a new lease needs a new token"
            raise Broken(text, code="token_again", records=(place, index))
        return with_entry(memory, lock, (record.other, record.data.token, record.time_ms + record.data.ttl_ms, False, index))


class StoreNeverGoesBack(Always):
    """Per key, what the store accepts and what it shows never belongs to a lower token than what it accepted or showed before.

    Every `Write` of a run must have a value of its own, so that a value tells which write it came from. What was in the store at
    the start is None. A change that was never answered may have happened or not.

    Memory: per key, (highest token accepted or shown, its place, the changes that arrived as (value, token) pairs).
    """

    name = "the store never goes back"

    def watches(self, record: Record) -> bool:
        """Changes when they arrive, and the store's answers when they are sent."""
        if record.kind == "deliver":
            return record.name in ("Write", "Delete")
        return record.kind == "send" and record.name in ("Accepted", "Value")

    def step(self, memory: Table[tuple[Any, ...]], record: Record, index: int) -> Table[tuple[Any, ...]]:
        """Follow a key; refuse an answer that goes back."""
        message, key = record.data, record.data.key
        highest, place, arrived = looked_up(memory, key, (0, -1, frozenset({(None, 0)})))
        if record.kind == "deliver":
            pair = (message.value if record.name == "Write" else None, message.token)
            return memory if pair in arrived else with_entry(memory, key, (highest, place, arrived | {pair}))
        if record.name == "Accepted":
            if message.token not in [token for _, token in arrived]:
                text = f"a change of {key} with token {message.token} is accepted, but nobody sent one"
                raise Broken(text, code="never_sent", records=(index,))
            if message.token < highest:
                text = (
                    f"a change of {key} with token {message.token} is accepted, though one with token {highest} was accepted or seen before"
                )
                raise Broken(text, code="stale_accepted", records=(place, index))
            newest = message.token
        else:
            tokens = [token for value, token in arrived if value == message.value]
            if not tokens:
                raise Broken(f"{key} shows {message.value!r}, which nobody wrote", code="never_written", records=(index,))
            if max(tokens) < highest:
                source = f"belongs to token {max(tokens)}" if max(tokens) else "was there before any write"
                text = f"{key} shows {message.value!r}, which {source}, though a change with token {highest} was accepted or seen before"
                raise Broken(text, code="stale_shown", records=(place, index))
            newest = min(token for token in tokens if token >= highest)
        return memory if newest == highest else with_entry(memory, key, (newest, index, arrived))


class OneWriterPerToken(Always):
    """Whoever has a change accepted under a token is the only one who ever has.

    Memory: per (key, token), the client and the place in the trace.
    """

    name = "one writer per token"

    def watches(self, record: Record) -> bool:
        """Changes that the store accepts."""
        return record.kind == "send" and record.name == "Accepted"

    def step(self, memory: Table[tuple[str, int]], record: Record, index: int) -> Table[tuple[str, int]]:
        """Compare a change's client with the token's first."""
        at = record.data.key, record.data.token
        client, place = looked_up(memory, at, ("", -1))
        if client and client != record.other:
            text = f"changes of {at[0]} by both {client} and {record.other} are accepted under token {at[1]}"
            raise Broken(text, code="shared_token", records=(place, index))
        return memory if client else with_entry(memory, at, (record.other, index))


class OwnToken(Always):
    """A client changes a key only with a token that it was granted for the lock of that name.

    Memory: the (client, lock, token) of all grants that arrived.
    """

    name = "clients use their own tokens"
    initial: frozenset[Any] = frozenset()

    def watches(self, record: Record) -> bool:
        """Grants when they arrive, changes when they are sent."""
        return (record.kind, record.name) in (("deliver", "Granted"), ("send", "Write"), ("send", "Delete"))

    def step(self, memory: frozenset[Any], record: Record, index: int) -> frozenset[Any]:
        """Remember a grant, or look for the one that a change needs."""
        message = record.data
        if record.kind == "deliver":
            return memory | {(record.node, message.lock, message.token)}
        if (record.node, message.key, message.token) not in memory:
            text = f"{record.node} changes {message.key} with token {message.token!r}, which nobody granted it"
            raise Broken(text, code="own_invention", records=(index,))
        return memory


class WritesWithinLease(Always):
    """A client sends a change only while, counted from when it *sent* the request that was granted, the lease still runs.

    For timed runs in which the client's monotonic clock does not drift. Requests and grants are matched by `asked_ms`; of several
    requests with the same one, the latest counts.

    Memory: (when each request was sent, until when each token's lease runs and the place of its latest grant).

    Args:
        slack: percent of `ttl_ms` after a lease's end in which nothing is promised.
    """

    name = "no write after the lease"
    initial = ((), ())

    def __init__(self, slack: int = 10) -> None:
        self.slack = slack

    def watches(self, record: Record) -> bool:
        """Requests and changes when they are sent, grants when they arrive."""
        if record.kind == "deliver":
            return record.name == "Granted"
        return record.kind == "send" and record.name in ("Acquire", "Renew", "Write", "Delete")

    def step(self, memory: tuple[Any, Any], record: Record, index: int) -> tuple[Any, Any]:
        """Follow the leases; refuse a change that is sent too late."""
        message, (asked, leases), now_ms = record.data, memory, record.time_ms
        if record.name in ("Acquire", "Renew"):
            return with_entry(asked, (record.node, message.lock, message.asked_ms), now_ms), leases
        if record.name == "Granted":
            sent_ms = looked_up(asked, (record.node, message.lock, message.asked_ms), now_ms)
            at = record.node, message.lock, message.token
            ends_ms, _, _ = looked_up(leases, at, (0, 0, -1))
            if sent_ms + message.ttl_ms <= ends_ms:
                return memory
            return asked, with_entry(leases, at, (sent_ms + message.ttl_ms, message.ttl_ms, index))
        ends_ms, ttl_ms, place = looked_up(leases, (record.node, message.key, message.token), (0, 0, -1))
        if now_ms > ends_ms + ttl_ms * self.slack // 100:
            late = f"{now_ms - ends_ms} ms after that lease ran out by its own count"
            text = f"{record.node} changes {message.key} under token {message.token}, {late}"
            raise Broken(text, code="lease_over", records=(place, index) if place >= 0 else (index,))
        return memory


def granted_in_time(client: str, by_ms: int, after_ms: int = 0, lock: str = "report") -> Holds:
    """Liveness: a client that keeps asking is granted the lock between `after_ms` and `by_ms`. Give generous bounds."""

    def judge(trace: Trace) -> None:
        asked, last = 0, "no answer at all"
        for record in takewhile(lambda record: record.time_ms <= by_ms, trace):
            if record.kind == "send" and record.name == "Acquire" and (record.node, record.data.lock) == (client, lock):
                asked += 1
            elif record.kind == "deliver" and record.node == client and record.name in ("Granted", "Refused") and record.data.lock == lock:
                if record.name == "Granted" and record.time_ms >= after_ms:
                    return
                last = f"{record.name} at {record.time_ms} ms"
        times = "once" if asked == 1 else f"{asked} times"
        text = f"{client} asks for lock {lock} {times} and is not granted it by {by_ms} ms; what it heard last was {last}"
        raise Broken(text, code="never_granted", by_ms=by_ms)

    return Holds(f"{client} is granted lock {lock}", judge)


def answered_in_time(boss: str, client: str, by_ms: int, after_ms: int = 0, answers: tuple[str, ...] = ("Done",)) -> Holds:
    """Liveness: whoever wants jobs of a client hears one of `answers` from it between `after_ms` and `by_ms`."""

    def judge(trace: Trace) -> None:
        last = f"{client} sent nothing at all"
        for record in takewhile(lambda record: record.time_ms <= by_ms, trace):
            if (record.kind, record.node) == ("send", client):
                last = f"the last that {client} sent was {record.name}, at {record.time_ms} ms"
            elif (record.kind, record.node) == ("deliver", boss) and record.name in answers and record.time_ms >= after_ms:
                return
        when = f"from {after_ms} to {by_ms} ms" if after_ms else f"by {by_ms} ms"
        raise Broken(f"{boss} hears no {' or '.join(answers)} {when}; {last}", code="never_done", by_ms=by_ms)

    return Holds(f"{boss} hears {' or '.join(answers)}", judge)
