"""What customers of a bank can expect in the end: an answer, the right one, and books that add up.

See `harness.checks.bank` for the messages. What should have happened and did not has no place in a trace, so `answered` and
`everybody_is_told` name no records: any shorter run would miss it too.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from harness.checks.bank import ANSWERS, REQUESTS, balances_of, describe, said, word_of
from harness.errors import Broken
from harness.properties import Holds
from harness.trace import Record, Trace


def answered(customer: str, key: str, by_ms: int, after_ms: int = 0, word: str | None = None) -> Holds:
    """A customer is told what became of a key between `after_ms` and `by_ms`: not "ask another", not "no word".

    Args:
        word: only this answer will do: "Done", a reason to refuse, "Balance" or "Books".
    """

    def judge(trace: Trace) -> None:
        others: dict[str, None] = {}
        for _, record in trace.of("deliver"):
            if record.node == customer and getattr(record.data, "key", None) == key and after_ms <= record.time_ms <= by_ms:
                told = _told(record)
                if told and word in (None, told):
                    return
                others[told or record.name] = None
        heard = ", ".join(others) or "nothing"
        when = f"between {after_ms:,} and {by_ms:,} ms" if after_ms else f"within {by_ms:,} ms"
        text = f"{customer} asks under key {key} and is told {heard} {when}; it should hear {word or 'what became of it'}"
        raise Broken(text, code="not_told" if word is None or not others else "told_otherwise", by_ms=by_ms)

    return Holds(f"{customer} is answered", judge)


def _told(record: Record) -> str:
    if record.name in ("Done", "Refused"):
        return word_of(record.data)
    return record.name if record.name in ANSWERS else ""


def decided(customer: str, key: str, *words: str) -> Holds:
    """The first answer to a key is one of these: "Done", or a reason to refuse it. No answer is no mistake here."""

    def judge(trace: Trace) -> None:
        sent = -1
        for index, record in trace.of("send", "deliver"):
            if record.node != customer or getattr(record.data, "key", None) != key:
                continue
            if record.kind == "send" and record.name in REQUESTS:
                sent = index if sent < 0 else sent
            elif record.kind == "deliver" and record.name in ("Done", "Refused"):
                if word_of(record.data) not in words:
                    wanted = " or ".join(word if word == "Done" else f"Refused, {word}" for word in words)
                    asked = f", which asks for {describe(trace[sent].data)}" if sent >= 0 else ""
                    text = f"{customer} is told {said(record.data)}{asked}; it should be {wanted}"
                    raise Broken(text, code=f"told_{word_of(record.data)}", records=(max(sent, 0), index))
                return

    return Holds("the right answer", judge)


def undecided(customer: str, key: str, until_ms: int) -> Holds:
    """Before `until_ms` nobody can know what becomes of a key, and the customer is told neither `Done` nor `Refused`."""

    def judge(trace: Trace) -> None:
        for index, record in trace.of("deliver"):
            if record.node == customer and record.name in ("Done", "Refused") and record.data.key == key and record.time_ms < until_ms:
                text = f"{customer} is told {said(record.data)} by a replica that a majority cannot hear: who is to stand by that?"
                raise Broken(text, code="too_sure", records=(index,))

    return Holds("nothing is said before it is sure", judge)


def everybody_is_told(bank: tuple[str, ...], after_ms: int = 0, unless: Iterable[str] = ()) -> Holds:
    """Every key that a customer asks about, at `after_ms` or later, is answered in the end.

    Args:
        bank: names of the replicas.
        unless: customers to whom nothing is owed.
    """

    def judge(trace: Trace) -> None:
        asked: dict[tuple[str, str], Any] = {}
        told = set()
        for _, record in trace.of("send", "deliver"):
            if record.kind == "send" and record.name in REQUESTS and record.node not in (*bank, *unless):
                if record.time_ms >= after_ms:
                    asked.setdefault((record.node, record.data.key), record.data)
            elif record.kind == "deliver" and record.name in ANSWERS:
                told.add((record.node, record.data.key))
        missing = [name for name in asked if name not in told]
        if missing:
            (customer, key), more = missing[0], f", and {len(missing) - 1} more" if len(missing) > 1 else ""
            text = f"{customer} asks for {describe(asked[customer, key])} under key {key} until the end, and is never told{more}"
            raise Broken(text, code="never_told")

    return Holds("everybody is told in the end", judge)


def conserved(bank: tuple[str, ...]) -> Holds:
    """Transfers move money and make none: what all accounts have together is what was deposited.

    A deposit that was answered `Done` before the books were asked for counts; one that was asked for before they were told may count;
    a refused one does not.
    """

    def judge(trace: Trace) -> None:
        deposits, done, refused, audits = _deposits(trace, frozenset(bank))
        for index, record in trace.messages("deliver", "Books"):
            begun = audits.get((record.node, record.data.key))
            if record.node in bank or begun is None:
                continue
            asked = {name: amount for name, (amount, place) in deposits.items() if place < index and name not in refused}
            sure = {name: amount for name, amount in asked.items() if done.get(name, index) < begun}
            total = sum(balances_of(record.data, index).values())
            if total not in sums(sum(sure.values()), [amount for name, amount in asked.items() if name not in sure]):
                most = sum(asked.values())
                least = sum(sure.values())
                wanted = f"{least:,}" if least == most else f"{least:,} to {most:,}"
                text = f"all accounts together have {total:,}; what was deposited is {wanted}"
                raise Broken(text, code="made" if total > most else "vanished", records=(begun, index))

    return Holds("no money is made or lost", judge)


def _deposits(trace: Trace, bank: frozenset[str]) -> tuple[dict[Any, Any], dict[Any, int], set[Any], dict[Any, int]]:
    """Return deposits (amount, place), places where they were done, those that were refused, and places of audits; all by customer, key."""
    deposits: dict[Any, Any] = {}
    done: dict[Any, int] = {}
    refused: set[Any] = set()
    audits: dict[Any, int] = {}
    for index, record in trace.of("send", "deliver"):
        if record.node in bank or record.name not in ("Deposit", "Audit", "Done", "Refused"):
            continue
        name = record.node, record.data.key
        if record.name == "Deposit":
            deposits.setdefault(name, (record.data.amount, index))
        elif record.name == "Audit":
            audits.setdefault(name, index)
        elif name in deposits:
            if record.name == "Done":
                done.setdefault(name, index)
            elif name not in done:
                refused.add(name)
    return deposits, done, refused, audits


def sums(start: int, amounts: Iterable[int]) -> set[int]:
    """Return every sum of `start` and some of `amounts`."""
    found = {start}
    for amount in amounts:
        found |= {total + amount for total in found}
    return found


def books_agree(customer: str, keys: tuple[str, ...]) -> Holds:
    """Audits that nothing was changed between say the same, whoever leads by then. Accounts with 0 may be left out."""

    def judge(trace: Trace) -> None:
        told: dict[str, tuple[int, dict[str, int]]] = {}
        for index, record in trace.messages("deliver", "Books"):
            if record.node == customer and record.data.key in keys:
                balances = {account: amount for account, amount in balances_of(record.data, index).items() if amount}
                told.setdefault(record.data.key, (index, balances))
        for (place, one), (other_place, other) in pairwise(told.values()):
            if one != other:
                account = min(name for name in {*one, *other} if one.get(name) != other.get(name))
                text = f"{account} has {one.get(account, 0):,} and, without any transfer, {other.get(account, 0):,} in the next books"
                raise Broken(text, code="books_differ", records=(place, other_place))

    return Holds("the books agree", judge)
