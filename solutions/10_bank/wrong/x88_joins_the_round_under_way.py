"""X88: a question joins the round that is under way

Misconception: One round for all questions that wait saves messages, and says that this replica leads.
Why it breaks: It says that this replica led when the round was begun. Another leader may have carried something out since, before this
question was asked.
Hint: A follower says: I follow you. Did it say so before or after the customer asked, and which of the two do you need?
Lesson: docs/lessons/10-bank.md#yesterdays-leader
Fails: old_leader
Steps: 12
"""

from bank_election import Elector
from bank_protocol import Append, Appended, Audit, Balance, BalanceOf, Books, Deposit, Done, NotLeader, Refused, Transfer

from harness import message

Request = Deposit | Transfer | BalanceOf | Audit
Answer = Done | Refused | Balance | Books


@message
class StillThere:
    """asks {to} in term {term} whether it still follows (round {number})"""

    term: int
    number: int


@message
class Here:
    """answers {to} in term {term}: I do (round {number})"""

    term: int
    number: int


class Bank(Elector):
    """On disk: the log, and the term of the leader whose log it is. An entry is (customer, request)."""

    def on_start(self) -> None:
        super().on_start()
        self.log_term, self.log = self.disk.get("log", (0, ()))
        self.committed = 0  # how many entries are carried out; everything below follows from them
        self.round = 0
        self.rounds: dict[int, set[str]] = {}  # who has answered which round
        self.reads: list[tuple[int, int, str, Request]] = []  # round, how much must be committed, who asks what
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
        if isinstance(request, BalanceOf | Audit):
            if not self.reads:
                self.round += 1
                self.rounds[self.round] = {self.id}
            # the log as it was at the election has to be committed: earlier leaders have answered from it
            self.reads.append((self.round, max(self.committed, self.at_election), customer, request))
            self.broadcast(StillThere(self.term, self.round))
            self.serve()
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
        self.rounds.clear()
        self.reads.clear()
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
        self.serve()

    def on_still_there(self, sender: str, question: StillThere) -> None:
        if self.follows(sender, question.term):
            self.send(sender, Here(question.term, question.number))

    def on_here(self, sender: str, answer: Here) -> None:
        if self.leads() and answer.term == self.term and answer.number in self.rounds:
            self.rounds[answer.number].add(sender)
            self.serve()

    def serve(self) -> None:
        """Answer the reads whose round a majority has confirmed, once the log is carried out far enough."""
        waiting = []
        for number, needed, customer, request in self.reads:
            if len(self.rounds[number]) > (len(self.peers) + 1) // 2 and self.committed >= needed:
                self.send(customer, self.carry_out(customer, request))
            else:
                waiting.append((number, needed, customer, request))
        self.reads = waiting

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
