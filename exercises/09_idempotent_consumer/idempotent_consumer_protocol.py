"""The messages of this exercise, and two machines that are given. Nothing to do here.

An account belongs to a customer. A shop puts money in and charges it. Every such request carries a *key* that its shop made up:
the same key means the same request, sent again. Amounts are whole numbers from 1 up.
"""

from harness import Node, message

# --- between a shop and the accounts ---


@message
class Deposit:
    """asks to add {amount} to {account}; key {key} of {shop}"""

    shop: str
    key: str
    account: str
    amount: int


@message
class Charge:
    """asks to take {amount} from {account}; key {key} of {shop}"""

    shop: str
    key: str
    account: str
    amount: int


@message
class Done:
    """answers key {key} of {shop}: done, balance {balance}"""

    shop: str
    key: str
    balance: int  # of the account, right after this request was carried out


@message
class Refused:
    """answers key {key} of {shop}: refused, {reason}"""

    shop: str
    key: str
    reason: str  # "funds", "risk" or "reused"


@message
class Busy:
    """answers key {key} of {shop}: not decided yet"""

    shop: str
    key: str


@message
class BalanceOf:
    """asks for the balance of {account}"""

    account: str


@message
class Balance:
    """answers: {account} has {amount}"""

    account: str
    amount: int


# --- between the accounts and the risk desk ---


@message
class Assess:
    """asks whether {shop} may take {amount} from {account}; key {key}"""

    shop: str
    key: str
    account: str
    amount: int


@message
class Assessed:
    """answers key {key} of {shop}, {amount} from {account}: allowed is {allowed}"""

    shop: str
    key: str
    account: str
    amount: int
    allowed: bool


# --- between the accounts and the mailer ---


@message
class Receipt:
    """has receipt {id} for {to}: {account} paid {amount}"""

    id: str  # two receipts with the same id are one and the same to the mailer
    account: str
    amount: int


@message
class Noted:
    """has noted receipt {id}"""

    id: str


# --- between a clerk and a till ---


@message
class Order:
    """wants order {number}: {amount} from {account}"""

    number: int  # no two orders of a shop have the same
    account: str
    amount: int


@message
class Paid:
    """order {number} is paid"""

    number: int


@message
class Declined:
    """order {number} is declined: {reason}"""

    number: int
    reason: str


# --- given machines ---


class RiskDesk(Node):
    """Allows every charge, except to accounts on its list. It remembers nothing.

    Set before on_start runs:
        self.blocked  accounts that may not be charged
    """

    blocked: tuple[str, ...]

    def on_assess(self, sender: str, ask: Assess) -> None:
        self.send(sender, Assessed(ask.shop, ask.key, ask.account, ask.amount, ask.account not in self.blocked))


class Mailer(Node):
    """Mails every receipt to the customer: once per id, however often it arrives."""

    def on_receipt(self, sender: str, receipt: Receipt) -> None:
        if receipt.id not in self.disk:
            self.disk[receipt.id] = (receipt.account, receipt.amount)  # this is where the letter goes out
        self.send(sender, Noted(receipt.id))
