"""The messages of this exercise, and the customers of the bank. Given; nothing to do here.

You may define messages of your own beside these.
"""

from harness import Node, message

# --- what customers ask ---


@message
class Deposit:
    """asks {to}: deposit {amount} to {account} (key {key})"""

    key: str
    account: str
    amount: int


@message
class Transfer:
    """asks {to}: transfer {amount} from {source} to {target} (key {key})"""

    key: str
    source: str
    target: str
    amount: int


@message
class BalanceOf:
    """asks {to}: what is on {account}? (key {key})"""

    key: str
    account: str


@message
class Audit:
    """asks {to}: what is on every account? (key {key})"""

    key: str


# --- what they are told ---


@message
class Done:
    """answers {to}: {key} is done"""

    key: str


@message
class Refused:
    """answers {to}: {key} is refused ({reason})"""

    key: str
    reason: str


@message
class Balance:
    """answers {to}: {account} has {amount} (key {key})"""

    key: str
    account: str
    amount: int


@message
class Books:
    """answers {to}: the books say {balances} (key {key})"""

    key: str
    balances: dict[str, int]


@message
class NotLeader:
    """answers {to}: ask {leader} about {key}, not me"""

    key: str
    leader: str | None


@message
class Unavailable:
    """answers {to}: no word on {key} for now"""

    key: str


# --- what the replicas may tell one another ---


@message
class Append:
    """tells {to}, as leader of term {term}: from place {start} on my log holds {entries}; {committed} entries are committed"""

    term: int
    start: int
    entries: tuple[tuple[str, Deposit | Transfer | BalanceOf | Audit], ...]
    committed: int


@message
class Appended:
    """answers {to}: on my disk are the first {length} entries of your log of term {term}"""

    term: int
    length: int


# --- who asks ---


class Customer(Node):
    """Asks for one thing after the other. While it is not told, it asks again, under the same key, at another replica.

    Given: requests (what to ask for, in order), replicas (whom it may ask), start_ms (when to begin), retry_ms (how patient it is).
    """

    requests: tuple[Deposit | Transfer | BalanceOf | Audit, ...]
    replicas: tuple[str, ...]
    start_ms: int
    retry_ms: int

    def on_start(self) -> None:
        self.open = list(self.requests)
        self.place = 0  # which replica it asks
        self.timer = self.after(self.start_ms, self.ask)

    def ask(self) -> None:
        self.cancel(self.timer)
        if self.open:
            self.send(self.replicas[self.place], self.open[0])
            self.timer = self.after(self.retry_ms, self.ask_another)

    def ask_another(self) -> None:
        self.place = (self.place + 1) % len(self.replicas)
        self.ask()

    def told(self, key: str) -> None:
        if self.open and self.open[0].key == key:
            del self.open[0]
            self.ask()

    def on_done(self, sender: str, done: Done) -> None:
        self.told(done.key)

    def on_refused(self, sender: str, refused: Refused) -> None:
        self.told(refused.key)

    def on_balance(self, sender: str, balance: Balance) -> None:
        self.told(balance.key)

    def on_books(self, sender: str, books: Books) -> None:
        self.told(books.key)

    def on_not_leader(self, sender: str, answer: NotLeader) -> None:
        if self.open and self.open[0].key == answer.key and sender == self.replicas[self.place]:
            hint = answer.leader if answer.leader in self.replicas and answer.leader != sender else None
            self.place = self.replicas.index(hint) if hint else (self.place + 1) % len(self.replicas)
            self.cancel(self.timer)
            self.timer = self.after(self.retry_ms // 8, self.ask)

    def on_unavailable(self, sender: str, answer: Unavailable) -> None:
        self.on_not_leader(sender, NotLeader(answer.key, None))
