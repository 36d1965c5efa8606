"""A key under way is busy for whatever comes under it; the desk is asked by a timer; generators walk through the charge."""

from idempotent_consumer_protocol import (
    Assess,
    Balance,
    Busy,
    Charge,
    Declined,
    Done,
    Paid,
    Receipt,
    Refused,
)

from harness import Node


class Accounts(Node):
    def on_start(self):
        self.walks = {}
        self.open_ = {k[1]: v for k, v in self.disk.items() if k[0] == "mail"}
        for name in self.open_:
            self.mail(name, 1)

    def on_balance_of(self, sender, q):
        self.send(sender, Balance(q.account, sum(v for k, v in self.disk.items() if k[:2] == ("sum", q.account))))

    def has(self, account):
        return self.disk.get(("sum", account), 0)

    def look(self, sender, r):
        name = (r.shop, r.key)
        if name in self.walks:
            self.send(sender, Busy(*name))
            return True
        if ("key", name) in self.disk:
            kind, account, amount, answer = self.disk["key", name]
            same = (kind, account, amount) == (type(r).__name__, r.account, r.amount)
            self.send(sender, answer if same else Refused(*name, "reused"))
            return True
        return False

    def on_deposit(self, sender, d):
        if not self.look(sender, d):
            self.write(sender, d, d.amount)

    def on_charge(self, sender, c):
        if not self.look(sender, c):
            self.walks[c.shop, c.key] = (sender, c)
            self.question(c)

    def question(self, c):
        if (c.shop, c.key) in self.walks:
            self.send(self.risk, Assess(c.shop, c.key, c.account, c.amount))
            self.after(self.retry_ms * 4, self.question, c)

    def on_assessed(self, sender, a):
        sender, c = self.walks.get((a.shop, a.key), ("", None))
        if c is None or (c.account, c.amount) != (a.account, a.amount):
            return
        del self.walks[c.shop, c.key]
        if not a.allowed:
            self.write(sender, c, 0, "risk")
        elif self.has(c.account) < c.amount:
            self.write(sender, c, 0, "funds")
        else:
            self.write(sender, c, -c.amount)

    def write(self, sender, r, change, why=""):
        with self.disk.atomic():
            has = self.has(r.account) + change
            self.disk["sum", r.account] = has
            answer = Refused(r.shop, r.key, why) if why else Done(r.shop, r.key, has)
            self.disk["key", (r.shop, r.key)] = (type(r).__name__, r.account, r.amount, answer)
            if change < 0:
                number = self.disk["n"] = self.disk.get("n", 0) + 1
                self.disk["mail", f"no. {number}"] = (r.account, r.amount)
        self.send(sender, answer)
        if change < 0:
            self.open_[f"no. {number}"] = (r.account, r.amount)
            self.mail(f"no. {number}", 1)

    def mail(self, name, wait):
        """Each receipt has its own patience, doubled up to eight."""
        if name in self.open_:
            self.send(self.mailer, Receipt(name, *self.open_[name]))
            self.after(self.retry_ms * wait, self.mail, name, min(8, 2 * wait))

    def on_noted(self, sender, n):
        self.open_.pop(n.id, None)
        self.disk.pop(("mail", n.id), None)


class Till(Node):
    """Round robin: one order at a time, the next one when busy or silent."""

    def on_start(self):
        self.ring = []
        self.clerk = {}
        self.turn()

    def on_order(self, sender, order):
        self.clerk[order.number] = sender
        if order not in self.ring:
            self.ring.append(order)

    def turn(self):
        if self.ring:
            for order in list(self.ring):
                self.send(self.accounts, Charge(self.shop, hex(order.number), order.account, order.amount))
        self.after(self.retry_ms * 9, self.turn)

    def settle(self, key, kind, *more):
        for order in [o for o in self.ring if hex(o.number) == key]:
            self.ring.remove(order)
            self.send(self.clerk[order.number], kind(order.number, *more))

    def on_done(self, sender, d):
        self.settle(d.key, Paid)

    def on_refused(self, sender, r):
        self.settle(r.key, Declined, r.reason)

    def on_busy(self, sender, b):
        pass
