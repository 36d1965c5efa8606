"""As slow as it may be: receipts one after the other, answers only to those who ask again, one order every ten times retry_ms."""

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
    """As slow as it may be: receipts one after the other, the next one a slow tick later; answers only to those who ask again."""

    def on_start(self):
        self.tick()

    def tick(self):
        outbox = self.disk.get("outbox", ())
        if outbox:
            self.send(self.mailer, outbox[0])
        self.after(2 * self.retry_ms, self.tick)

    def on_balance_of(self, sender, question):
        self.send(sender, Balance(question.account, self.disk.get("sums", {}).get(question.account, 0)))

    def known(self, sender, request):
        old = self.disk.get("old", {}).get((request.shop, request.key))
        if old:
            self.send(sender, old[1] if old[0] == request else Refused(request.shop, request.key, "reused"))
        return bool(old)

    def save(self, request, by, reason=""):
        shop, key = request.shop, request.key
        if (shop, key) in self.disk.get("old", {}):
            return
        sums = dict(self.disk.get("sums", {}))
        sums[request.account] = has = sums.get(request.account, 0) + by
        with self.disk.atomic():
            self.disk["sums"] = sums
            self.disk["old"] = {
                **self.disk.get("old", {}),
                (shop, key): (request, Refused(shop, key, reason) if reason else Done(shop, key, has)),
            }
            if by < 0:
                self.disk["outbox"] = (*self.disk.get("outbox", ()), Receipt("/".join((shop, key)), request.account, request.amount))

    def on_deposit(self, sender, deposit):
        self.save(deposit, deposit.amount)
        self.known(sender, deposit)

    def on_charge(self, sender, charge):
        if not self.known(sender, charge):
            self.send(self.risk, Assess(charge.shop, charge.key, charge.account, charge.amount))

    def on_assessed(self, sender, a):
        charge = Charge(a.shop, a.key, a.account, a.amount)
        if not a.allowed:
            self.save(charge, 0, "risk")
        elif self.disk.get("sums", {}).get(a.account, 0) < a.amount:
            self.save(charge, 0, "funds")
        else:
            self.save(charge, -a.amount)

    def on_noted(self, sender, noted):
        self.disk["outbox"] = tuple(r for r in self.disk.get("outbox", ()) if r.id != noted.id)


class Till(Node):
    """One pump: every retry_ms it sends the oldest open order."""

    def on_start(self):
        self.open = {}
        self.pump()

    def pump(self):
        for order, _ in list(self.open.values())[:1]:
            self.send(self.accounts, Charge(self.shop, str(order.number), order.account, order.amount))
        self.after(10 * self.retry_ms, self.pump)

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
