"""Y16: the leader's lease is 30 ms longer than what its followers promise

Misconception: Nobody is elected within 30 ms.
Why it breaks: In a fast network a new leader is elected, and has answered, a few milliseconds after the promise is over.
Hint: Who may be sure of what, and until when? Write both times on one line.
Lesson: docs/lessons/10-bank.md#yesterdays-leader
Fails: old_leader
"""

from bank_election import Elector, RequestVote
from bank_protocol import Append, Appended, Audit, Balance, BalanceOf, Books, Deposit, Done, NotLeader, Refused, Transfer

from harness import message

Request = Deposit | Transfer | BalanceOf | Audit
Answer = Done | Refused | Balance | Books


LEASE_MS = 310  # well below everybody's patience, clocks that drift included
PROMISE_MS = 280  # so long a follower elects nobody else


@message
class Renew:
    """asks {to} in term {term} for another lease (asked at {asked_ms})"""

    term: int
    asked_ms: int


@message
class Renewed:
    """answers {to} in term {term}: the lease asked for at {asked_ms} is granted"""

    term: int
    asked_ms: int


class Bank(Elector):
    """On disk: the log, and the term of the leader whose log it is. An entry is (customer, request)."""

    def on_start(self) -> None:
        super().on_start()
        self.log_term, self.log = self.disk.get("log", (0, ()))
        self.committed = 0  # how many entries are carried out; everything below follows from them
        self.promised_until_ms = self.clock.monotonic_ms() + PROMISE_MS  # whatever it promised before a crash
        self.renewed_ms: dict[str, int] = {}
        self.balances: dict[str, int] = {}
        self.decided: dict[tuple[str, str], tuple[Request, Answer]] = {}  # by customer and key

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
        if isinstance(request, BalanceOf | Audit) and self.has_lease():
            self.send(customer, self.carry_out(customer, request))
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
        self.at_election = len(self.log)
        self.renewed_ms = dict.fromkeys(self.peers, -LEASE_MS)
        self.held = dict.fromkeys(self.peers, 0)  # how many entries of this term's log each peer has on disk
        self.count()

    def replicate(self) -> None:
        for peer, start in self.held.items():
            self.send(peer, Append(self.term, start, self.log[start:], self.committed))

        self.broadcast(Renew(self.term, self.clock.monotonic_ms()))

    def on_renew(self, sender: str, renew: Renew) -> None:
        if self.follows(sender, renew.term):
            self.promised_until_ms = self.clock.monotonic_ms() + PROMISE_MS
            self.send(sender, Renewed(renew.term, renew.asked_ms))

    def on_renewed(self, sender: str, renewed: Renewed) -> None:
        if self.leads() and renewed.term == self.term:
            self.renewed_ms[sender] = max(self.renewed_ms[sender], renewed.asked_ms)

    def on_request_vote(self, sender: str, request: RequestVote) -> None:
        if self.clock.monotonic_ms() >= self.promised_until_ms:
            super().on_request_vote(sender, request)

    def has_lease(self) -> bool:
        since_ms = sorted([self.clock.monotonic_ms(), *self.renewed_ms.values()])[len(self.peers) // 2]
        return self.clock.monotonic_ms() < since_ms + LEASE_MS and self.committed >= self.at_election

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
