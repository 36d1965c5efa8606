"""B18: only the leader that prepared a transfer may decide it

Misconception: It has begun it, so it will finish it.
Why it breaks: It dies in between. The accounts stay locked, and everybody who needs them waits for ever.
Hint: The leader dies between preparing a transfer and deciding it. Who is to decide it now?
Lesson: docs/lessons/10-bank.md#open-again
Fails: majority_first, crash_anywhere, same_books
Steps: 5
"""

from bank_election import Elector
from bank_protocol import Append, Appended, Audit, Balance, BalanceOf, Books, Deposit, Done, NotLeader, Refused, Transfer

from harness import message

Request = Deposit | Transfer | BalanceOf | Audit
Answer = Done | Refused | Balance | Books


@message
class Decision:
    """commit or abort {key} of {customer}: {commits}"""

    customer: str
    key: str
    commits: bool


class Bank(Elector):
    """On disk: the log, and the term of the leader whose log it is. An entry is (customer, request)."""

    def on_start(self) -> None:
        super().on_start()
        self.log_term, self.log = self.disk.get("log", (0, ()))
        self.committed = 0  # how many entries are carried out; everything below follows from them
        self.locks: dict[str, tuple[str, str]] = {}  # account -> the transfer that has it
        self.prepared: dict[tuple[str, str], tuple[Transfer, bool]] = {}  # with its vote
        self.mine: set[tuple[str, str]] = set()  # transfers that this replica has to decide
        self.queue: list[tuple[str, Request]] = []  # waits for a lock
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
        self.decide_prepared()  # to be sent with the next heartbeat

    def on_appended(self, sender: str, appended: Appended) -> None:
        if self.leads() and appended.term == self.term:
            self.held[sender] = max(self.held[sender], appended.length)
            self.count()

    def count(self) -> None:
        """Commit what is on more than half of all disks."""
        lengths = sorted([len(self.log), *self.held.values()])
        for customer, answer in self.commit(lengths[(len(lengths) - 1) // 2]):
            self.send(customer, answer)
        if not self.peers and self.prepared:
            self.decide_prepared()
            self.count()

    def commit(self, length: int) -> list[tuple[str, Answer]]:
        new = self.log[self.committed : length]
        self.committed = max(self.committed, length)
        answers = []
        for customer, request in new:
            if isinstance(request, Decision):
                answers += self.finish(request)
            else:
                answers += self.begin(customer, request)
        return answers

    def begin(self, customer: str, request: Request) -> list[tuple[str, Answer]]:
        """Carry out what needs no lock; prepare a transfer, or queue it behind the one that has its accounts."""
        name = customer, request.key
        if isinstance(request, Transfer) and request.amount > 0 and name not in self.decided:
            if name in self.prepared:
                same = self.prepared[name][0] == request
                return [] if same else [(customer, Refused(request.key, "reused"))]
            if request.source in self.locks or request.target in self.locks:
                self.queue.append((customer, request))
                return []
            self.locks[request.source] = self.locks[request.target] = name
            self.prepared[name] = (request, self.balances.get(request.source, 0) >= request.amount)
            if self.leads():
                self.mine.add(name)
            return []
        return self.reads_wait(customer, request)

    def reads_wait(self, customer: str, request: Request) -> list[tuple[str, Answer]]:
        """Balances are told between two transfers, never in the middle of one; deposits wait as well."""
        if self.prepared and (customer, request.key) not in self.decided:
            self.queue.append((customer, request))
            return []
        return [(customer, self.carry_out(customer, request))]

    def finish(self, decision: Decision) -> list[tuple[str, Answer]]:
        """The second phase: carry a recorded decision out, on both halves, and let go of the locks."""
        name = decision.customer, decision.key
        if name not in self.prepared:
            return []
        transfer, _ = self.prepared.pop(name)
        self.locks = {account: owner for account, owner in self.locks.items() if owner != name}
        answers = [(decision.customer, self.carry_out(decision.customer, transfer))]
        waiting, self.queue = self.queue, []
        for customer, request in waiting:
            answers += self.begin(customer, request)
        return answers

    def decide_prepared(self) -> None:
        """The coordinator is whoever leads: it records a decision for everything that is prepared and has none in the log yet."""
        under_way = {(item.customer, item.key) for _, item in self.log[self.committed :] if isinstance(item, Decision)}
        for (customer, key), (_, vote) in self.prepared.items():
            if (customer, key) not in under_way and (customer, key) in self.mine:
                self.save((*self.log, ("", Decision(customer, key, vote))))

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
