"""Each account is an actor with a queue: one request after the other, the charge at its head asks the desk by a timer."""

from collections import deque
from enum import Enum, auto

from idempotent_consumer_protocol import (
    Assess,
    Balance,
    BalanceOf,
    Charge,
    Declined,
    Deposit,
    Done,
    Paid,
    Receipt,
    Refused,
)

from harness import Node


class Actor:
    def __init__(self, bank, account):
        self.bank, self.account, self.queue = bank, account, deque()

    def add(self, sender, message):
        self.queue.append((sender, message))
        if len(self.queue) == 1:
            self.run()

    def run(self):
        while self.queue:
            sender, message = self.queue[0]
            match message:
                case BalanceOf():
                    self.bank.send(sender, Balance(self.account, self.bank.money(self.account)))
                case Deposit():
                    if not self.bank.replied(sender, message):
                        self.bank.book(sender, message, message.amount, None)
                case Charge():
                    if not self.bank.replied(sender, message):
                        self.bank.ask(message)
                        return
            self.queue.popleft()


class Accounts(Node):
    def on_start(self):
        self.actors = {}
        self.mailing()

    def actor(self, account):
        if account not in self.actors:
            self.actors[account] = Actor(self, account)
        return self.actors[account]

    def money(self, account):
        return self.disk.get(("m", account), 0)

    def on_balance_of(self, sender, q):
        self.actor(q.account).add(sender, q)

    def on_deposit(self, sender, d):
        self.actor(d.account).add(sender, d)

    def on_charge(self, sender, c):
        self.actor(c.account).add(sender, c)

    def ask(self, charge):
        queue = self.actor(charge.account).queue
        if queue and queue[0][1] == charge:
            if ("k", charge.shop, charge.key) in self.disk:
                self.actor(charge.account).run()
                return
            self.send(self.risk, Assess(charge.shop, charge.key, charge.account, charge.amount))
            self.after(self.retry_ms * 3, self.ask, charge)

    def on_assessed(self, sender, a):
        charge = Charge(a.shop, a.key, a.account, a.amount)
        actor = self.actor(a.account)
        if actor.queue and actor.queue[0][1] == charge:
            asker, _ = actor.queue[0]
            if not self.replied(asker, charge):
                why = "risk" if not a.allowed else "funds" if self.money(a.account) < a.amount else None
                self.book(asker, charge, 0 if why else -a.amount, why)
            actor.queue.popleft()
            actor.run()

    def replied(self, sender, r):
        row = self.disk.get(("k", r.shop, r.key))
        if row is None:
            return False
        self.send(sender, row[1] if row[0] == r else Refused(r.shop, r.key, "reused"))
        return True

    def book(self, sender, r, change, why):
        with self.disk.atomic():
            self.disk["m", r.account] = has = self.money(r.account) + change
            answer = Refused(r.shop, r.key, why) if why else Done(r.shop, r.key, has)
            self.disk["k", r.shop, r.key] = (r, answer)
            if change < 0:
                self.disk["r", f"{len(r.shop)}:{r.shop}{r.key}"] = (r.account, r.amount)
        self.send(sender, answer)

    def mailing(self):
        for place, row in self.disk.items():
            if place[0] == "r":
                self.send(self.mailer, Receipt(place[1], *row))
        self.after(self.retry_ms * 5, self.mailing)

    def on_noted(self, sender, n):
        self.disk.pop(("r", n.id), None)


class State(Enum):
    OPEN = auto()
    PAID = auto()
    DECLINED = auto()


class Till(Node):
    """A state machine per order, on disk; asks at once when busy, at most thrice in a row; tells every clerk."""

    def on_start(self):
        self.eager = {}
        for number, row in list(self.disk.items()):
            if row[0] == "OPEN":
                self.pursue(number)

    def on_order(self, sender, order):
        row = self.disk.get(order.number)
        if row is None:
            self.disk[order.number] = ("OPEN", order.account, order.amount, (sender,), "")
            self.pursue(order.number)
            return
        if sender not in row[3]:
            self.disk[order.number] = row = (*row[:3], (*row[3], sender), row[4])
        if row[0] != "OPEN":
            self.tell(order.number, [sender])

    def pursue(self, number):
        row = self.disk[number]
        if row[0] == "OPEN":
            self.send(self.accounts, Charge(self.shop, f"#{number}", row[1], row[2]))
            self.after(self.retry_ms * 2, self.pursue, number)

    def tell(self, number, clerks):
        row = self.disk[number]
        for clerk in clerks:
            self.send(clerk, Paid(number) if State[row[0]] is State.PAID else Declined(number, row[4]))

    def over(self, key, state, why=""):
        number = int(key[1:])
        row = self.disk.get(number)
        if row and row[0] == "OPEN":
            self.disk[number] = (state.name, *row[1:4], why)
            self.tell(number, row[3])

    def on_done(self, sender, d):
        self.over(d.key, State.PAID)

    def on_refused(self, sender, r):
        self.over(r.key, State.DECLINED, r.reason)

    def on_busy(self, sender, b):
        n = self.eager[b.key] = self.eager.get(b.key, 0) + 1
        row = self.disk.get(int(b.key[1:]))
        if n % 4 and row and row[0] == "OPEN":
            self.send(self.accounts, Charge(self.shop, b.key, row[1], row[2]))
