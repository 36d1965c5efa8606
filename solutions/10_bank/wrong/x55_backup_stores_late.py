"""X55: the primary answers when it has sent its state, not when it is stored

Misconception: The network will deliver it.
Why it breaks: The primary dies, and the message was lost.
Hint: You have told a customer Done, and die. Who else knows of it?
Lesson: docs/lessons/10-bank.md#a-majority-first
Fails: majority_first, always_open, crash_anywhere, old_leader, one_bank
Steps: 4
"""

from bank_election import Elector
from bank_protocol import Audit, Balance, BalanceOf, Books, Deposit, Done, NotLeader, Refused, Transfer, Unavailable

from harness import message


@message
class State:
    """sends {to} version {version} of the state, as primary of term {term}"""

    term: int
    version: int
    books: dict[str, int]
    answers: dict[tuple[str, str], tuple[object, object]]


@message
class Stored:
    """answers {to}: version {version} of term {term} is on my disk"""

    term: int
    version: int


class Bank(Elector):
    """The state is on disk as (term, version, books, answers). Answers wait until a majority has stored the version they belong to."""

    def on_start(self) -> None:
        super().on_start()
        self.epoch, self.version, books, answers = self.disk.get("state", (0, 0, {}, {}))
        self.books, self.answers = dict(books), dict(answers)
        self.stored = {}
        self.waiting = []  # (version, customer, answer)

    def progress(self) -> tuple[int, int]:
        return self.epoch, self.version

    def elected(self) -> None:
        self.stored = dict.fromkeys(self.peers, -1)
        self.waiting = []
        self.store()

    def store(self) -> None:
        self.epoch = self.term
        self.disk["state"] = (self.epoch, self.version, self.books, self.answers)

    def replicate(self) -> None:
        self.broadcast(State(self.term, self.version, self.books, self.answers))

    def on_state(self, sender: str, state: State) -> None:
        if self.follows(sender, state.term) and (state.term, state.version) >= (self.epoch, self.version):
            if (state.term, state.version) > (self.epoch, self.version):
                self.version, self.books, self.answers = state.version, dict(state.books), dict(state.answers)
                self.store()
            self.send(sender, Stored(state.term, state.version))

    def on_stored(self, sender: str, stored: Stored) -> None:
        if self.leads() and stored.term == self.term:
            self.stored[sender] = max(self.stored[sender], stored.version)
            self.answer()

    def answer(self) -> None:
        safe = self.version
        for _, customer, answer in [item for item in self.waiting if item[0] <= safe]:
            self.send(customer, answer)
        self.waiting = [item for item in self.waiting if item[0] > safe]

    def on_deposit(self, sender: str, deposit: Deposit) -> None:
        self.change(sender, deposit)

    def on_transfer(self, sender: str, transfer: Transfer) -> None:
        self.change(sender, transfer)

    def change(self, customer: str, request: Deposit | Transfer) -> None:
        if not self.leads():
            self.send(customer, NotLeader(request.key, self.leader) if self.leader else Unavailable(request.key))
            return
        name = customer, request.key
        if name in self.answers and self.answers[name][0] != request:
            self.respond(customer, Refused(request.key, "reused"))
            return
        if name not in self.answers:
            self.answers[name] = (request, self.carry_out(request))
            self.version += 1
            self.store()
            self.replicate()
        self.respond(customer, self.answers[name][1])

    def carry_out(self, request: Deposit | Transfer) -> Done | Refused:
        moves = {request.account: request.amount} if isinstance(request, Deposit) else {request.source: -request.amount}
        if request.amount <= 0:
            return Refused(request.key, "amount")
        if isinstance(request, Transfer):
            if self.books.get(request.source, 0) < request.amount:
                return Refused(request.key, "funds")
            moves[request.target] = moves.get(request.target, 0) + request.amount
        for account, amount in moves.items():
            self.books[account] = self.books.get(account, 0) + amount
        return Done(request.key)

    def on_balance_of(self, sender: str, question: BalanceOf) -> None:
        self.read(sender, question.key, Balance(question.key, question.account, self.books.get(question.account, 0)))

    def on_audit(self, sender: str, audit: Audit) -> None:
        self.read(sender, audit.key, Books(audit.key, self.books))

    def read(self, customer: str, key: str, answer: Balance | Books) -> None:
        """A read is a new version too, in which nothing has changed: that way it is answered only by who still is primary."""
        if self.leads():
            self.version += 1
            self.store()
            self.respond(customer, answer)
            self.replicate()
        else:
            self.send(customer, NotLeader(key, self.leader))

    def respond(self, customer: str, answer: object) -> None:
        self.waiting.append((self.version, customer, answer))
        self.answer()
