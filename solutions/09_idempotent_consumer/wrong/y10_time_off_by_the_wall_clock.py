"""Y10: how long the machine was off is told by the wall clock

Misconception: Only the wall clock goes on while the power is off, so it has to do.
Why it breaks: Somebody sets the clock while the machine is off. After the restart all keys seem old, and are forgotten.
Hint: What makes a key disappear in your program: time, number, a crash, a refusal? Which clock says how old it is?
Lesson: docs/lessons/09-idempotent-consumer.md#the-horizon
Fails: answers_kept
"""

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
    """Keys are forgotten by the time that the machine was up, which is written down now and then."""

    def on_start(self):
        base, last = self.disk.get("up", (0, self.clock.wall_ms()))
        self.base, self.zero = base + max(0, self.clock.wall_ms() - last), self.clock.monotonic_ms()
        self.open = {}
        self.minute()
        self.mail()

    def now(self):
        return self.base + self.clock.monotonic_ms() - self.zero

    def minute(self):
        now = self.now()
        self.disk["up"] = (now, self.clock.wall_ms())
        for place, row in list(self.disk.items()):
            if isinstance(place, tuple) and place[0] == "key" and now - row[2] > self.horizon_ms:
                del self.disk[place]
        self.after(self.horizon_ms // 100, self.minute)

    def mail(self):
        for place, receipt in self.disk.items():
            if isinstance(place, tuple) and place[0] == "receipt":
                self.send(self.mailer, receipt)
        self.after(self.retry_ms, self.mail)

    def on_balance_of(self, sender, question):
        self.send(sender, Balance(question.account, self.disk.get(("money", question.account), 0)))

    def known(self, sender, request):
        row = self.disk.get(("key", request.shop, request.key))
        if row is not None:
            self.send(sender, row[1] if row[0] == request else Refused(request.shop, request.key, "reused"))
        return row is not None

    def on_deposit(self, sender, deposit):
        self.known(sender, deposit) or self.book(sender, deposit, deposit.amount)

    def on_charge(self, sender, charge):
        if self.known(sender, charge):
            return
        if self.disk.get(("money", charge.account), 0) < charge.amount:
            self.book(sender, charge, 0, "funds")
            return
        self.open[charge] = sender
        self.send(self.risk, Assess(charge.shop, charge.key, charge.account, charge.amount))

    def on_assessed(self, sender, a):
        charge = Charge(a.shop, a.key, a.account, a.amount)
        if charge in self.open:
            asker = self.open.pop(charge)
            if not self.known(asker, charge):
                has = self.disk.get(("money", a.account), 0)
                reason = "" if a.allowed and has >= a.amount else "funds" if a.allowed else "risk"
                self.book(asker, charge, 0 if reason else -a.amount, reason)

    def book(self, asker, request, by, reason=""):
        has = self.disk.get(("money", request.account), 0) + by
        answer = Refused(request.shop, request.key, reason) if reason else Done(request.shop, request.key, has)
        with self.disk.atomic():
            self.disk["key", request.shop, request.key] = (request, answer, self.now())
            self.disk["money", request.account] = has
            if by < 0:
                name = f"{self.random.getrandbits(128):032x}"
                self.disk["receipt", name] = Receipt(name, request.account, request.amount)
        self.send(asker, answer)

    def on_noted(self, sender, noted):
        self.disk.pop(("receipt", noted.id), None)


class Till(Node):
    """Keys are drawn from a counter on disk, per order; all open orders by one ticker; a window of three at a time."""

    def on_start(self):
        self.clerks = {}
        self.tick()

    def on_order(self, sender, order):
        self.clerks.setdefault(order.number, [])
        if sender not in self.clerks[order.number]:
            self.clerks[order.number].append(sender)
        if ("key", order.number) not in self.disk:
            with self.disk.atomic():
                self.disk["next"] = self.disk.get("next", 0) + 1
                self.disk["key", order.number] = (f"k{self.disk['next']}", order)

    def tick(self):
        for number in list(self.clerks)[:3]:
            key, order = self.disk["key", number]
            self.send(self.accounts, Charge(self.shop, key, order.account, order.amount))
        self.after(self.retry_ms, self.tick)

    def found(self, key):
        return [n for n in self.clerks if self.disk["key", n][0] == key]

    def on_done(self, sender, done):
        for n in self.found(done.key):
            for clerk in self.clerks.pop(n):
                self.send(clerk, Paid(n))

    def on_refused(self, sender, refused):
        for n in self.found(refused.key):
            for clerk in self.clerks.pop(n):
                self.send(clerk, Declined(n, refused.reason))

    def on_busy(self, sender, busy):
        pass
