"""What customers of a replicated bank may rely on, told from what they ask and what reaches them. No look inside a replica.

They watch `Deposit`, `Transfer`, `BalanceOf`, `Audit` when a customer sends them, and `Done`, `Refused`, `Balance`, `Books` when they
reach one. Every request has a key, and a key belongs to its customer. What one bank on one machine would do, in full, is the model
in `harness.checks.bank_model`; the folds here find the usual ways of breaking it, and say which.

**Books tell what was counted.** In a run that `CountedOnce` judges, amounts are *different powers of ten*. Then books can be read like an
odometer: 1,100 after a deposit of 1,000 and one of 100 is both of them, once each, and 1,200 is the second one counted twice.

    Saltzer, Reed & Clark, "End-to-End Arguments in System Design", 1984 (duplicate suppression belongs to the application).
    Gray & Reuter, "Transaction Processing: Concepts and Techniques", 1993 (debit and credit, all or nothing).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

from harness.errors import Broken, Misuse
from harness.properties import Always
from harness.trace import Record

READS = ("BalanceOf", "Audit")
REQUESTS = ("Deposit", "Transfer", *READS)
ANSWERS = ("Done", "Refused", "Balance", "Books")
FINAL = ("funds", "amount")
REUSED = "reused"
Name: TypeAlias = tuple[str, str]  # customer and key


class Asked(NamedTuple):
    """Everything about one key of one customer.

    Args:
        requests: what was asked under it, each once, with the place of its first asking.
        answer: the first `Done` or final refusal that arrived: "Done", or the reason; None before.
        told: where that was.
        sure: the request that certainly counts and the place from which on that is known, or None.
    """

    requests: tuple[tuple[Any, int], ...]
    answer: str | None = None
    told: int = -1
    sure: tuple[Any, int] | None = None

    @property
    def first(self) -> Any:
        """The request that was asked first."""
        return self.requests[0][0]

    @property
    def place(self) -> int:
        """Where it was first asked."""
        return self.requests[0][1]


Known: TypeAlias = tuple[tuple[Name, Asked], ...]
"""All that matters of the past: pairs sorted by customer and key."""


def with_name(known: Known, name: Name, asked: Asked) -> Known:
    """Return what is known with one entry set."""
    return tuple(sorted([*[pair for pair in known if pair[0] != name], (name, asked)], key=lambda pair: pair[0]))


class OneAnswer(Always):
    """Every key has one answer, of the right kind, and nobody is told what it did not ask.

    1. A deposit or transfer is answered `Done` or `Refused`, and whenever it is answered again, the same.
    2. `Refused` with "reused" goes only to customers who asked for two different things under the key.
    3. `Balance` and `Books` answer a question of this customer with this key, with whole numbers from 0 up.

    Args:
        bank: names of the replicas; everybody else is a customer.
    """

    name = "every key has one answer"
    initial: Known = ()

    def __init__(self, bank: tuple[str, ...]) -> None:
        self.bank = frozenset(bank)

    def watches(self, record: Record) -> bool:
        """What customers send, and what reaches them."""
        if record.node in self.bank:
            return False
        return record.name in (REQUESTS if record.kind == "send" else ANSWERS if record.kind == "deliver" else ())

    def step(self, known: Known, record: Record, index: int) -> Known:
        """Add a question, or compare an answer with what is known."""
        message = record.data
        name = record.node, message.key
        asked = dict(known).get(name)
        if record.kind == "send":
            return _asked(known, name, message, index)
        if asked is None:
            text = f"{record.node} is told {said(message)}, but never asked anything under that key"
            raise Broken(text, code="unasked_answer", records=(index,))
        _fits(record.node, asked, message, index)
        if record.name in ("Balance", "Books"):
            return self.read(known, name, message, index)
        return self.answered(known, name, message, index)

    def answered(self, known: Known, name: Name, message: Any, index: int) -> Known:
        """A deposit or transfer is answered."""
        asked, word = dict(known)[name], word_of(message)
        if word == REUSED:
            if len(asked.requests) == 1:
                text = f"{name[0]} is told that key {name[1]} is reused, but asked for one thing only under it"
                raise Broken(text, code="not_reused", records=(asked.place, index))
            return known
        if asked.answer is not None and asked.answer != word:
            text = f"{name[0]} is told {said(message)}, after it was told {_words(asked.answer)}"
            raise Broken(text, code="other_answer", records=(asked.told, index))
        if asked.answer is not None:
            return known
        sure = (asked.first, index) if word == "Done" and len(asked.requests) == 1 else None
        return with_name(known, name, asked._replace(answer=word, told=index, sure=asked.sure or sure))

    def read(self, known: Known, name: Name, message: Any, index: int) -> Known:
        """Balances are told."""
        return known


def _asked(known: Known, name: Name, request: Any, index: int) -> Known:
    asked = dict(known).get(name)
    if asked is None:
        return with_name(known, name, Asked(((request, index),)))
    if request in [other for other, _ in asked.requests]:
        return known
    return with_name(known, name, asked._replace(requests=(*asked.requests, (request, index))))


def _fits(customer: str, asked: Asked, message: Any, index: int) -> None:
    """Refuse an answer of the wrong kind, and numbers that are none."""
    kind = {"BalanceOf": "Balance", "Audit": "Books"}.get(type(asked.first).__name__)
    told = type(message).__name__
    if kind != told and (kind is not None or told not in ("Done", "Refused")):
        text = f"{customer} asks for {describe(asked.first)} and is told {said(message)}"
        raise Broken(text, code="wrong_kind", records=(asked.place, index))
    if told == "Refused" and message.reason not in (*FINAL, REUSED):
        text = f"{customer} is refused for the reason {message.reason!r}; the reasons are funds, amount and reused"
        raise Broken(text, code="reason", records=(index,))
    if told == "Balance" and message.account != asked.first.account:
        text = f"{customer} asks for the balance of {asked.first.account} and is told that of {message.account}"
        raise Broken(text, code="wrong_account", records=(asked.place, index))
    for account, amount in balances_of(message, index).items():
        if type(amount) is not int:
            text = f"{customer} is told that {account} has {amount!r}; it should be a whole number"
            raise Broken(text, code="no_number", records=(index,))
        if amount < 0:
            raise Broken(f"{customer} is told that {account} has {amount:,}: below 0", code="negative", records=(asked.place, index))


def balances_of(message: Any, index: int) -> dict[str, Any]:
    """Return the balances that a message tells, by account; `Done` and `Refused` tell none."""
    if type(message).__name__ == "Balance":
        return {message.account: message.amount}
    if type(message).__name__ != "Books":
        return {}
    if not isinstance(message.balances, Mapping):
        raise Broken(f"Books holds {message.balances!r}; it should be a dict of balances by account", code="no_books", records=(index,))
    return dict(message.balances)


def word_of(answer: Any) -> str:
    """Return "Done", or why it was refused."""
    return "Done" if type(answer).__name__ == "Done" else str(answer.reason)


def _words(word: str) -> str:
    return word if word == "Done" else f"Refused, {word}"


def said(answer: Any) -> str:
    """Say an answer in words."""
    kind = type(answer).__name__
    if kind in ("Balance", "Books"):
        return f"{kind} under key {answer.key}"
    return f"{_words(word_of(answer))} to key {answer.key}"


def describe(request: Any) -> str:
    """Say a request in words."""
    kind = type(request).__name__
    if kind == "Deposit":
        return f"a deposit of {request.amount:,} to {request.account}"
    if kind == "Transfer":
        return f"a transfer of {request.amount:,} from {request.source} to {request.target}"
    return f"the balance of {request.account}" if kind == "BalanceOf" else "an audit"


class CountedOnce(OneAnswer):
    """`OneAnswer`, and balances count what was done, whole and once, and nothing else.

    4. No balance counts a request twice, one that was refused, one that nobody asked for, or two of one key.
    5. Books count both halves of a transfer. A transfer from an account to itself changes nothing.
    6. What was answered `Done`, or counted in a balance, before a question was asked is counted in its answer.

    Amounts must be different powers of ten, apart from requests that share a key, and refused ones of 0 and below.
    """

    name = "every request counts once"

    def read(self, known: Known, name: Name, message: Any, index: int) -> Known:
        """Read the odometer of every account that is told."""
        asked, told = dict(known)[name], balances_of(message, index)
        whole = type(message).__name__ == "Books"
        counted: dict[tuple[Name, Any], dict[str, int]] = {}
        for account in sorted({*told, *(_accounts(known) if whole else ())}):
            for who, times in _digits(known, account, told.get(account, 0), index).items():
                counted.setdefault(who, {})[account] = times
        for (owner, request), sides in counted.items():
            _once(dict(known)[owner], owner[0], request, sides, index)
            if whole and any(side not in sides for side in effects_of(request)):
                present, absent = next(iter(sides)), next(side for side in effects_of(request) if side not in sides)
                text = f"the books count {owner[0]}'s {describe(request)[2:]} on {present}, but not on {absent}"
                raise Broken(text, code="half", records=(dict(known)[owner].place, index))
        _nothing_lost(known, asked.place, None if whole else message.account, set(counted), index)
        for (owner, request), _ in counted.items():
            entry = dict(known)[owner]
            if entry.sure is None:
                known = with_name(known, owner, entry._replace(sure=(request, index)))
        return known


def effects_of(request: Any) -> dict[str, int]:
    """Return what a deposit or transfer adds to each account."""
    if type(request).__name__ == "Deposit":
        return {request.account: request.amount}
    if type(request).__name__ != "Transfer" or request.source == request.target:
        return {}
    return {request.source: -request.amount, request.target: request.amount}


def _accounts(known: Known) -> set[str]:
    return {account for _, asked in known for request, _ in asked.requests for account in effects_of(request)}


def _digits(known: Known, account: str, balance: int, index: int) -> dict[tuple[Name, Any], int]:
    """Return which requests a balance counts, and how often each."""
    at: dict[int, dict[bool, tuple[Name, Any]]] = {}
    for owner, asked in known:
        for request, _ in asked.requests:
            effect = effects_of(request).get(account, 0)
            if effect:
                digits = str(abs(effect))
                others = at.setdefault(len(digits), {})
                alone = (
                    others.setdefault(effect > 0, (owner, request)) == (owner, request) and len({name for name, _ in others.values()}) == 1
                )
                if digits != "1" + "0" * (len(digits) - 1) or not alone:
                    raise Misuse(f"amounts are different powers of ten on an account, so that books can be read; got {request}")
    found: dict[tuple[Name, Any], int] = {}
    rest, place = balance, 0
    while rest:
        place, digit = place + 1, rest % 10
        count = digit if digit < 5 else digit - 10
        rest = (rest - count) // 10
        if count:
            who = at.get(place, {}).get(count > 0)
            if who is None or abs(count) > 4:
                text = f"{account} has {balance:,}, which no requests so far add up to"
                raise Broken(text, code="unexplained", records=(index,))
            found[who] = abs(count)
    return found


def _once(asked: Asked, customer: str, request: Any, sides: dict[str, int], index: int) -> None:
    """Refuse a request that is counted twice, or that should not be counted at all."""
    account, times = max(sides.items(), key=lambda side: side[1])
    what = f"{customer}'s {describe(request)[2:]}"
    if times > 1:
        how = "twice" if times == 2 else f"{times} times"
        raise Broken(f"{account} has {what} counted {how}", code="twice", records=(asked.place, index))
    if request.amount <= 0:
        raise Broken(f"{account} has {what} counted; amounts are above 0", code="bad_amount", records=(asked.place, index))
    if asked.answer in FINAL:
        text = f"{account} has {what} counted, but it was refused, {asked.answer}"
        raise Broken(text, code="refused_and_done", records=(asked.told, index))
    if asked.sure is not None and asked.sure[0] != request:
        text = f"{account} has {what} counted, but that key stands for {describe(asked.sure[0])}"
        raise Broken(text, code="one_key_twice", records=(asked.place, index))


def _nothing_lost(known: Known, place: int, account: str | None, counted: set[tuple[Name, Any]], index: int) -> None:
    """Refuse balances that lack what was known to be done before they were asked for."""
    for owner, asked in known:
        if asked.sure is None or asked.sure[1] > place or (owner, asked.sure[0]) in counted:
            continue
        sides = [side for side in effects_of(asked.sure[0]) if account in (None, side)]
        if sides:
            text = f"{sides[0]} lacks {owner[0]}'s {describe(asked.sure[0])[2:]}, which was done before anybody asked for the balance"
            raise Broken(text, code="lost", records=(asked.sure[1], index))
