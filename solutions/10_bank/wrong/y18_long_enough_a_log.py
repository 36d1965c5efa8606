"""Y18: a follower answers questions when its log is as long as the leader's was

Misconception: What is in the log has happened.
Why it breaks: The entries are in its log, but it has not carried them out, since it does not know yet that a majority has them.
Hint: You have what was asked for in your log. Have you also carried it out?
Lesson: docs/lessons/10-bank.md#yesterdays-leader
Fails: old_leader
"""

from bank_election import Elector
from bank_protocol import Append, Appended, Audit, Balance, BalanceOf, Books, Deposit, Done, NotLeader, Refused, Transfer

from harness import message


@message
class WhereTo:
    """asks the leader {to}: how far must I be to answer question {number}?"""

    number: tuple[int, int]


@message
class ThatFar:
    """answers {to}: question {number} may be answered after {length} entries"""

    number: tuple[int, int]
    term: int
    length: int


@message
class StillMe:
    """asks {to}: do I still lead term {term}? ({round})"""

    term: int
    round: int


@message
class StillYou:
    """answers {to}: you lead term {term} ({round})"""

    term: int
    round: int


Request = Deposit | Transfer | BalanceOf | Audit
Answer = Done | Refused | Balance | Books


class Bank(Elector):
    """On disk: the log, and the term of the leader whose log it is. An entry is (customer, request)."""

    def on_start(self) -> None:
        super().on_start()
        self.life = self.disk.get("life", 0) + 1
        self.disk["life"] = self.life
        self.numbers_used = 0
        self.questions = {}  # number: (customer, request)
        self.due = []  # (length, term, customer, request)
        self.rounds = {}  # round: [length, who asks, number, those who agree]
        self.round = 0
        self.log_term, self.log = self.disk.get("log", (0, ()))
        self.committed = 0  # how many entries are carried out; everything below follows from them
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
        if isinstance(request, BalanceOf | Audit) and self.leader is not None:
            self.numbers_used += 1
            number = (self.life, self.numbers_used)
            self.questions[number] = (customer, request)
            if self.leads():
                self.on_where_to(self.id, WhereTo(number))
            else:
                self.send(self.leader, WhereTo(number))
            return
        if not self.leads():
            self.send(customer, NotLeader(request.key, self.leader))
            return
        self.save((*self.log, (customer, request)))
        self.replicate()
        self.count()

    def on_where_to(self, sender: str, ask: WhereTo) -> None:
        if self.leads() and self.committed >= self.at_election:
            self.round += 1
            self.rounds[self.round] = [self.committed, sender, ask.number, {self.id}]
            self.broadcast(StillMe(self.term, self.round))
            self.agreed(self.round)

    def on_still_me(self, sender: str, ask: StillMe) -> None:
        if self.follows(sender, ask.term):
            self.send(sender, StillYou(ask.term, ask.round))

    def on_still_you(self, sender: str, answer: StillYou) -> None:
        if self.leads() and answer.term == self.term and answer.round in self.rounds:
            self.rounds[answer.round][3].add(sender)
            self.agreed(answer.round)

    def agreed(self, round: int) -> None:
        length, who, number, yes = self.rounds[round]
        if len(yes) > (len(self.peers) + 1) // 2:
            del self.rounds[round]
            answer = ThatFar(number, self.term, length)
            if who == self.id:
                self.on_that_far(who, answer)
            else:
                self.send(who, answer)

    def on_that_far(self, sender: str, answer: ThatFar) -> None:
        if answer.number in self.questions:
            customer, request = self.questions.pop(answer.number)
            self.due.append((answer.length, answer.term, customer, request))
            self.answer_due()

    def answer_due(self) -> None:
        later = []
        for length, term, customer, request in self.due:
            if len(self.log) >= length:
                self.send(customer, self.carry_out(customer, request))
            else:
                later.append((length, term, customer, request))
        self.due = later

    on_deposit = on_transfer = on_balance_of = on_audit = ask

    def save(self, log: tuple[tuple[str, Request], ...]) -> None:
        self.log_term, self.log = self.term, log
        self.disk["log"] = (self.log_term, log)

    def progress(self) -> tuple[int, int]:
        return self.log_term, len(self.log)

    def elected(self) -> None:
        self.save(self.log)  # from now on it is the log of this term
        self.at_election, self.rounds = len(self.log), {}
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
        answers = [(customer, self.carry_out(customer, request)) for customer, request in new]
        self.answer_due()
        return answers

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
