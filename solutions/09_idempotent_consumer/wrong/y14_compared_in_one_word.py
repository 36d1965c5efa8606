"""Y14: requests are compared by account and amount in one word

Misconception: Equal words mean equal requests.
Why it breaks: 11 from t1 and 111 from t are the same word, and the second request is taken for the first.
Hint: One till sends two different requests under one key. What does your program compare when the second one comes?
Lesson: docs/lessons/09-idempotent-consumer.md#same-key-other-request
Fails: answers_kept
"""

from idempotent_consumer_protocol import (
    Assess,
    Assessed,
    Balance,
    BalanceOf,
    Busy,
    Charge,
    Declined,
    Deposit,
    Done,
    Noted,
    Order,
    Paid,
    Receipt,
    Refused,
)

from harness import Node


class Accounts(Node):
    """On disk: ("balance", account), ("answer", shop, key) with the request and its answer, ("receipt", id) until it is noted."""

    risk: str
    mailer: str
    retry_ms: int
    horizon_ms: int

    def on_start(self) -> None:
        self.waiting: dict[Charge, str] = {}  # who wants the charges that the risk desk is asked about
        self.timer = None
        self.publish()

    def on_balance_of(self, sender: str, question: BalanceOf) -> None:
        self.send(sender, Balance(question.account, self.balance(question.account)))

    def on_deposit(self, sender: str, deposit: Deposit) -> None:
        if not self.answered(sender, deposit):
            self.settle(sender, deposit, deposit.amount)

    def on_charge(self, sender: str, charge: Charge) -> None:
        if not self.answered(sender, charge):
            self.waiting[charge] = sender
            self.send(self.risk, Assess(charge.shop, charge.key, charge.account, charge.amount))

    def on_assessed(self, sender: str, assessed: Assessed) -> None:
        charge = Charge(assessed.shop, assessed.key, assessed.account, assessed.amount)
        asker = self.waiting.pop(charge, None)
        if asker is None or self.answered(asker, charge):  # the key may have been used since the question was asked
            return
        if not assessed.allowed:
            self.settle(asker, charge, 0, "risk")
        elif self.balance(charge.account) < charge.amount:
            self.settle(asker, charge, 0, "funds")
        else:
            self.settle(asker, charge, -charge.amount)

    def balance(self, account: str) -> int:
        return self.disk.get(("balance", account), 0)

    def answered(self, sender: str, request: Deposit | Charge) -> bool:
        """Answer a request whose key is known; return False if it is not."""
        first, answer = self.disk.get(("answer", request.shop, request.key), (None, None))
        if first is None:
            return False
        words = [f"{type(known).__name__}{known.account}{known.amount}" for known in (request, first)]
        self.send(sender, answer if words[0] == words[1] else Refused(request.shop, request.key, "reused"))
        return True

    def settle(self, asker: str, request: Deposit | Charge, change: int, refusal: str = "") -> None:
        """Decide a request for good."""
        shop, key, account = request.shop, request.key, request.account
        balance = self.balance(account) + change
        answer = Refused(shop, key, refusal) if refusal else Done(shop, key, balance)
        with self.disk.atomic():
            self.disk["answer", shop, key] = (request, answer)
            self.disk["balance", account] = balance
            if change < 0:
                receipt = Receipt(f"{shop}/{key}", account, request.amount)
                self.disk["receipt", receipt.id] = receipt
        self.send(asker, answer)
        self.publish()

    def publish(self) -> None:
        """Send every receipt that the mailer has not noted yet; again after a while, as long as there are any."""
        self.cancel(self.timer)
        open_receipts = [receipt for place, receipt in self.disk.items() if place[0] == "receipt"]
        for receipt in open_receipts:
            self.send(self.mailer, receipt)
        self.timer = self.after(self.retry_ms, self.publish) if open_receipts else None

    def on_noted(self, sender: str, noted: Noted) -> None:
        self.disk.pop(("receipt", noted.id), None)


class Till(Node):
    """Asks under the same key, the order's number, until there is an answer."""

    shop: str
    accounts: str
    retry_ms: int

    def on_start(self) -> None:
        self.clerks: dict[str, str] = {}  # who wants the orders that are open, by key

    def on_order(self, sender: str, order: Order) -> None:
        key = str(order.number)
        if key not in self.clerks:
            self.clerks[key] = sender
            self.ask(Charge(self.shop, key, order.account, order.amount))

    def ask(self, charge: Charge) -> None:
        if charge.key in self.clerks:
            self.send(self.accounts, charge)
            self.after(self.retry_ms, self.ask, charge)

    def on_done(self, sender: str, done: Done) -> None:
        if done.key in self.clerks:
            self.send(self.clerks.pop(done.key), Paid(int(done.key)))

    def on_refused(self, sender: str, refused: Refused) -> None:
        if refused.key in self.clerks:
            self.send(self.clerks.pop(refused.key), Declined(int(refused.key), refused.reason))

    def on_busy(self, sender: str, busy: Busy) -> None:
        pass  # the next time it asks, it will know more
