"""Y23: a replica writes its log to disk when it has become longer

Misconception: The disk needs what is new, and what is new makes the log longer.
Why it breaks: What takes the place of another entry is new as well. After a restart the old one is back, though the new one was confirmed.
Hint: The leader's entry takes the place of one of yours. How long is your log now, and what is on your disk?
Lesson: docs/lessons/10-bank.md#all-or-nothing
Fails: old_leader
"""

from bank_election import Elector
from bank_protocol import Audit, Balance, BalanceOf, Books, Deposit, Done, NotLeader, Refused, Transfer

from harness import message


@message
class AppendEntries:
    """tells {to}, as leader of term {term}: after place {before} (term {term_before}) come {entries}; {committed} are committed"""

    term: int
    before: int
    term_before: int
    entries: tuple[tuple[int, str, object], ...]
    committed: int


@message
class AppendAnswer:
    """answers {to} in term {term}: {success}, up to place {place}"""

    term: int
    success: bool
    place: int


class Bank(Elector):
    """Places count from 1; an entry is (term, customer, request), and the first one of a term asks for nothing."""

    def on_start(self) -> None:
        super().on_start()
        self.log = list(self.disk.get("log", ()))
        self.commit_index = 0
        self.last_applied = 0
        self.accounts = {}
        self.sessions = {}
        self.next_index = {}
        self.match_index = {}

    def term_at(self, place: int) -> int:
        return self.log[place - 1][0] if place else 0

    def progress(self) -> tuple[int, int]:
        return self.term_at(len(self.log)), len(self.log)

    def elected(self) -> None:
        self.next_index = {peer: len(self.log) + 1 for peer in self.peers}
        self.match_index = dict.fromkeys(self.peers, 0)
        self.append("", None)
        self.advance()

    def append(self, customer: str, request: object) -> None:
        self.log.append((self.term, customer, request))
        self.disk["log"] = self.log

    def on_deposit(self, sender, request):
        self.take(sender, request)

    def on_transfer(self, sender, request):
        self.take(sender, request)

    def on_balance_of(self, sender, request):
        self.take(sender, request)

    def on_audit(self, sender, request):
        self.take(sender, request)

    def take(self, customer, request) -> None:
        if self.leads():
            self.append(customer, request)
            self.replicate()
            self.advance()
        else:
            self.send(customer, NotLeader(request.key, self.leader))

    def replicate(self) -> None:
        for peer in self.peers:
            before = self.next_index[peer] - 1
            self.send(peer, AppendEntries(self.term, before, self.term_at(before), self.log[before:], self.commit_index))

    def on_append_entries(self, sender: str, append: AppendEntries) -> None:
        if not self.follows(sender, append.term):
            self.send(sender, AppendAnswer(self.term, False, 0))
            return
        if append.before > len(self.log) or self.term_at(append.before) != append.term_before:
            self.send(sender, AppendAnswer(self.term, False, min(append.before, len(self.log) + 1)))
            return
        for offset, entry in enumerate(append.entries):
            place = append.before + 1 + offset
            if place > len(self.log):
                self.log[place - 1 :] = append.entries[offset:]
                self.disk["log"] = self.log
                break
            self.log[place - 1] = entry
        last = append.before + len(append.entries)
        if append.committed > self.commit_index:
            self.commit_index = min(append.committed, last)
            self.apply()
        self.send(sender, AppendAnswer(self.term, True, last))

    def on_append_answer(self, sender: str, answer: AppendAnswer) -> None:
        if answer.term > self.term:
            self.enter(answer.term)
        if not self.leads() or answer.term != self.term:
            return
        if answer.success:
            self.match_index[sender] = max(self.match_index[sender], answer.place)
            self.next_index[sender] = self.match_index[sender] + 1
            self.advance()
        else:
            self.next_index[sender] = max(self.match_index[sender] + 1, min(self.next_index[sender], answer.place))

    def advance(self) -> None:
        for place in range(len(self.log), self.commit_index, -1):
            holders = 1 + sum(matched >= place for matched in self.match_index.values())
            if holders > (len(self.peers) + 1) // 2 and self.term_at(place) == self.term:
                self.commit_index = place
                self.apply()
                break

    def apply(self) -> None:
        while self.last_applied < self.commit_index:
            _, customer, request = self.log[self.last_applied]
            self.last_applied += 1
            if request is None:
                continue
            answer = self.execute(customer, request)
            if self.leads():
                self.send(customer, answer)

    def execute(self, customer, request):
        if isinstance(request, BalanceOf):
            return Balance(request.key, request.account, self.accounts.get(request.account, 0))
        if isinstance(request, Audit):
            return Books(request.key, self.accounts)
        session = self.sessions.setdefault(customer, {})
        if request.key not in session:
            session[request.key] = (request, self.change(request))
        first, answer = session[request.key]
        return answer if first == request else Refused(request.key, "reused")

    def change(self, request):
        if request.amount <= 0:
            return Refused(request.key, "amount")
        if isinstance(request, Transfer):
            if self.accounts.get(request.source, 0) < request.amount:
                return Refused(request.key, "funds")
            self.accounts[request.source] -= request.amount
            self.accounts[request.target] = self.accounts.get(request.target, 0) + request.amount
        elif isinstance(request, Deposit):
            self.accounts[request.account] = self.accounts.get(request.account, 0) + request.amount
        return Done(request.key)
