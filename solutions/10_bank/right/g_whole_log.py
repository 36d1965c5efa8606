"""The leader sends its whole log each time, and a follower takes it if it is longer or of a newer term."""

from bank_election import Elector
from bank_protocol import Audit, Balance, BalanceOf, Books, Deposit, Done, NotLeader, Refused, Transfer

from harness import message


@message
class Log:
    """sends {to} the log of term {term}"""

    term: int
    entries: tuple[tuple[str, object], ...]
    safe: int


@message
class Got:
    """answers {to}: has {length} of term {term}"""

    term: int
    length: int


class Bank(Elector):
    def on_start(self) -> None:
        super().on_start()
        self.stamp, self.entries = self.disk.get("log", (0, ()))
        self.safe = 0
        self.got = {}

    def progress(self):
        return (self.stamp, len(self.entries))

    def write(self, stamp, entries):
        self.stamp, self.entries = stamp, entries
        self.disk["log"] = (stamp, entries)

    def elected(self):
        self.write(self.term, self.entries)
        self.got = {}
        self.settle()

    def replicate(self):
        self.broadcast(Log(self.term, self.entries, self.safe))

    def on_log(self, sender, log):
        if not self.follows(sender, log.term):
            return
        if (log.term, len(log.entries)) > (self.stamp, len(self.entries)):
            self.write(log.term, log.entries)
        self.safe = max(self.safe, log.safe)
        self.send(sender, Got(self.stamp, len(self.entries)))

    def on_got(self, sender, got):
        if self.leads() and got.term == self.term:
            self.got[sender] = max(got.length, self.got.get(sender, 0))
            self.settle()

    def settle(self):
        for length in range(self.safe + 1, len(self.entries) + 1):
            if 1 + sum(has >= length for has in self.got.values()) > (len(self.peers) + 1) // 2:
                answers = self.replay(length)
                for customer, answer in answers[self.safe :]:
                    self.send(customer, answer)
                self.safe = length

    def replay(self, length):
        """Nothing is kept: the books are made from the first entry on, every time."""
        books, known, answers = {}, {}, []
        for customer, request in self.entries[:length]:
            if isinstance(request, BalanceOf):
                answer = Balance(request.key, request.account, books.get(request.account, 0))
            elif isinstance(request, Audit):
                answer = Books(request.key, books)
            else:
                name = (customer, request.key)
                if name not in known:
                    known[name] = (request, self.do(books, request))
                answer = known[name][1] if known[name][0] == request else Refused(request.key, "reused")
            answers.append((customer, answer))
        return answers

    def do(self, books, request):
        if request.amount < 1:
            return Refused(request.key, "amount")
        if type(request) is Deposit:
            books[request.account] = books.get(request.account, 0) + request.amount
        elif books.get(request.source, 0) >= request.amount:
            books[request.source] -= request.amount
            books[request.target] = books.get(request.target, 0) + request.amount
        else:
            return Refused(request.key, "funds")
        return Done(request.key)

    def on_deposit(self, sender, request):
        if not self.leads():
            self.send(sender, NotLeader(request.key, self.leader))
        elif (sender, request) not in self.entries[self.safe :]:  # a copy of what is under way need not be written twice
            self.write(self.stamp, (*self.entries, (sender, request)))
            self.replicate()
            self.settle()

    def on_transfer(self, sender: str, request: Transfer):
        self.on_deposit(sender, request)

    def on_balance_of(self, sender, request):
        self.on_deposit(sender, request)

    def on_audit(self, sender, request):
        self.on_deposit(sender, request)
