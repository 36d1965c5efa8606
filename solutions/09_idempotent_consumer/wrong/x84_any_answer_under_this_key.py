"""X84: an answer of the risk desk is for the charge that waits under its key, whatever it says

Misconception: Only one charge waits under a key, so every answer with this key is about it.
Why it breaks: The accounts have crashed, and asked about another charge before. What was allowed was that one.
Hint: Which request did the risk desk speak of?
Lesson: docs/lessons/09-idempotent-consumer.md#look-again-before-you-act
Fails: in_flight
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
    """On disk: "state" -> {"balances", "answers", "outbox", "next"}; memory holds a copy that may be changed."""

    risk: str
    mailer: str
    retry_ms: int
    horizon_ms: int

    def on_start(self) -> None:
        saved = self.disk.get("state", {"balances": {}, "answers": {}, "outbox": {}, "next": 1})
        self.state = {name: dict(part) if name != "next" else part for name, part in saved.items()}
        self.pending = {}
        self.timer = None
        self.push()

    def save(self) -> None:
        self.disk["state"] = self.state

    def on_balance_of(self, sender: str, question: BalanceOf) -> None:
        self.send(sender, Balance(question.account, self.state["balances"].get(question.account, 0)))

    def known(self, sender: str, request) -> bool:
        entry = self.state["answers"].get((request.shop, request.key))
        if entry is not None:
            same = entry[0] == repr(request)
            self.send(sender, entry[1] if same else Refused(request.shop, request.key, "reused"))
        return entry is not None

    def on_deposit(self, sender: str, deposit: Deposit) -> None:
        if self.known(sender, deposit):
            return
        self.decide(sender, deposit, deposit.amount, "")

    def on_charge(self, sender: str, charge: Charge) -> None:
        if self.known(sender, charge):
            return
        pending = self.pending.get((charge.shop, charge.key))
        if pending is not None and pending[0] != charge:
            self.send(sender, Refused(charge.shop, charge.key, "reused"))
        elif pending is not None:
            pending[1].append(sender)
        else:
            self.pending[charge.shop, charge.key] = (charge, [sender])
            self.ask(charge)

    def ask(self, charge: Charge) -> None:
        """Ask the risk desk until it has answered, without waiting for retries."""
        if (charge.shop, charge.key) in self.pending:
            self.send(self.risk, Assess(charge.shop, charge.key, charge.account, charge.amount))
            self.after(self.retry_ms, self.ask, charge)

    def on_assessed(self, sender: str, assessed: Assessed) -> None:
        place = (assessed.shop, assessed.key)
        if place not in self.pending:
            return
        charge, senders = self.pending[place]
        del self.pending[place]
        first, *others = list(dict.fromkeys(senders))
        if not self.known(first, charge):
            if not assessed.allowed:
                self.decide(first, charge, 0, "risk")
            elif self.state["balances"].get(charge.account, 0) < charge.amount:
                self.decide(first, charge, 0, "funds")
            else:
                self.decide(first, charge, -charge.amount, "")
        for other in others:
            self.known(other, charge)

    def decide(self, asker: str, request, change: int, reason: str) -> None:
        balances = self.state["balances"]
        balances[request.account] = balances.get(request.account, 0) + change
        answer = Done(request.shop, request.key, balances[request.account])
        if reason:
            answer = Refused(request.shop, request.key, reason)
        self.state["answers"][request.shop, request.key] = (repr(request), answer)
        if change < 0:
            name = f"receipt {self.state['next']}"
            self.state["next"] += 1
            self.state["outbox"][name] = Receipt(name, request.account, request.amount)
        self.save()
        self.send(asker, answer)
        self.push()

    def push(self) -> None:
        self.cancel(self.timer)
        self.timer = None
        for receipt in self.state["outbox"].values():
            self.send(self.mailer, receipt)
        if self.state["outbox"]:
            self.timer = self.after(self.retry_ms, self.push)

    def on_noted(self, sender: str, noted: Noted) -> None:
        if noted.id in self.state["outbox"]:
            del self.state["outbox"][noted.id]
            self.save()


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
