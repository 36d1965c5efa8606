"""Y27: the answer to a question for a balance is kept under the question, whoever asks

Misconception: The same question has the same answer.
Why it breaks: Somebody else asks under the same key, hours later, and is told what the first one was told.
Hint: Two customers ask the same question under the same key, one today, one tomorrow. What does each hear?
Lesson: docs/lessons/10-bank.md#one-moment-for-all
Fails: late_copies
May fail: always_open, old_leader, crash_anywhere, one_bank, majority_first
"""

from bank_election import Elector
from bank_protocol import Append, Appended, Audit, Balance, BalanceOf, Books, Deposit, Done, NotLeader, Refused, Transfer

Request = Deposit | Transfer | BalanceOf | Audit
Answer = Done | Refused | Balance | Books


class Bank(Elector):
    """On disk: the log, and the term of the leader whose log it is. An entry is (customer, request)."""

    def on_start(self) -> None:
        super().on_start()
        self.log_term, self.log = self.disk.get("log", (0, ()))
        self.committed = 0  # how many entries are carried out; everything below follows from them
        self.balances: dict[str, int] = {}
        self.decided: dict[tuple[str, str], tuple[Request, Answer]] = {}  # by customer and key

    # --- the books: the same on every replica, because nothing goes in but the log ---

    def carry_out(self, customer: str, request: Request) -> Answer:
        if isinstance(request, BalanceOf):
            return self.decided.setdefault(
                ("", request), (request, Balance(request.key, request.account, self.balances.get(request.account, 0)))
            )[1]
        if isinstance(request, Audit):
            return Books(request.key, self.balances)
        first, answer = self.decided.get((customer, request.key), (None, None))
        if answer is None:
            answer = self.decide(request)
            self.decided[customer, request.key] = (request, answer)
        elif first != request:
            return Refused(request.key, "reused")
        return answer

    def decide(self, request: Deposit | Transfer) -> Answer:
        if request.amount <= 0:
            return Refused(request.key, "amount")
        if isinstance(request, Deposit):
            self.add(request.account, request.amount)
        elif self.balances.get(request.source, 0) < request.amount:
            return Refused(request.key, "funds")
        else:
            self.add(request.source, -request.amount)
            self.add(request.target, request.amount)
        return Done(request.key)

    def add(self, account: str, amount: int) -> None:
        self.balances[account] = self.balances.get(account, 0) + amount

    # --- the leader ---

    def ask(self, customer: str, request: Request) -> None:
        if not self.leads():
            self.send(customer, NotLeader(request.key, self.leader))
            return
        self.save((*self.log, (customer, request)))
        self.replicate()
        self.count()

    on_deposit = on_transfer = on_balance_of = on_audit = ask

    def save(self, log: tuple[tuple[str, Request], ...]) -> None:
        self.log_term, self.log = self.term, log
        self.disk["log"] = (self.log_term, log)

    def progress(self) -> tuple[int, int]:
        return self.log_term, len(self.log)

    def elected(self) -> None:
        self.save(self.log)  # from now on it is the log of this term
        self.held = dict.fromkeys(self.peers, 0)  # how many entries of this term's log each peer has on disk
        self.count()

    def replicate(self) -> None:
        for peer, start in self.held.items():
            self.send(peer, Append(self.term, start, self.log[start:], self.committed))

    def on_appended(self, sender: str, appended: Appended) -> None:
        if self.leads() and appended.term == self.term:
            self.held[sender] = max(self.held[sender], appended.length)
            self.count()

    def count(self) -> None:
        """Commit what is on more than half of all disks."""
        lengths = sorted([len(self.log), *self.held.values()])
        for customer, answer in self.commit(lengths[(len(lengths) - 1) // 2]):
            self.send(customer, answer)

    def commit(self, length: int) -> list[tuple[str, Answer]]:
        new = self.log[self.committed : length]
        self.committed = max(self.committed, length)
        return [(customer, self.carry_out(customer, request)) for customer, request in new]

    # --- the others ---

    def on_append(self, sender: str, append: Append) -> None:
        if not self.follows(sender, append.term):
            return
        log = self.log if self.log_term == append.term else ()  # of the log of an older term nothing can be relied on
        longer = (*log[: append.start], *append.entries)
        if append.start <= len(log) and (self.log_term < append.term or len(longer) > len(log)):
            self.save(longer)
        if self.log_term == append.term:
            self.commit(append.committed)
            self.send(sender, Appended(self.term, len(self.log)))
