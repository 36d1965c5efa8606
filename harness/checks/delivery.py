"""What it means that requests arrive at least once and count exactly once, told from messages alone.

They watch `Deposit`, `Charge`, `Done`, `Refused`, `Balance`, `Receipt` and their fields `shop`, `key`, `account`,
`amount`, `balance`, `reason`, and never look inside a node. A request counts from when it is delivered, an
answer from when it is sent: from then on somebody may have heard it.

**Balances tell what was counted.** In a run that these folds judge, the requests of one account have amounts that are
*different powers of ten*. Then a balance can be read like an odometer: 900 after a deposit of 1,000 is one charge of 100, and
800 is the same charge counted twice. Every account begins at 0.

    Gray, "Notes on Data Base Operating Systems", 1978 (the generals, and why messages are repeated).
    Saltzer, Reed & Clark, "End-to-End Arguments in System Design", 1984 (duplicate suppression belongs to the application).
    Helland, "Life beyond Distributed Transactions: an Apostate's Opinion", 2007 (at-least-once messages, remembered by the receiver).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from harness.checks.requests import Request, how_often, request_of, said, told_in
from harness.checks.tables import Table, looked_up, with_entry
from harness.errors import Broken, Misuse
from harness.properties import Always
from harness.trace import Record

FINAL = ("funds", "risk")
REUSED = "reused"


class Answer(NamedTuple):
    """The first answer to a key: `Done` and the balance, or `Refused` and the reason."""

    kind: str
    told: Any
    request: Request | None  # the one it answers, as far as that can be told
    place: int

    def counts(self, request: Request) -> bool:
        """True unless this answer says that the request was not carried out."""
        return self.kind == "Done" and self.request == request


class Snapshot(NamedTuple):
    """Which requests a balance that was told includes, and where it was told."""

    counted: frozenset[Request]
    place: int


class Known(NamedTuple):
    """All that matters of the past. Tables are sorted pairs; see `harness.checks.lock`.

    Args:
        asked: (request, sender) -> place of its first arrival.
        answers: (shop, key) -> the first answer.
        snapshots: account -> balances told so far, the smallest set of requests first.
        sure: request -> place of what says that it was carried out.
    """

    asked: Table[int] = ()
    answers: Table[Answer] = ()
    snapshots: Table[tuple[Snapshot, ...]] = ()
    sure: Table[int] = ()

    def senders_of(self, request: Request) -> list[int]:
        """Return the places where a request arrived."""
        return [place for (known, _), place in self.asked if known == request]

    def requests(self) -> list[Request]:
        """Return every request that arrived, once."""
        return list(dict.fromkeys(request for (request, _), _ in self.asked))

    def of_key(self, name: tuple[str, str], sender: str | None = None) -> list[Request]:
        """Return the requests that arrived under a key, from one sender or from anybody."""
        found = [request for (request, by), _ in self.asked if request.name == name and sender in (None, by)]
        return list(dict.fromkeys(found))


class CountedOnce(Always):
    """Every request counts at most once, what was told stays true, and a key has one answer for good.

    1. No balance includes a request twice, one that never arrived, one that was refused, or two requests of one key.
    2. Balances of one account only ever grow by requests: what one of them included, no later one lacks.
    3. The first `Done` or `Refused` to a key is the answer to it, whenever and by whomever it is asked again; `Refused` with
       "reused" goes only to somebody who sent another request under the key.
    4. A `Receipt` is for a charge that was carried out.

    Args:
        node: name of the machine with the accounts.
    """

    name = "every request counts once"
    initial = Known()

    def __init__(self, node: str) -> None:
        self.node = node

    def watches(self, record: Record) -> bool:
        """Requests that reach the accounts, and what the accounts say."""
        if record.node != self.node:
            return False
        if record.kind == "deliver":
            return record.name in ("Deposit", "Charge")
        return record.kind == "send" and record.name in ("Done", "Refused", "Balance", "Receipt")

    def step(self, known: Known, record: Record, index: int) -> Known:
        """Fit one more record to what is known, or refuse it."""
        message = record.data
        if record.kind == "deliver":
            return _arrived(known, request_of(message), record.other, index)
        if record.name == "Receipt":
            return _receipt(known, message, index)
        if record.name == "Balance":
            return _balance(known, message.account, message.amount, index)
        name = message.shop, message.key
        if record.name == "Refused" and message.reason == REUSED:
            return _reused(known, name, record.other, index)
        asked = known.of_key(name, record.other)
        if not asked:
            words = said(record.name, told_in(message))
            text = f"{record.other} is answered {words} to key {message.key} of {message.shop}, which it never sent"
            raise Broken(text, code="unasked_answer", records=(index,))
        first = looked_up(known.answers, name, None)
        if first is not None:
            return _again(known, first, asked, message, record, index)
        if record.name == "Refused":
            return _refused(known, asked, message.reason, index)
        return _done(known, asked, message.balance, index)


def _arrived(known: Known, request: Request, sender: str, index: int) -> Known:
    if (request, sender) in dict(known.asked):
        return known
    return known._replace(asked=with_entry(known.asked, (request, sender), index))


def _balance(known: Known, account: str, amount: Any, index: int) -> Known:
    """A balance told on demand: it includes everything that is sure."""
    counted = _counted(known, account, amount, index)
    for request, place in known.sure:
        if request.account == account and request not in counted:
            text = f"the balance of {account} is told as {amount}, without {request}, which was carried out before"
            raise Broken(text, code="lost", records=(place, index))
    return _seen(known, account, counted, index)


def _seen(known: Known, account: str, counted: frozenset[Request], index: int) -> Known:
    """Add a snapshot; all of an account are nested, one inside the next."""
    snapshots = looked_up(known.snapshots, account, ())
    for other in snapshots:
        if not (counted <= other.counted or counted >= other.counted):
            missing = min(other.counted - counted)
            text = f"a balance of {account} lacks {missing}, and another one has it but lacks {min(counted - other.counted)}"
            raise Broken(text, code="two_histories", records=(other.place, index))
    if counted in [other.counted for other in snapshots]:
        return known
    nested = tuple(sorted([*snapshots, Snapshot(counted, index)], key=lambda snapshot: len(snapshot.counted)))
    sure = known.sure
    for request in sorted(counted):
        if looked_up(sure, request, None) is None:
            sure = with_entry(sure, request, index)
    return known._replace(snapshots=with_entry(known.snapshots, account, nested), sure=sure)


def _done(known: Known, asked: list[Request], balance: Any, index: int) -> Known:
    """The first answer to a key is Done: its balance includes the request, and no balance with the request is older."""
    mistake = None
    for request in asked:
        try:
            counted = _counted(known, request.account, balance, index)
            if request not in counted:
                text = f"{request} is answered with balance {balance}, which does not include it"
                raise Broken(text, code="not_counted", records=(known.senders_of(request)[0], index))
            for other in looked_up(known.snapshots, request.account, ()):
                if request in other.counted and not counted <= other.counted:
                    text = f"{request} is answered with balance {balance}, but the account had {_sum(other.counted)} once it was counted"
                    raise Broken(text, code="later_balance", records=(other.place, index))
            known = _seen(known, request.account, counted, index)
        except Broken as broken:
            mistake = mistake or broken
        else:
            return known._replace(answers=with_entry(known.answers, request.name, Answer("Done", balance, request, index)))
    assert mistake is not None  # there is at least one request, and none fitted
    raise mistake


def _refused(known: Known, asked: list[Request], reason: Any, index: int) -> Known:
    """The first answer to a key is a refusal: it is not carried out, before or after."""
    if reason not in FINAL:
        text = f"a request is refused for the reason {reason!r}; the reasons are funds, risk and reused"
        raise Broken(text, code="reason", records=(index,))
    for request, place in known.sure:
        if request.name == asked[0].name:
            text = f"{request} is refused, reason {reason}, though it was carried out"
            raise Broken(text, code="refused_and_done", records=(place, index))
    answer = Answer("Refused", reason, asked[0] if len(asked) == 1 else None, index)
    return known._replace(answers=with_entry(known.answers, asked[0].name, answer))


def _again(known: Known, first: Answer, asked: list[Request], message: Any, record: Record, index: int) -> Known:
    """A key that was answered before is answered the same."""
    told = told_in(message)
    words, before = said(record.name, told), said(first.kind, first.told)
    if (record.name, type(told), told) != (first.kind, type(first.told), first.told):
        text = f"key {message.key} of {message.shop} is answered {words}, after it was answered {before}"
        raise Broken(text, code="other_answer", records=(first.place, index))
    if first.request is not None and first.request not in asked:
        text = f"{asked[0]} is answered {words}, but that key stands for {_short(first.request)}: it should be Refused, reused"
        raise Broken(text, code="reused_key", records=(first.place, index))
    return known


def _reused(known: Known, name: tuple[str, str], sender: str, index: int) -> Known:
    """Somebody is told that its key is another request's: then there is another request, and this one is not carried out."""
    mine, first = known.of_key(name, sender), looked_up(known.answers, name, None)
    winner = first.request if first is not None else None
    others = [winner] if winner is not None else known.of_key(name)
    if not mine:
        text = f"{sender} is told that key {name[1]} of {name[0]} is reused, but never sent it"
        raise Broken(text, code="unasked_answer", records=(index,))
    if all(request == other for request in mine for other in others):
        text = f"{mine[0]} is refused as reused, but that key stands for nothing else"
        raise Broken(text, code="not_reused", records=(known.senders_of(mine[0])[0], index))
    return known


def _receipt(known: Known, receipt: Any, index: int) -> Known:
    """A receipt says that its charge was carried out."""
    wanted = [request for request in known.requests() if (request.kind, *request[3:]) == ("Charge", receipt.account, receipt.amount)]
    if not wanted:
        text = f"a receipt says that {receipt.account} paid {receipt.amount}, but nobody asked for that"
        raise Broken(text, code="receipt_unasked", records=(index,))
    if len(wanted) > 1:
        raise Misuse(f"two charges of {receipt.amount} to {receipt.account}: give every request of an account another amount")
    first = looked_up(known.answers, wanted[0].name, None)
    if first is not None and not first.counts(wanted[0]):
        text = f"{wanted[0]} has a receipt, but its key was answered {said(first.kind, first.told)}"
        raise Broken(text, code="receipt_for_nothing", records=(first.place, index))
    if looked_up(known.sure, wanted[0], None) is not None:
        return known
    return known._replace(sure=with_entry(known.sure, wanted[0], index))


# --- reading a balance ---


def _counted(known: Known, account: str, balance: Any, index: int) -> frozenset[Request]:
    """Return the requests that a balance includes, each once, or say what is wrong with it."""
    if type(balance) is not int:
        raise Broken(f"a balance of {account} is {balance!r}; it should be a whole number", code="no_number", records=(index,))
    requests = [request for request in known.requests() if request.account == account]
    times = how_often(balance, requests)
    if times is None:
        raise Broken(f"a balance of {account} is {balance}, which no requests so far add up to", code="unexplained", records=(index,))
    counted = frozenset(times)
    for request in sorted(counted):
        first = looked_up(known.answers, request.name, None)
        arrivals = known.senders_of(request)
        if times[request] > 1:
            how = "twice" if times[request] == 2 else f"{times[request]} times"
            raise Broken(f"a balance of {account} is {balance}: it counts {request} {how}", code="twice", records=(arrivals[0], index))
        if first is not None and not first.counts(request):
            text = f"a balance of {account} is {balance}: it counts {request}, but that key was answered {said(first.kind, first.told)}"
            raise Broken(text, code="refused_and_done", records=(first.place, index))
        twins = sorted([other for other in counted if other.name == request.name and other != request])
        if twins:
            text = f"a balance of {account} is {balance}: it counts both {request} and {_short(twins[0])} with the same key"
            raise Broken(text, code="one_key_twice", records=(*arrivals[:1], *known.senders_of(twins[0])[:1], index))
    return counted


def _sum(counted: frozenset[Request]) -> int:
    return sum(request.amount if request.kind == "Deposit" else -request.amount for request in counted)


def _short(request: Request) -> str:
    return f"a {request.kind.lower()} of {request.amount}"
