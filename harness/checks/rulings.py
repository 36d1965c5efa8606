"""Nobody acts before the one who has to allow it has spoken.

Watches `Deposit`, `Charge`, `Assessed`, `Done`, `Refused`, `Receipt` and their fields. A ruling is about one request, with its amount
and account, not about its key.
"""

from __future__ import annotations

from typing import Any

from harness.checks.requests import Request, request_of
from harness.checks.tables import with_entry
from harness.errors import Broken
from harness.properties import Always
from harness.trace import Record


class AllowedFirst(Always):
    """A charge is done, or has a receipt, only after the risk desk allowed it, and is refused for risk only after it did not.

    Memory: the charges that arrived, and the risk desk's answers that did, both as requests.

    Args:
        node: name of the machine with the accounts.
    """

    name = "the risk desk is asked first"
    initial = ((), ())

    def __init__(self, node: str) -> None:
        self.node = node

    def watches(self, record: Record) -> bool:
        """What reaches the accounts, and their answers."""
        if record.node != self.node:
            return False
        if record.kind == "deliver":
            return record.name in ("Charge", "Deposit", "Assessed")
        return record.kind == "send" and record.name in ("Done", "Refused", "Receipt")

    def step(self, memory: Any, record: Record, index: int) -> Any:
        """Remember what arrived; refuse an answer that comes too soon."""
        (asked, rulings), message = memory, record.data
        if record.name in ("Charge", "Deposit"):
            return with_entry(asked, (request_of(message), record.other), index), rulings
        if record.name == "Assessed":
            request = Request(message.shop, message.key, "Charge", message.account, message.amount)
            return asked, with_entry(rulings, (request, bool(message.allowed)), index)
        if record.name == "Receipt":
            wanted = [request for (request, _), _ in asked if (request.kind, *request[3:]) == ("Charge", message.account, message.amount)]
        else:
            name = message.shop, message.key
            wanted = [request for (request, sender), _ in asked if request.name == name and sender == record.other]
        wanted = list(dict.fromkeys(wanted))
        allowed = record.name != "Refused"
        if not wanted or (not allowed and message.reason != "risk") or any(request.kind == "Deposit" for request in wanted):
            return memory
        if all((request, allowed) not in dict(rulings) for request in wanted):
            verb, ruling = ("carried out", "allowed") if allowed else ("refused for risk", "forbade")
            raise Broken(f"{wanted[0]} is {verb}, but the risk desk never {ruling} it", code="not_asked", records=(index,))
        return memory
