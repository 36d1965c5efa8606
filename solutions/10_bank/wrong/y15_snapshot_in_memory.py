"""Y15: a snapshot that brings a sleeper up to date is not written down

Misconception: The leader has it on its disk.
Why it breaks: The sleeper confirms one request more, which came with the snapshot, and the leader answers. Then it dies, and the sleeper
    restarts: it has nothing of all that.
Hint: You tell the leader how much you have. Where do you have it?
Lesson: docs/lessons/10-bank.md#a-majority-first
Fails: crash_anywhere
"""

from bank_election import Elector
from bank_protocol import Append, Appended, Audit, Balance, BalanceOf, Books, Deposit, Done, NotLeader, Refused, Transfer

from harness import message

Request = Deposit | Transfer | BalanceOf | Audit
Answer = Done | Refused | Balance | Books


@message
class Snapshot:
    """tells {to}, as leader of term {term}: the first {length} entries come to these books and answers; {rest} follow"""

    term: int
    length: int
    balances: dict[str, int]
    decided: dict[tuple[str, str], tuple[Request, Answer]]
    rest: tuple[tuple[str, Request], ...]


class Bank(Elector):
    """On disk: the log, and the term of the leader whose log it is. An entry is (customer, request)."""

    def on_start(self) -> None:
        super().on_start()
        # the log on disk begins after the snapshot: (term, how many entries the snapshot stands for, the rest)
        self.log_term, self.cut, self.log = self.disk.get("log", (0, 0, ()))
        balances, decided = self.disk.get("snapshot", ({}, {}))
        self.balances: dict[str, int] = dict(balances)
        self.decided: dict[tuple[str, str], tuple[Request, Answer]] = dict(decided)
        self.committed = self.cut

    # --- the books: the same on every replica, because nothing goes in but the log ---

    def carry_out(self, customer: str, request: Request) -> Answer:
        if isinstance(request, BalanceOf):
            return Balance(request.key, request.account, self.balances.get(request.account, 0))
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
        self.disk["log"] = (self.log_term, self.cut, log)

    def length(self) -> int:
        return self.cut + len(self.log)

    def compact(self) -> None:
        """Put everything that is committed into the snapshot."""
        if self.committed - self.cut >= 4:
            self.log = self.log[self.committed - self.cut :]
            self.cut = self.committed
            self.save_snapshot()

    def save_snapshot(self) -> None:
        with self.disk.atomic():
            self.disk["snapshot"] = (self.balances, self.decided)
            self.disk["log"] = (self.log_term, self.cut, self.log)

    def on_snapshot(self, sender: str, snapshot: Snapshot) -> None:
        if not self.follows(sender, snapshot.term):
            return
        if self.log_term < snapshot.term or snapshot.length + len(snapshot.rest) > self.length():
            if snapshot.length > self.committed:
                self.balances, self.decided = dict(snapshot.balances), dict(snapshot.decided)
            self.cut = self.committed = max(snapshot.length, self.committed)
            # the whole log of the leader: what has only a part of it must not bear its term, or it could win against one that has all
            self.log_term, self.log = snapshot.term, snapshot.rest[self.cut - snapshot.length :]
        self.send(sender, Appended(self.term, self.length()))

    def progress(self) -> tuple[int, int]:
        return self.log_term, self.length()

    def elected(self) -> None:
        self.save(self.log)  # from now on it is the log of this term
        self.held = dict.fromkeys(self.peers, 0)  # how many entries of this term's log each peer has on disk
        self.count()

    def replicate(self) -> None:
        for peer, start in self.held.items():
            if start < self.cut:
                rest = self.log[self.committed - self.cut :]
                self.send(peer, Snapshot(self.term, self.committed, self.balances, self.decided, rest))
            else:
                self.send(peer, Append(self.term, start, self.log[start - self.cut :], self.committed))

    def on_appended(self, sender: str, appended: Appended) -> None:
        if self.leads() and appended.term == self.term:
            self.held[sender] = max(self.held[sender], appended.length)
            self.count()

    def count(self) -> None:
        """Commit what is on more than half of all disks."""
        lengths = sorted([self.length(), *self.held.values()])
        for customer, answer in self.commit(lengths[(len(lengths) - 1) // 2]):
            self.send(customer, answer)

    def commit(self, length: int) -> list[tuple[str, Answer]]:
        new = self.log[self.committed - self.cut : length - self.cut]
        self.committed += len(new)
        answers = [(customer, self.carry_out(customer, request)) for customer, request in new]
        self.compact()
        return answers

    # --- the others ---

    def on_append(self, sender: str, append: Append) -> None:
        if not self.follows(sender, append.term):
            return
        if self.log_term < append.term:
            # of the log of an older term only what was committed can be relied on
            known = append.start + len(append.entries)
            if append.start > self.cut or known < self.committed:
                self.send(sender, Appended(self.term, 0))
                return
            self.save(append.entries[self.cut - append.start :])
        else:
            longer = append.start + len(append.entries) - self.length()
            if append.start <= self.length() and longer > 0:
                self.save((*self.log, *append.entries[-longer:]))
        self.commit(append.committed)
        self.send(sender, Appended(self.term, self.length()))
