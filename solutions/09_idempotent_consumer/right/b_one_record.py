"""Everything of a key, its request, answer and open receipt, is one record on disk; balances are added up from the records."""

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
    """On disk: (shop, key) -> (request, answer, receipt noted)."""

    risk: str
    mailer: str
    retry_ms: int
    horizon_ms: int

    def on_start(self) -> None:
        self.askers: dict[Charge, set[str]] = {}
        self.remind()

    def balance(self, account: str) -> int:
        total = 0
        for request, answer, _ in self.disk.values():
            if request.account == account and isinstance(answer, Done):
                total += request.amount if isinstance(request, Deposit) else -request.amount
        return total

    def on_balance_of(self, sender: str, question: BalanceOf) -> None:
        self.send(sender, Balance(question.account, self.balance(question.account)))

    def on_deposit(self, sender: str, deposit: Deposit) -> None:
        place = (deposit.shop, deposit.key)
        if place not in self.disk:
            balance = self.balance(deposit.account) + deposit.amount
            self.disk[place] = (deposit, Done(deposit.shop, deposit.key, balance), True)
        self.reply(sender, deposit)

    def on_charge(self, sender: str, charge: Charge) -> None:
        if (charge.shop, charge.key) in self.disk:
            self.reply(sender, charge)
        else:
            if charge in self.askers:
                self.send(sender, Busy(charge.shop, charge.key))
            self.askers.setdefault(charge, set()).add(sender)
            self.send(self.risk, Assess(charge.shop, charge.key, charge.account, charge.amount))

    def on_assessed(self, sender: str, assessed: Assessed) -> None:
        charge = Charge(assessed.shop, assessed.key, assessed.account, assessed.amount)
        place = (charge.shop, charge.key)
        if place not in self.disk:
            balance = self.balance(charge.account) - charge.amount
            if not assessed.allowed:
                self.disk[place] = (charge, Refused(*place, "risk"), True)
            elif balance < 0:
                self.disk[place] = (charge, Refused(*place, "funds"), True)
            else:
                self.disk[place] = (charge, Done(*place, balance), False)
                self.remind_of(place)
        for asker in sorted(self.askers.pop(charge, ())):
            self.reply(asker, charge)

    def reply(self, to: str, request) -> None:
        first, answer, _ = self.disk[request.shop, request.key]
        self.send(to, answer if first == request else Refused(request.shop, request.key, "reused"))

    def remind_of(self, place) -> None:
        charge = self.disk[place][0]
        self.send(self.mailer, Receipt(repr(place), charge.account, charge.amount))

    def remind(self) -> None:
        for place, (_, _, noted) in self.disk.items():
            if not noted:
                self.remind_of(place)
        self.after(self.retry_ms, self.remind)

    def on_noted(self, sender: str, noted: Noted) -> None:
        for place in list(self.disk):
            if repr(place) == noted.id:
                self.disk[place] = (*self.disk[place][:2], True)


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
