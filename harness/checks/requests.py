"""Requests with a key, and how to read from a balance which of them were counted.

In runs that are judged this way the requests of one account have amounts that are *different powers of ten*, so that a balance can
be read like an odometer: 900 after a deposit of 1,000 is one charge of 100, and 800 is the same charge counted twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from harness.errors import Misuse


class Request(NamedTuple):
    """What a key stands for. Two requests are the same only if all of it is the same."""

    shop: str
    key: str
    kind: str
    account: str
    amount: int

    @property
    def name(self) -> tuple[str, str]:
        """Shop and key."""
        return self.shop, self.key

    def __str__(self) -> str:
        return f"{self.shop}'s {self.kind.lower()} of {self.amount} with key {self.key}"


def request_of(message: Any) -> Request:
    """Return what a `Deposit` or `Charge` asks for."""
    return Request(message.shop, message.key, type(message).__name__, message.account, message.amount)


def how_often(balance: int, requests: Iterable[Request]) -> dict[Request, int] | None:
    """Return how often each request must have been counted for this balance, or None if no numbers up to 4 will do.

    Raises:
        Misuse: the amounts are not different powers of ten. (A deposit and a charge may have the same if they share a key.)
    """
    at: dict[int, dict[str, Request]] = {}
    for request in requests:
        digits = str(request.amount)
        others = at.setdefault(len(digits), {})
        if digits != "1" + "0" * (len(digits) - 1) or others.setdefault(request.kind, request) != request or _names(others) > 1:
            raise Misuse(f"amounts of an account are different powers of ten, so that balances can be read; got {request}")
    times: dict[Request, int] = {}
    for place in range(1, max(at, default=0) + 1):
        digit = balance % 10
        kind, count = ("Deposit", digit) if digit < 5 else ("Charge", 10 - digit)
        if count:
            found = at.get(place, {}).get(kind)
            if found is None or count > 4:
                return None
            times[found] = count
        balance = (balance - (count if kind == "Deposit" else -count)) // 10
    return None if balance else times


def _names(requests: dict[str, Request]) -> int:
    return len({request.name for request in requests.values()})


def told_in(message: Any) -> Any:
    """Return the balance of a `Done`, the reason of a `Refused`."""
    return message.balance if type(message).__name__ == "Done" else message.reason


def said(kind: str, told: Any) -> str:
    """Return an answer in words."""
    return f"Done, balance {told}" if kind == "Done" else f"Refused, {told}"
