"""Pay once, however often it is asked: keys, stored answers, an outbox.

Two machines, in steps. After each step run `course test 09` (or `pytest exercises/09_idempotent_consumer`).
"""

from idempotent_consumer_protocol import (  # you will need them all, except perhaps Busy
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
    """Keeps customers' balances, and carries out each request once, however often it arrives.

    Every account begins at 0. What must survive a crash belongs on self.disk, a mapping; `with self.disk.atomic():` makes several
    writes one. Set up memory and timers in on_start(self), which runs at boot and again after every crash.

    Set before on_start runs:
        self.risk        name of the risk desk
        self.mailer      name of the mailer
        self.retry_ms    a good time to wait before sending something again
        self.horizon_ms  how long a key must be remembered, at least
    """

    risk: str
    mailer: str
    retry_ms: int
    horizon_ms: int

    def on_deposit(self, sender: str, deposit: Deposit) -> None:
        """Step 1: add `deposit.amount` to `deposit.account`; send Done with the new balance to `sender`.

        Step 2: the same key again, from the same shop, changes nothing and gets the very answer that the first one got.
        Step 3: the same key with another account, amount or kind of request changes nothing and gets Refused, reason "reused".
        """
        raise NotImplementedError("step 1: add the amount, send Done; steps 2 and 3: look the key up first")

    def on_balance_of(self, sender: str, question: BalanceOf) -> None:
        """Step 1 too: send Balance with what `question.account` has."""
        raise NotImplementedError("step 1: answer with the account's balance")

    def on_charge(self, sender: str, charge: Charge) -> None:
        """Step 4: like a deposit, but the risk desk must be asked first: send Assess with the charge's four fields to self.risk.

        Until its answer is here nothing is decided. The same charge may arrive again meanwhile: wait on, or send Busy.
        """
        raise NotImplementedError("step 4: unless the key is known, send Assess to self.risk")

    def on_assessed(self, sender: str, assessed: Assessed) -> None:
        """Step 5: the risk desk's answer. Decide now, once and for all, and tell whoever sent the charge.

        Not allowed: Refused, reason "risk". Allowed, but the balance is too low: Refused, reason "funds". Else take the amount, send Done.
        """
        raise NotImplementedError("step 5: take the amount, or refuse the charge")

    def on_noted(self, sender: str, noted: Noted) -> None:
        """Step 6: the mailer has receipt `noted.id`; it need not be sent again.

        Every charge that is done has one receipt, under an id of its own. Send it to self.mailer until this answer comes.
        """
        raise NotImplementedError("step 6: send a Receipt for every charge that is done, until it is noted")


class Till(Node):
    """Stands in a shop and sends its orders to the accounts until it knows what became of them.

    Set before on_start runs:
        self.shop      the shop's name
        self.accounts  name of the machine with the accounts
        self.retry_ms  a good time to wait before asking again
    """

    shop: str
    accounts: str
    retry_ms: int

    def on_order(self, sender: str, order: Order) -> None:
        """Step 7: send Charge to self.accounts, and again until it is answered. Remember who wants the order: a clerk."""
        raise NotImplementedError("step 7: send Charge to self.accounts, again and again until it is answered")

    def on_done(self, sender: str, done: Done) -> None:
        """Step 8: send Paid to the clerk."""
        raise NotImplementedError("step 8: tell the clerk that the order is paid")

    def on_refused(self, sender: str, refused: Refused) -> None:
        """Step 9: send Declined to the clerk, with the reason."""
        raise NotImplementedError("step 9: tell the clerk that the order is declined")

    def on_busy(self, sender: str, busy: Busy) -> None:
        """Step 10: the accounts have not decided yet. What is there to do?"""
        raise NotImplementedError("step 10: the order is still open")
