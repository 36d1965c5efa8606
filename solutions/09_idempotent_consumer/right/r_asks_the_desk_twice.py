"""Ledger and outbox are helper objects; each charge is put to the risk desk twice, to be on the safe side."""

from collections import deque

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


class Ledger:
    """Helper objects around the disk."""

    def __init__(self, disk):
        self.disk = disk

    def balance(self, who):
        return self.disk.get("money", {}).get(who, 0)

    def lookup(self, name):
        return self.disk.get("verdicts", {}).get(name)

    def commit(self, name, request, answer, balance, receipt):
        money, verdicts = dict(self.disk.get("money", {})), dict(self.disk.get("verdicts", {}))
        money[request.account] = balance
        verdicts[name] = (request, answer)
        with self.disk.atomic():
            self.disk["money"] = money
            if receipt:
                self.disk["post"] = (*self.disk.get("post", ()), receipt)
            self.disk["verdicts"] = verdicts


class Post:
    def __init__(self, node):
        self.node, self.sleeping = node, False

    def go(self):
        for receipt in self.node.disk.get("post", ()):
            self.node.send(self.node.mailer, receipt)

    def strike(self, id):
        post = self.node.disk.get("post", ())
        self.node.disk["post"] = tuple(r for r in post if r.id != id)


class Accounts(Node):
    def on_start(self):
        self.ledger, self.post = Ledger(self.disk), Post(self)
        self.queue = deque()
        self.tick()

    def tick(self):
        self.post.go()
        self.after(self.retry_ms, self.tick)

    def on_balance_of(self, sender, question):
        self.send(sender, Balance(question.account, self.ledger.balance(question.account)))

    def stored(self, sender, request):
        match self.ledger.lookup((request.shop, request.key)):
            case None:
                return False
            case (first, answer):
                self.send(sender, answer if first == request else Refused(request.shop, request.key, "reused"))
                return True

    def on_deposit(self, sender, request):
        self.stored(sender, request) or self.decide(sender, request, request.amount, None)

    def on_charge(self, sender, request):
        if self.stored(sender, request):
            return
        self.queue.append((sender, request))
        for _ in range(2):
            self.send(self.risk, Assess(request.shop, request.key, request.account, request.amount))
        self.send(sender, Busy(request.shop, request.key))

    def on_assessed(self, sender, a):
        request = Charge(a.shop, a.key, a.account, a.amount)
        mine = [asker for asker, other in self.queue if other == request]
        self.queue = deque(pair for pair in self.queue if pair[1] != request)
        for asker in mine:
            if not self.stored(asker, request):
                poor = self.ledger.balance(a.account) < a.amount
                no = "risk" if not a.allowed else "funds" if poor else None
                self.decide(asker, request, 0 if no else -a.amount, no)

    def decide(self, asker, request, by, no):
        balance = self.ledger.balance(request.account) + by
        answer = Refused(request.shop, request.key, no) if no else Done(request.shop, request.key, balance)
        receipt = Receipt(f"{len(request.shop)}:{request.shop}:{request.key}", request.account, request.amount) if by < 0 else None
        self.ledger.commit((request.shop, request.key), request, answer, balance, receipt)
        self.send(asker, answer)

    def on_noted(self, sender, noted):
        self.post.strike(noted.id)


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
