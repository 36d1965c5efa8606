"""An append-only log is the only truth; after a restart everything is worked out from it again."""

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
    """On disk: numbers 0, 1, 2 ... -> ("settled", request, answer) or ("noted", id)."""

    risk: str
    mailer: str
    retry_ms: int
    horizon_ms: int

    def on_start(self) -> None:
        self.balances: dict[str, int] = {}
        self.answers: dict[tuple[str, str], tuple] = {}
        self.outbox: dict[str, Receipt] = {}
        self.length = 0
        self.askers: dict[Charge, list[str]] = {}
        while self.length in self.disk:
            self.play(self.disk[self.length])
        self.relay()

    def append(self, *entry) -> None:
        self.disk[self.length] = entry
        self.play(entry)

    def play(self, entry) -> None:
        if entry[0] == "settled":
            _, request, answer = entry
            self.answers[request.shop, request.key] = (request, answer)
            if isinstance(answer, Done):
                self.balances[request.account] = answer.balance
                if isinstance(request, Charge):
                    self.outbox[f"log-{self.length}"] = Receipt(f"log-{self.length}", request.account, request.amount)
        else:
            self.outbox.pop(entry[1], None)
        self.length += 1

    def on_balance_of(self, sender: str, question: BalanceOf) -> None:
        self.send(sender, Balance(question.account, self.balances.get(question.account, 0)))

    def reply(self, sender: str, request) -> bool:
        if (request.shop, request.key) not in self.answers:
            return False
        first, answer = self.answers[request.shop, request.key]
        if first != request:
            answer = Refused(request.shop, request.key, "reused")
        self.send(sender, answer)
        return True

    def on_deposit(self, sender: str, deposit: Deposit) -> None:
        if not self.reply(sender, deposit):
            new = self.balances.get(deposit.account, 0) + deposit.amount
            self.append("settled", deposit, Done(deposit.shop, deposit.key, new))
            self.reply(sender, deposit)

    def on_charge(self, sender: str, charge: Charge) -> None:
        if not self.reply(sender, charge):
            self.askers.setdefault(charge, []).append(sender)
            self.send(self.risk, Assess(charge.shop, charge.key, charge.account, charge.amount))

    def on_assessed(self, sender: str, assessed: Assessed) -> None:
        charge = Charge(assessed.shop, assessed.key, assessed.account, assessed.amount)
        if (charge.shop, charge.key) in self.answers:
            return
        new = self.balances.get(charge.account, 0) - charge.amount
        answer = Done(charge.shop, charge.key, new)
        if not assessed.allowed or new < 0:
            answer = Refused(charge.shop, charge.key, "funds" if assessed.allowed else "risk")
        self.append("settled", charge, answer)
        for asker in self.askers.pop(charge, [])[-1:]:
            self.reply(asker, charge)

    def relay(self) -> None:
        for receipt in self.outbox.values():
            self.send(self.mailer, receipt)
        self.after(2 * self.retry_ms, self.relay)

    def on_noted(self, sender: str, noted: Noted) -> None:
        if noted.id in self.outbox:
            self.append("noted", noted.id)


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
