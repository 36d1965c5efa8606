"""What an outbox is for, told from messages alone: what was decided is told to the world outside, under one name, for certain.

They watch `Charge`, `Done`, `Receipt`, `Noted` and their fields `account`, `amount`, `id`. Charges of one run differ by account or
amount, so that a receipt says which charge it is for.

    Gray & Reuter, "Transaction Processing: Concepts and Techniques", 1993 (queues that take part in a transaction).
    Helland, "Life beyond Distributed Transactions: an Apostate's Opinion", 2007.
"""

from __future__ import annotations

from collections import Counter

from harness.checks.requests import Request, request_of
from harness.checks.tables import Table, looked_up, with_entry
from harness.errors import Broken
from harness.properties import Always, Holds
from harness.trace import Record, Trace


class OneReceipt(Always):
    """A charge has receipts under one id only, and an id belongs to one charge only; charges differ by account or amount.

    Memory: (id, account, amount) -> place of the first such receipt.

    Args:
        node: name of the machine with the accounts.
    """

    name = "one id per charge"

    def __init__(self, node: str) -> None:
        self.node = node

    def watches(self, record: Record) -> bool:
        """Receipts, when they are sent."""
        return (record.kind, record.name, record.node) == ("send", "Receipt", self.node)

    def step(self, memory: Table[int], record: Record, index: int) -> Table[int]:
        """Compare a receipt with all before it."""
        receipt = record.data
        paid = f"{receipt.account} paid {receipt.amount}"
        if type(receipt.id) is not str:
            raise Broken(f"the receipt that {paid} has the id {receipt.id!r}; an id is text", code="no_text", records=(index,))
        for (known, account, amount), place in memory:
            if (account, amount) == (receipt.account, receipt.amount) and known != receipt.id:
                text = f"the receipt that {paid} goes out as {receipt.id!r}, after it went out as {known!r}: the mailer takes them for two"
                raise Broken(text, code="two_ids", records=(place, index))
            if (account, amount) != (receipt.account, receipt.amount) and known == receipt.id:
                text = (
                    f"the receipt that {paid} has the id {known!r}, as the one that {account} paid {amount} had before: the mailer drops it"
                )
                raise Broken(text, code="shared_id", records=(place, index))
        at = receipt.id, receipt.account, receipt.amount
        return memory if looked_up(memory, at, None) is not None else with_entry(memory, at, index)


def receipts_arrive(node: str, mailer: str) -> Holds:
    """At the end of a run on a healed network, every charge that was answered `Done` has reached the mailer.

    What is missing has no place in the trace, so this names no records: a shorter run would miss it too. The code says what came
    first after the receipt was last sent: a crash of the node (`_crash`), a Noted, of whichever receipt (`_noted`), or neither.
    """

    def judge(trace: Trace) -> None:
        charges: dict[tuple[str, str, str], Request] = {}
        noted: set[tuple[str, int]] = set()
        done: dict[Request, int] = {}
        sent: Counter[tuple[str, int]] = Counter()
        since: dict[tuple[str, int], str] = {}  # what happened on the node since a receipt was sent last
        crashes: list[int] = []
        for record in trace:
            if record.kind == "deliver" and record.node == node and record.name == "Charge":
                charges[record.other, record.data.shop, record.data.key] = request_of(record.data)
            elif record.kind == "deliver" and record.node == mailer and record.name == "Receipt":
                noted.add((record.data.account, record.data.amount))
            elif record.kind == "send" and record.node == node and record.name == "Done":
                found = charges.get((record.other, record.data.shop, record.data.key))
                if found is not None:
                    done.setdefault(found, record.time_ms)
                    since.setdefault((found.account, found.amount), "")
            elif record.kind == "send" and record.name == "Receipt":
                sent[record.data.account, record.data.amount] += 1
                since[record.data.account, record.data.amount] = ""
            elif record.kind == "crash" and record.node == node:
                crashes.append(record.time_ms)
                since |= {paid: seen or "_crash" for paid, seen in since.items()}
            elif record.kind == "deliver" and record.node == node and record.name == "Noted":
                since |= {paid: seen or "_noted" for paid, seen in since.items()}
        for request, time_ms in done.items():
            paid = request.account, request.amount
            if paid not in noted:
                often = {0: "was never sent", 1: "was sent once and lost"}.get(sent[paid], f"was sent {sent[paid]} times and lost")
                text = f"{request} is answered Done at {time_ms} ms, but its receipt never reaches {mailer}: it {often}"
                before = [at_ms for at_ms in crashes if at_ms <= time_ms]
                raise Broken(text + (f"; {node} had crashed at {before[-1]} ms" if before else ""), code=f"receipt_lost{since[paid]}")

    return Holds("every charge has a receipt", judge)


def told_once_noted(node: str, patience_ms: int) -> Holds:
    """Once a receipt was noted, it is not sent any more, `patience_ms` later."""

    def judge(trace: Trace) -> None:
        noted: dict[str, int] = {}
        for index, record in enumerate(trace):
            if record.kind == "deliver" and record.node == node and record.name == "Noted":
                noted.setdefault(record.data.id, index)
            elif record.kind == "send" and record.node == node and record.name == "Receipt" and record.data.id in noted:
                place = noted[record.data.id]
                if record.time_ms > trace[place].time_ms + patience_ms:
                    text = f"receipt {record.data.id!r} is still sent {record.time_ms - trace[place].time_ms} ms after it was noted"
                    raise Broken(text, code="never_stops", records=(place, index))

    return Holds("a receipt that is noted is sent no more", judge)
