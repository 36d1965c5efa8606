"""A double-entry ledger: what is carried out is a list of postings, two for each movement; balances and answers are derived from it."""

from bank_election import Elector
from bank_protocol import Append, Appended, Audit, Balance, BalanceOf, Books, Deposit, Done, NotLeader, Refused, Transfer

CASH = ("cash",)  # where deposits come from: not a name that an account can have


class Bank(Elector):
    def on_start(self):
        super().on_start()
        self.log_term = self.disk.get("whose", 0)
        self.log = [self.disk[place] for place in range(self.disk.get("length", 0))]
        self.carried_out = 0
        self.postings = []  # (customer, key, account, amount): they always add up to zero
        self.verdicts = []  # (customer, request, reason or None)

    def save(self, log):
        with self.disk.atomic():
            self.disk["whose"] = self.term
            self.disk["length"] = len(log)
            for place, entry in enumerate(log):
                if place >= len(self.log) or self.log[place] != entry or place not in self.disk:
                    self.disk[place] = entry
        self.log_term, self.log = self.term, list(log)

    def balance(self, account):
        return sum(amount for _, _, name, amount in self.postings if name == account)

    def book(self, customer, request):
        for who, first, reason in self.verdicts:
            if (who, first.key) == (customer, request.key):
                return reason if first == request else "reused"
        source = request.source if isinstance(request, Transfer) else CASH
        target = request.target if isinstance(request, Transfer) else request.account
        reason = None
        if request.amount <= 0:
            reason = "amount"
        elif source != CASH and self.balance(source) < request.amount:
            reason = "funds"
        else:
            self.postings += [(customer, request.key, source, -request.amount), (customer, request.key, target, request.amount)]
        self.verdicts.append((customer, request, reason))
        return reason

    def answer_to(self, customer, request):
        if isinstance(request, Audit):
            names = {name for _, _, name, _ in self.postings if name != CASH}
            return Books(request.key, {name: self.balance(name) for name in sorted(names)})
        if isinstance(request, BalanceOf):
            return Balance(request.key, request.account, self.balance(request.account))
        reason = self.book(customer, request)
        return Refused(request.key, reason) if reason else Done(request.key)

    def carry_out(self, upto):
        while self.carried_out < min(upto, len(self.log)):
            customer, request = self.log[self.carried_out]
            self.carried_out += 1
            answer = self.answer_to(customer, request)
            if self.leads():
                self.send(customer, answer)

    def progress(self):
        return (self.log_term, len(self.log))

    def elected(self):
        self.save(self.log)
        self.held = dict.fromkeys(self.peers, 0)
        self.look()

    def look(self):
        copies = sorted([len(self.log), *self.held.values()], reverse=True)
        self.carry_out(copies[(len(self.peers) + 1) // 2])

    def replicate(self):
        for peer in self.peers:
            self.send(peer, Append(self.term, self.held[peer], self.log[self.held[peer] :], self.carried_out))

    def ask(self, customer, request):
        if self.leads():
            self.save([*self.log, (customer, request)])
            self.look()
            self.replicate()
        else:
            self.send(customer, NotLeader(request.key, self.leader))

    def on_deposit(self, sender, deposit: Deposit):
        self.ask(sender, deposit)

    def on_transfer(self, sender, transfer):
        self.ask(sender, transfer)

    def on_balance_of(self, sender, question):
        self.ask(sender, question)

    def on_audit(self, sender, audit):
        self.ask(sender, audit)

    def on_append(self, sender, append):
        if self.follows(sender, append.term):
            mine = self.log if self.log_term == append.term else []
            if append.start <= len(mine):
                log = mine[: append.start] + list(append.entries)
                if self.log_term != append.term or len(log) > len(mine):
                    self.save(log)
                self.carry_out(append.committed)
                self.send(sender, Appended(append.term, len(self.log)))

    def on_appended(self, sender, appended):
        if self.leads() and appended.term == self.term and appended.length > self.held[sender]:
            self.held[sender] = appended.length
            self.look()
