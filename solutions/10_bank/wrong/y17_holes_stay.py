"""Y17: a new leader leaves places open of which nobody knows anything

Misconception: Nothing was decided there.
Why it breaks: What was said about one place is lost, the next one is written down, and the leader dies. Nothing behind the hole is ever
    carried out.
Hint: Somebody knows of the seventh entry, and nobody of the sixth. What may be carried out?
Lesson: docs/lessons/10-bank.md#who-may-lead
Fails: crash_anywhere
"""

from dataclasses import dataclass, field

from bank_protocol import Audit, Balance, BalanceOf, Books, Deposit, Done, NotLeader, Refused, Transfer

from harness import Node, message


@dataclass
class Machine:
    """The books and what every key was answered."""

    accounts: dict = field(default_factory=dict)
    verdicts: dict = field(default_factory=dict)

    def perform(self, who, what):
        match what:
            case Audit(key=key):
                return Books(key, {name: has for name, has in sorted(self.accounts.items()) if has})
            case BalanceOf(key=key, account=account):
                return Balance(key, account, self.accounts.get(account, 0))
        slot = (who, what.key)
        if slot not in self.verdicts:
            self.verdicts[slot] = (what, self.judge(what))
        first, verdict = self.verdicts[slot]
        reason = verdict if first == what else "reused"
        return Refused(what.key, reason) if reason else Done(what.key)

    def judge(self, what):
        if what.amount < 1:
            return "amount"
        match what:
            case Transfer(source=source, target=target, amount=amount):
                if self.accounts.get(source, 0) < amount:
                    return "funds"
                self.accounts[source] -= amount
                self.accounts[target] = self.accounts.get(target, 0) + amount
            case Deposit(account=account, amount=amount):
                self.accounts[account] = self.accounts.get(account, 0) + amount
        return ""

    def frozen(self):
        return (dict(self.accounts), dict(self.verdicts))

    @classmethod
    def thawed(cls, picture):
        return cls(dict(picture[0]), dict(picture[1]))


@message
class P1a:
    """asks {to} for a promise to {ballot}"""

    ballot: tuple[int, str]


@message
class P1b:
    """promises {to} {ballot}"""

    ballot: tuple[int, str]
    accepted: tuple


@message
class P2a:
    """asks {to} to accept {slots} under {ballot}"""

    ballot: tuple[int, str]
    slots: tuple


@message
class P2b:
    """tells {to} that {slots} are accepted under {ballot}"""

    ballot: tuple[int, str]
    slots: tuple


@message
class Nack:
    """tells {to} that {ballot} is promised"""

    ballot: tuple[int, str]


NOOP = ("", None)


class Bank(Node):
    """Multi-Paxos: an instance per slot; while it only accepts. A leader is of the class Leading."""

    def on_start(self):
        self.promised = self.disk.get("promised", (0, ""))
        self.slots = {}
        for place, value in self.disk.items():
            if type(place) is tuple:
                self.slots[place[1]] = value
        self.got = {}
        self.timer = None
        self.rest()

    def quorum(self):
        return (len(self.peers) + 1) // 2 + 1

    def rest(self):
        self.cancel(self.timer)
        self.timer = self.after(self.random.randint(*self.election_ms), self.campaign)

    def promise(self, ballot):
        if ballot > self.promised:
            self.promised = ballot
            self.disk["promised"] = ballot

    def campaign(self):
        self.promise((self.promised[0] + 1, self.id))
        self.ballot = self.promised
        self.got = {self.id: tuple(sorted(self.slots.items()))}
        self.rest()
        self.broadcast(P1a(self.ballot))
        self.count_promises()

    def on_p1a(self, sender, m):
        if m.ballot < self.promised:
            self.send(sender, Nack(self.promised))
            return
        self.promise(m.ballot)
        self.rest()
        self.send(sender, P1b(m.ballot, tuple(sorted(self.slots.items()))))

    def on_p1b(self, sender, m):
        if self.got and m.ballot == self.promised == self.ballot:
            self.got[sender] = m.accepted
            self.count_promises()

    def count_promises(self):
        if len(self.got) < self.quorum():
            return
        best = {}
        for accepted in self.got.values():
            for slot, (ballot, value) in accepted:
                if slot not in best or ballot > best[slot][0]:
                    best[slot] = (ballot, value)
        self.got = {}
        self.__class__ = Leading
        self.lead({slot: best[slot][1] for slot in sorted(best)})

    def accept(self, ballot, pairs):
        with self.disk.atomic():
            self.promise(ballot)
            for slot, value in pairs:
                self.slots[slot] = (ballot, value)
                self.disk["slot", slot] = (ballot, value)

    def on_p2a(self, sender, m):
        if m.ballot < self.promised:
            self.send(sender, Nack(self.promised))
            return
        self.got = {}
        self.accept(m.ballot, m.slots)
        self.rest()
        self.send(sender, P2b(m.ballot, tuple(slot for slot, _ in m.slots)))

    def on_p2b(self, sender, m):
        pass

    def on_nack(self, sender, m):
        if m.ballot > self.promised:
            self.got = {}
            self.promise(m.ballot)

    def serve(self, who, what):
        leader = self.promised[1]
        self.send(who, NotLeader(what.key, leader if leader in self.peers else None))

    def on_deposit(self, sender, what):
        self.serve(sender, what)

    on_transfer = on_balance_of = on_audit = on_deposit

    def beat(self):
        pass


class Leading(Bank):
    def lead(self, values):
        self.values, self.votes, self.done = values, {slot: {self.id} for slot in values}, 0
        self.machine = Machine()
        self.accept(self.ballot, sorted(values.items()))
        self.beat()
        self.learn()

    def open_slots(self):
        return tuple((slot, self.values[slot]) for slot in sorted(self.values) if len(self.votes[slot]) < self.quorum())

    def beat(self):
        self.cancel(self.timer)
        self.timer = self.after(self.heartbeat_ms, self.beat)
        self.broadcast(P2a(self.ballot, self.open_slots()))

    def follow(self):
        self.__class__ = Bank
        self.got = {}
        self.rest()

    def on_p1a(self, sender, m):
        if m.ballot > self.ballot:
            self.follow()
        Bank.on_p1a(self, sender, m)

    def on_p2a(self, sender, m):
        if m.ballot > self.ballot:
            self.follow()
        Bank.on_p2a(self, sender, m)

    def on_nack(self, sender, m):
        if m.ballot > self.ballot:
            self.follow()
            self.promise(m.ballot)

    def on_p1b(self, sender, m):
        pass

    def on_p2b(self, sender, m):
        if m.ballot == self.ballot:
            for slot in m.slots:
                self.votes[slot].add(sender)
            self.learn()

    def learn(self):
        while self.done in self.values and len(self.votes[self.done]) >= self.quorum():
            who, what = self.values[self.done]
            self.done += 1
            if what is not None:
                self.send(who, self.machine.perform(who, what))

    def serve(self, who, what):
        slot = len(self.values)
        self.values[slot], self.votes[slot] = (who, what), {self.id}
        self.accept(self.ballot, [(slot, (who, what))])
        self.broadcast(P2a(self.ballot, ((slot, (who, what)),)))
        self.learn()
