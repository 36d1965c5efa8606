"""A key is locked by the first who comes, the desk is asked again by a timer; the till's one pump sends the oldest open order."""

import hashlib
import json
from dataclasses import dataclass, field
from enum import Enum

from idempotent_consumer_protocol import (
    Assess,
    Balance,
    Busy,
    Charge,
    Declined,
    Deposit,
    Done,
    Paid,
    Receipt,
    Refused,
)

from harness import Node


class Phase(Enum):
    ASKING = "asking"
    OVER = "over"


@dataclass(frozen=True)
class Wanted:
    kind: str
    account: str
    amount: int


@dataclass
class Entry:
    wanted: Wanted
    phase: Phase
    askers: list = field(default_factory=list)


class Accounts(Node):
    """First come first served per key; another request is refused at once; the desk is asked again by a timer."""

    def on_start(self):
        self.under_way = {}
        for name in list(self.disk):
            if name[0] == 0 and self.disk[name][3] is not None:
                self.after(self.retry_ms, self.mail, name)

    def on_balance_of(self, sender, question):
        self.send(sender, Balance(question.account, self.disk.get((1, question.account), 0)))

    def wanted(self, request):
        match request:
            case Deposit(account=account, amount=amount):
                return Wanted("deposit", account, amount)
            case Charge(account=account, amount=amount):
                return Wanted("charge", account, amount)

    def known(self, sender, request):
        name = (0, request.shop, request.key)
        if name in self.disk:
            kind, account, amount = self.disk[name][0]
            if Wanted(kind, account, amount) != self.wanted(request):
                self.send(sender, Refused(request.shop, request.key, "reused"))
            else:
                self.reply(sender, request, self.disk[name])
            return True
        entry = self.under_way.get(name[1:])
        if entry and entry.wanted != self.wanted(request):
            self.send(sender, Refused(request.shop, request.key, "reused"))
            return True
        if entry:
            if sender not in entry.askers:
                entry.askers.append(sender)
            self.send(sender, Busy(request.shop, request.key))
            return True
        return False

    def reply(self, sender, request, row):
        _, how, told, _ = row
        match how:
            case "done":
                self.send(sender, Done(request.shop, request.key, told))
            case _:
                self.send(sender, Refused(request.shop, request.key, how))

    def on_deposit(self, sender, deposit):
        if not self.known(sender, deposit):
            self.write(sender, deposit, deposit.amount, "done")

    def write(self, sender, request, by, how):
        total = self.disk.get((1, request.account), 0) + by
        wanted = self.wanted(request)
        row = ((wanted.kind, wanted.account, wanted.amount), how, total, total if by < 0 else None)
        name = (0, request.shop, request.key)
        with self.disk.atomic():
            self.disk[1, request.account] = total
            self.disk[name] = row
        self.reply(sender, request, row)
        if by < 0:
            self.mail(name)

    def on_charge(self, sender, charge):
        if not self.known(sender, charge):
            self.under_way[charge.shop, charge.key] = Entry(self.wanted(charge), Phase.ASKING, [sender])
            self.enquire(charge)

    def enquire(self, charge):
        entry = self.under_way.get((charge.shop, charge.key))
        if entry and entry.phase is Phase.ASKING:
            self.send(self.risk, Assess(charge.shop, charge.key, charge.account, charge.amount))
            self.after(10 * self.retry_ms, self.enquire, charge)

    def on_assessed(self, sender, assessed):
        charge = Charge(assessed.shop, assessed.key, assessed.account, assessed.amount)
        entry = self.under_way.get((charge.shop, charge.key))
        if not entry or entry.wanted != self.wanted(charge):
            return
        entry.phase = Phase.OVER
        del self.under_way[charge.shop, charge.key]
        if not assessed.allowed:
            by, how = 0, "risk"
        elif self.disk.get((1, charge.account), 0) < charge.amount:
            by, how = 0, "funds"
        else:
            by, how = -charge.amount, "done"
        self.write(entry.askers[0], charge, by, how)
        for other in entry.askers[1:]:
            self.reply(other, charge, self.disk[0, charge.shop, charge.key])

    def id_of(self, name):
        return hashlib.sha256(json.dumps(name[1:]).encode()).hexdigest()

    def mail(self, name):
        (_, account, amount), _, _, still_open = self.disk[name]
        if still_open is not None:
            self.send(self.mailer, Receipt(self.id_of(name), account, amount))
            self.after(self.retry_ms, self.mail, name)

    def on_noted(self, sender, noted):
        for name, row in list(self.disk.items()):
            if name[0] == 0 and row[3] is not None and self.id_of(name) == noted.id:
                self.disk[name] = (*row[:3], None)


class Till(Node):
    """One pump: every retry_ms it sends the oldest open order."""

    def on_start(self):
        self.open = {}
        self.pump()

    def pump(self):
        for order, _ in list(self.open.values())[:1]:
            self.send(self.accounts, Charge(self.shop, str(order.number), order.account, order.amount))
        self.after(self.retry_ms, self.pump)

    def on_order(self, sender, order):
        self.open.setdefault(str(order.number), (order, sender))

    def over(self, key, news):
        if key in self.open:
            self.send(self.open.pop(key)[1], news)

    def on_done(self, sender, done):
        self.over(done.key, Paid(int(done.key)))

    def on_refused(self, sender, refused):
        self.over(refused.key, Declined(int(refused.key), refused.reason))

    def on_busy(self, sender, busy):
        pass
