"""X96: the snapshot of the journal has no open receipts in it

Misconception: Receipts are not part of the books.
Why it breaks: Every eight facts the journal becomes a snapshot. After a restart, receipts that were open by then are gone.
Hint: What has to be on the disk after a restart so that every receipt gets through?
Lesson: docs/lessons/09-idempotent-consumer.md#the-outbox
Fails: one_receipt
"""

import hashlib
import json

from idempotent_consumer_protocol import (
    Assess,
    Balance,
    Charge,
    Declined,
    Done,
    Paid,
    Receipt,
    Refused,
)

from harness import Node


class Accounts(Node):
    """A journal of facts with a snapshot every eight of them, in one write; memory is derived from it. One ticker at 10 x retry."""

    def on_start(self):
        self.state = {"money": {}, "keys": {}, "mail": {}}
        base, facts = self.disk.get("journal", (None, ()))
        if base is not None:
            self.state = {name: dict(part) for name, part in base.items()}
        for fact in facts:
            self.apply(fact)
        self.facts = list(facts)
        self.base = base
        self.asked = []
        self.tick()

    def apply(self, fact):
        match fact:
            case ("decided", request, answer, change):
                money = self.state["money"]
                money[request.account] = money.get(request.account, 0) + change
                self.state["keys"][request.shop, request.key] = (request, answer)
                if change < 0:
                    self.state["mail"][json.dumps([request.shop, request.key])] = (request.account, request.amount)
            case ("noted", id):
                self.state["mail"].pop(id, None)

    def record(self, *fact):
        self.apply(fact)
        self.facts.append(fact)
        if len(self.facts) >= 8:
            self.base, self.facts = {name: dict(part) for name, part in self.state.items()}, []
            self.base["mail"] = {}
        self.disk["journal"] = (self.base, tuple(self.facts))

    def tick(self):
        for name, (account, amount) in self.state["mail"].items():
            self.send(self.mailer, Receipt(name, account, amount))
        self.after(10 * self.retry_ms, self.tick)

    def on_balance_of(self, sender, question):
        self.send(sender, Balance(question.account, self.state["money"].get(question.account, 0)))

    def on_deposit(self, sender, deposit):
        self.decide(sender, deposit, deposit.amount)

    def on_charge(self, sender, charge):
        if (charge.shop, charge.key) in self.state["keys"]:
            self.decide(sender, charge, 0)
            return
        self.asked.append((sender, charge))
        self.send(self.risk, Assess(charge.shop, charge.key, charge.account, charge.amount))

    def on_assessed(self, sender, a):
        charge = Charge(a.shop, a.key, a.account, a.amount)
        waiting = [asker for asker, other in self.asked if other == charge]
        self.asked = [pair for pair in self.asked if pair[1] != charge]
        for asker in dict.fromkeys(waiting):
            poor = self.state["money"].get(a.account, 0) < a.amount
            reason = "risk" if not a.allowed else "funds" if poor else ""
            self.decide(asker, charge, 0 if reason else -a.amount, reason)

    def decide(self, sender, request, change, reason=""):
        name = request.shop, request.key
        if name not in self.state["keys"]:
            balance = self.state["money"].get(request.account, 0) + change
            self.record("decided", request, Refused(*name, reason) if reason else Done(*name, balance), change)
        first, answer = self.state["keys"][name]
        self.send(sender, answer if first == request else Refused(*name, "reused"))

    def on_noted(self, sender, noted):
        if noted.id in self.state["mail"]:
            self.record("noted", noted.id)


class Till(Node):
    """All open orders, each with a timer of 10 x retry_ms; orders and clerks on disk; what was told is kept and told again."""

    def on_start(self):
        for number in [n for n, (_, _, news) in self.disk.items() if news is None]:
            self.ask(number)

    def on_order(self, sender, order):
        row = self.disk.get(order.number)
        if row is None:
            self.disk[order.number] = (order, (sender,), None)
            self.ask(order.number)
        elif row[2] is not None:
            self.send(sender, row[2])
        elif sender not in row[1]:
            self.disk[order.number] = (order, (*row[1], sender), None)

    def key(self, number):
        return hashlib.sha256(f"{self.shop}/{number}".encode()).hexdigest()

    def ask(self, number):
        order, _, news = self.disk[number]
        if news is None:
            self.send(self.accounts, Charge(self.shop, self.key(number), order.account, order.amount))
            self.after(10 * self.retry_ms, self.ask, number)

    def tell(self, key, kind, *more):
        for number, (order, clerks, news) in list(self.disk.items()):
            if news is None and self.key(number) == key:
                news = kind(number, *more)
                self.disk[number] = (order, clerks, news)
                for clerk in clerks:
                    self.send(clerk, news)

    def on_done(self, sender, done):
        self.tell(done.key, Paid)

    def on_refused(self, sender, refused):
        self.tell(refused.key, Declined, refused.reason)

    def on_busy(self, sender, busy):
        pass
