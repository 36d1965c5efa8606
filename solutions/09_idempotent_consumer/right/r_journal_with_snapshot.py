"""A journal of facts, of which every eight become a snapshot, in one write; one order after the other."""

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
    """One order after the other, asked every 10 x retry_ms; the next one at once."""

    def on_start(self):
        self.queue, self.timer = [], None

    def on_order(self, sender, order):
        if all(order != other for other, _ in self.queue):
            self.queue.append((order, sender))
            if len(self.queue) == 1:
                self.ask()

    def ask(self):
        self.cancel(self.timer)
        if self.queue:
            order = self.queue[0][0]
            self.send(self.accounts, Charge(self.shop, f"order {order.number}", order.account, order.amount))
            self.timer = self.after(10 * self.retry_ms, self.ask)

    def news(self, key, kind, *more):
        for place, (order, clerk) in enumerate(self.queue):
            if f"order {order.number}" == key:
                self.send(clerk, kind(order.number, *more))
                del self.queue[place]
                self.ask()
                return

    def on_done(self, sender, done):
        self.news(done.key, Paid)

    def on_refused(self, sender, refused):
        self.news(refused.key, Declined, refused.reason)

    def on_busy(self, sender, busy):
        pass
