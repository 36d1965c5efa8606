"""Y21: shop and key are one word on disk, and cut apart again after a restart

Misconception: The sign between them says where to cut.
Why it breaks: The sign may be in the name of the shop, too. After the restart the key is not found, and the charge is taken again.
Hint: Which two shops and keys look the same on your disk, or cannot be read back? Names may hold any sign.
Lesson: docs/lessons/09-idempotent-consumer.md#keys
Fails: one_receipt
"""

import json

from idempotent_consumer_protocol import (
    Assess,
    Assessed,
    Balance,
    BalanceOf,
    Charge,
    Declined,
    Deposit,
    Done,
    Noted,
    Paid,
    Receipt,
    Refused,
)

from harness import Node


class Accounts(Node):
    def on_start(self):
        self.book = json.loads(self.disk.get("book", '{"money": {}, "keys": [], "mail": {}, "next": 0}'))
        self.keys = {(s, k): row for s, k, *row in self.book["keys"]}
        self.inbox, self.timer = [], None
        self.mail_timer = self.after(self.retry_ms, self.mail)

    def enqueue(self, sender, message):
        self.inbox.append((sender, message))
        if self.timer is None:
            self.timer = self.after(5, self.tick)

    on_balance_of = on_deposit = on_charge = on_assessed = on_noted = enqueue

    def tick(self):
        self.timer, inbox, self.inbox, out, dirty = None, self.inbox, [], [], False
        for sender, m in inbox:
            money = self.book["money"]
            match m:
                case BalanceOf(account):
                    out.append((sender, Balance(account, money.get(account, 0))))
                case Noted(id):
                    dirty |= self.book["mail"].pop(id, None) is not None
                case Assessed(shop, key, account, amount, allowed):
                    if (shop, key) not in self.keys:
                        why = "risk" if not allowed else "funds" if money.get(account, 0) < amount else ""
                        if not why:
                            money[account] -= amount
                            self.book["next"] += 1
                            self.book["mail"][f"r{self.book['next']}"] = [account, amount]
                        self.keys[shop, key] = ["Charge", account, amount, why, money.get(account, 0)]
                        dirty = True
                case Deposit(shop, key, account, amount) | Charge(shop, key, account, amount):
                    kind = type(m).__name__
                    if (shop, key) not in self.keys and kind == "Deposit":
                        money[account] = money.get(account, 0) + amount
                        self.keys[shop, key] = [kind, account, amount, "", money[account]]
                        dirty = True
                    row = self.keys.get((shop, key))
                    if row is None:
                        out.append((self.risk, Assess(shop, key, account, amount)))
                    elif row[:3] != [kind, account, amount]:
                        out.append((sender, Refused(shop, key, "reused")))
                    else:
                        out.append((sender, Refused(shop, key, row[3]) if row[3] else Done(shop, key, row[4])))
        if dirty:
            self.book["keys"] = [[*f"{s}|{k}".split("|", 1), *row] for (s, k), row in self.keys.items()]
            self.disk["book"] = json.dumps(self.book)
        for to, message in out:
            self.send(to, message)

    def mail(self):
        for name, (account, amount) in self.book["mail"].items():
            self.send(self.mailer, Receipt(name, account, amount))
        self.mail_timer = self.after(self.retry_ms * 8, self.mail)


class Till(Node):
    """Keys are drawn at random and written before they are used; clerks too; wakes by one ticker."""

    def on_start(self):
        self.tick()

    def on_order(self, sender, order):
        row = self.disk.get(order.number)
        if row is None:
            key = "".join(self.random.choice("abcdefghijkmnpqrstuvwxyz23456789") for _ in range(24))
            self.disk[order.number] = (key, sender, order.account, order.amount, None)
        elif row[4] is not None:
            self.send(sender, row[4])
        else:
            self.disk[order.number] = (row[0], sender, *row[2:])

    def tick(self):
        for key, _, account, amount, news in self.disk.values():
            if news is None:
                self.send(self.accounts, Charge(self.shop, key, account, amount))
        self.after(self.retry_ms * 7, self.tick)

    def close(self, key, make):
        for number, row in list(self.disk.items()):
            if row[0] == key and row[4] is None:
                self.disk[number] = (*row[:4], make(number))
                self.send(row[1], make(number))

    def on_done(self, sender, d):
        self.close(d.key, Paid)

    def on_refused(self, sender, r):
        self.close(r.key, lambda number: Declined(number, r.reason))

    def on_busy(self, sender, b):
        pass
