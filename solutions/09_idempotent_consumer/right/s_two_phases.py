"""A ruling is written down first; a worker carries out what is written down, also after a restart. Old keys go by generations."""

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
        self.asking = {}
        self.new, self.old = {k for k in self.disk if k[0] == "key"}, set()
        self.after(self.horizon_ms + 1000, self.turn)
        self.work()
        self.post()

    def turn(self):
        for place in self.old:
            self.disk.pop(place, None)
        self.old, self.new = self.new, set()
        self.after(self.horizon_ms + 1000, self.turn)

    def on_balance_of(self, sender, q):
        self.send(sender, Balance(q.account, self.disk.get(("has", q.account), 0)))

    def on_deposit(self, sender, d):
        if not self.told(sender, d) and ("ruled", d.shop, d.key) not in self.disk:
            self.apply(d, d.amount, "")
            self.told(sender, d)

    def on_charge(self, sender, c):
        if self.told(sender, c):
            return
        if ("ruled", c.shop, c.key) in self.disk:
            self.send(sender, Busy(c.shop, c.key))
            return
        self.asking.setdefault(c, []).append(sender)
        self.send(self.risk, Assess(c.shop, c.key, c.account, c.amount))

    def on_assessed(self, sender, a):
        if ("key", a.shop, a.key) not in self.disk and ("ruled", a.shop, a.key) not in self.disk:
            self.disk["ruled", a.shop, a.key] = (a.account, a.amount, a.allowed)
            self.after(1, self.work)

    def work(self):
        for place, (account, amount, allowed) in [(p, v) for p, v in self.disk.items() if p[0] == "ruled"]:
            c = Charge(place[1], place[2], account, amount)
            why = "risk" if not allowed else "funds" if self.disk.get(("has", account), 0) < amount else ""
            self.apply(c, 0 if why else -amount, why)
            for asker in dict.fromkeys(self.asking.pop(c, ())):
                self.told(asker, c)

    def apply(self, r, change, why):
        with self.disk.atomic():
            self.disk.pop(("ruled", r.shop, r.key), None)
            has = self.disk.get(("has", r.account), 0) + change
            self.disk["has", r.account] = has
            self.disk["key", r.shop, r.key] = (r, Refused(r.shop, r.key, why) if why else Done(r.shop, r.key, has))
            if change < 0:
                self.disk["post", repr((r.shop, r.key, r.account, r.amount))] = (r.account, r.amount)
        self.new.add(("key", r.shop, r.key))

    def told(self, sender, r):
        row = self.disk.get(("key", r.shop, r.key))
        if row:
            self.send(sender, row[1] if row[0] == r else Refused(r.shop, r.key, "reused"))
        return bool(row)

    def post(self):
        first = next((p for p in self.disk if p[0] == "post"), None)
        if first:
            self.send(self.mailer, Receipt(first[1], *self.disk[first]))
        self.after(self.retry_ms, self.post)

    def on_noted(self, sender, n):
        if self.disk.pop(("post", n.id), None):
            first = next((p for p in self.disk if p[0] == "post"), None)
            if first:
                self.send(self.mailer, Receipt(first[1], *self.disk[first]))


class Till(Node):
    """Waits for the clerk after a crash; many timers, one per order; whoever asked last is told; told again on each answer."""

    def on_start(self):
        self.open, self.clerk = {}, {}

    def on_order(self, sender, o):
        self.clerk[o.number] = sender
        fresh = o.number not in self.open
        self.open[o.number] = Charge(self.shop, f"{o.number}/{o.account}/{o.amount}", o.account, o.amount)
        if fresh:
            self.go(o.number)

    def go(self, number):
        if number in self.open:
            self.send(self.accounts, self.open[number])
            self.after(self.retry_ms * 3 + self.random.randrange(self.retry_ms), self.go, number)

    def on_done(self, sender, d):
        number = int(d.key.split("/")[0])
        if self.open.pop(number, None):
            self.send(self.clerk[number], Paid(number))

    def on_refused(self, sender, r):
        number = int(r.key.split("/")[0])
        if self.open.pop(number, None):
            self.send(self.clerk[number], Declined(number, r.reason))

    def on_busy(self, sender, b):
        number = int(b.key.split("/")[0])
        if number in self.open:
            self.after(self.retry_ms // 2, self.nudge, number)

    def nudge(self, number):
        if number in self.open:
            self.send(self.accounts, self.open[number])
