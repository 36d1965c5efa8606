"""What those who ask can expect, and what is expected of them: one key per order, an answer in the end, and the right one.

They watch `Order`, `Charge`, `Deposit`, `Done`, `Refused`, `Paid`, `Declined` and their fields. What should have happened and did
not has no place in a trace, so the ones about that name no records: any shorter run would miss it too.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from harness.checks.requests import said, told_in
from harness.checks.tables import Table, with_entry
from harness.errors import Broken
from harness.properties import Always, Holds
from harness.trace import Record, Trace


def answered(client: str, shop: str, key: str, by_ms: int, after_ms: int = 0, asks: int = 1) -> Holds:
    """A client that asks `asks` times or more from `after_ms` on hears `Done` or `Refused` to a key between `after_ms` and `by_ms`."""

    def judge(trace: Trace) -> None:
        asked, told, crashed = 0, Counter[str](), ""
        for _, record in trace.of("deliver", "crash"):
            if record.kind == "crash":
                crashed = f"; {record.node} had crashed at {record.time_ms} ms"
            elif after_ms <= record.time_ms <= by_ms and _names(record.data) == (shop, key):
                asked += record.other == client
                told[record.name] += record.node == client
        if asked >= asks and not told["Done"] and not told["Refused"]:
            often = "once" if asked == 1 else f"{asked} times"
            when = f" from {after_ms} ms on" if after_ms else ""
            heard = ", ".join([f"{name} ({count} times)" for name, count in told.items() if count]) or "nothing"
            text = f"{client} asks about key {key} of {shop} {often}{when}, and is told {heard}; it should hear Done or Refused{crashed}"
            raise Broken(text, code="no_answer", by_ms=by_ms)

    return Holds(f"{client} is answered", judge)


def decided(shop: str, key: str, *ways: str, after: tuple[str, str] | None = None) -> Holds:
    """The first answer to a key is one of these: `Done`, or a reason to refuse it.

    Args:
        after: shop and key of a request that has to be done before this one arrives; otherwise nothing is owed.
    """

    def judge(trace: Trace) -> None:
        ready, arrived = after is None, -1
        for index, record in trace.of("deliver", "send"):
            if _names(record.data) == after and record.name == "Done":
                ready = ready or arrived < 0
            elif record.kind == "deliver" and record.name in ("Deposit", "Charge") and (record.data.shop, record.data.key) == (shop, key):
                arrived = index if arrived < 0 else arrived
            elif record.kind == "send" and record.name in ("Done", "Refused") and (record.data.shop, record.data.key) == (shop, key):
                way = "Done" if record.name == "Done" else record.data.reason
                if ready and way not in ways:
                    wanted = " or ".join(["Done" if item == "Done" else f"Refused, {item}" for item in ways])
                    text = f"key {key} of {shop} is answered {said(record.name, told_in(record.data))}; it should be {wanted}"
                    raise Broken(text, code="wrong_answer", records=(arrived, index) if arrived >= 0 else (index,))
                return

    return Holds("the right answer", judge)


def heard(client: str, *kinds: str, after_ms: int = 0, asks: int = 1, **fields: Any) -> Holds:
    """A client that asks `asks` times or more from `after_ms` on hears a message of one of these classes, with these fields.

    What counts as asking is any message of the client's that has these values in the fields that it shares.
    """
    kind = " or ".join(kinds)

    def judge(trace: Trace) -> None:
        asked = 0
        for _, record in trace.of("deliver"):
            right = all(_same(getattr(record.data, name, value), value) for name, value in fields.items())
            if right and record.time_ms >= after_ms:
                if record.node == client and record.name in kinds:
                    return
                asked += record.other == client
        if asked >= asks:
            wanted = " and ".join([f"{name} {value}" for name, value in fields.items()])
            often = "once" if asked == 1 else f"{asked} times"
            when = f" from {after_ms} ms on" if after_ms else ""
            text = f"{client} asks {often}{when} and does not hear {kind}{f' with {wanted}' if wanted else ''}"
            raise Broken(text, code="not_heard")

    return Holds(f"{client} hears {kind}", judge)


def sent_again(node: str, kind: str, field: str, gap_ms: int, until_ms: int) -> Holds:
    """Whatever `node` sends of this class, it sends again after `gap_ms` at most, until `until_ms`. For runs in which nobody answers.

    Args:
        field: what tells one such message from another, such as `key`.
    """

    def judge(trace: Trace) -> None:
        last: dict[Any, int] = {}
        for index, record in trace.messages("send", kind):
            if record.node == node and record.time_ms <= until_ms:
                name = getattr(record.data, field)
                _soon_enough(trace, last.get(name), record.time_ms, gap_ms)
                last[name] = index
        for place in last.values():
            _soon_enough(trace, place, until_ms, gap_ms)

    return Holds(f"{kind} is sent again", judge)


def _soon_enough(trace: Trace, place: int | None, now_ms: int, gap_ms: int) -> None:
    if place is not None and now_ms - trace[place].time_ms > gap_ms:
        record = trace[place]
        text = f"{record.node} sends {record.data} at {record.time_ms} ms, hears nothing, and does not send it again within {gap_ms} ms"
        raise Broken(text, code="not_again", records=(place,))


def one_answer(shop: str, key: str) -> Holds:
    """A key has one answer, whenever it is asked for. For runs in which all who ask want the same."""

    def judge(trace: Trace) -> None:
        first: int | None = None
        for index, record in trace.messages("send", "Done", "Refused"):
            if _names(record.data) != (shop, key):
                continue
            first = index if first is None else first
            if record.data != trace[first].data:
                ways = [said(trace[place].name, told_in(trace[place].data)) for place in (first, index)]
                text = f"key {key!r} of {shop} is answered {ways[1]}, after it was answered {ways[0]}"
                raise Broken(text, code="other_answer", records=(first, index))

    return Holds("one answer per key", judge)


def _names(message: Any) -> tuple[Any, Any]:
    return getattr(message, "shop", None), getattr(message, "key", None)


def _same(told: Any, wanted: Any) -> bool:
    return type(told) is type(wanted) and bool(told == wanted)


class SameKey(Always):
    """A till charges an order under one key, whenever it asks, and tells the clerk what the accounts told it under that key.

    Orders of one run have different numbers; of two with the same account and amount either may be meant by a charge.

    Memory: (orders that arrived, charges sent as (key, account, amount), answers that arrived as (key, kind, reason), orders whose
    clerk was told), all with places.

    Args:
        till: its name.
        shop: the shop it stands in.
    """

    name = "one key per order"
    initial = ((), (), (), ())

    def __init__(self, till: str, shop: str) -> None:
        self.till = till
        self.shop = shop

    def watches(self, record: Record) -> bool:
        """Orders and answers when they reach the till; what it sends."""
        if record.node != self.till:
            return False
        if record.kind == "deliver":
            return record.name in ("Order", "Done", "Refused")
        return record.kind == "send" and record.name in ("Charge", "Paid", "Declined")

    def step(self, memory: Any, record: Record, index: int) -> Any:
        """Follow the orders; refuse a charge under a second key, and news that nobody told the till."""
        (orders, charges, answers, told), message = memory, record.data
        if record.name == "Order":
            return with_entry(orders, (message.number, message.account, message.amount), index), charges, answers, told
        if record.kind == "deliver":
            return orders, charges, with_entry(answers, (message.key, record.name, getattr(message, "reason", "")), index), told
        if record.name == "Charge":
            return orders, self._charge(orders, charges, message, index), answers, told
        told = told if message.number in dict(told) else with_entry(told, message.number, index)
        self._news(memory, told, record, index)
        return orders, charges, answers, told

    def _charge(self, orders: Table[int], charges: Table[int], charge: Any, index: int) -> Table[int]:
        if charge.shop != self.shop:
            text = f"{self.till} stands in the {self.shop}, but sends a charge of {charge.shop!r}"
            raise Broken(text, code="other_shop", records=(index,))
        if type(charge.key) is not str:
            raise Broken(f"{self.till} sends the key {charge.key!r}; a key is text", code="no_text", records=(index,))
        wanted = charge.account, charge.amount
        meant = [order for order, _ in orders if order[1:] == wanted]
        if not meant:
            raise Broken(f"{self.till} charges {wanted[0]} {wanted[1]}, which no clerk ordered", code="no_order", records=(index,))
        for (key, *other), place in charges:
            if key == charge.key and tuple(other) != wanted:
                text = f"{self.till} uses key {key} for {wanted[1]} from {wanted[0]}, after it used it for {other[1]} from {other[0]}"
                raise Broken(text, code="key_of_another", records=(place, index))
        charges = charges if (charge.key, *wanted) in dict(charges) else with_entry(charges, (charge.key, *wanted), index)
        same = [(key, place) for (key, *other), place in charges if tuple(other) == wanted]
        if len(same) > len(meant):
            earlier, place = min([(key, place) for key, place in same if key != charge.key], key=lambda pair: pair[1])
            text = f"{self.till} charges {wanted[0]} {wanted[1]} under key {charge.key}, after key {earlier}: that makes it two orders"
            raise Broken(text, code="new_key", records=(place, index))
        return charges

    def _news(self, memory: Any, told: Table[int], record: Record, index: int) -> None:
        (orders, charges, answers, _), number = memory, record.data.number
        kind, reason = "Done" if record.name == "Paid" else "Refused", getattr(record.data, "reason", "")
        wanted = [tuple(order[1:]) for order, _ in orders if order[0] == number]
        keys = {key for (key, *other), _ in charges if tuple(other) in wanted}
        if not any(key in keys and (kind_told, why) == (kind, reason) for (key, kind_told, why), _ in answers):
            news = "is paid" if kind == "Done" else f"is declined, {reason}"
            raise Broken(f"{self.till} says that order {number} {news}, which the accounts never said", code="false_news", records=(index,))
        twins = [other for (other, *what), _ in orders if tuple(what) in wanted and other in dict(told)]
        if len(twins) > len(keys):
            text = f"{self.till} settles orders {' and '.join(map(str, twins))} under one key: to the accounts these are one order"
            raise Broken(text, code="one_key", records=(index,))
