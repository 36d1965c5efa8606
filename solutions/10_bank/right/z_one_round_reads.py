"""A register without a leader, in which a question needs one round only if a majority has the same value."""

from dataclasses import dataclass, field

from bank_protocol import Audit, Balance, BalanceOf, Books, Deposit, Done, Refused, Transfer

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
class Ask:
    """asks {to}, round {round}: what is your value, and do you promise {ballot}?"""

    round: int
    ballot: tuple | None


@message
class Tell:
    """tells {to}, round {round}: accepted {stamp}; promised {ok}"""

    round: int
    ok: bool
    highest: tuple[int, str]
    stamp: tuple[int, str]
    value: object


@message
class Put:
    """asks {to} to take a value under {ballot}"""

    round: int
    ballot: tuple[int, str]
    value: object


@message
class Taken:
    """answers {to}, round {round}: {ok}"""

    round: int
    ok: bool
    highest: tuple[int, str]


class Bank(Node):
    """No leader: a register, changed by rounds of two phases for all requests that wait; questions need one phase if all agree."""

    def on_start(self):
        self.highest, self.stamp, self.value = self.disk.get("register", ((0, ""), (0, ""), ({}, {})))
        self.life = self.disk.get("life", 0) + 1
        self.disk["life"] = self.life
        self.number = 0
        self.waiting = []
        self.job = None
        self.timer = None

    def quorum(self):
        return (len(self.peers) + 1) // 2 + 1

    def serve(self, who, what):
        if (who, what) not in self.waiting:
            self.waiting.append((who, what))
        if self.job is None:
            self.begin()

    on_deposit = on_transfer = on_balance_of = on_audit = serve

    def begin(self, again=False):
        self.cancel(self.timer)
        self.job = None
        if not self.waiting:
            return
        self.number += 1
        reading = not again and all(isinstance(what, (BalanceOf, Audit)) for _, what in self.waiting)
        ballot = None if reading else (self.highest[0] + 1, self.id)
        self.job = {"round": self.life * 10**6 + self.number, "phase": 1, "ballot": ballot, "batch": list(self.waiting), "got": {}}
        self.timer = self.after(self.random.randint(*self.election_ms), self.begin, True)
        ask = Ask(self.job["round"], ballot)
        self.broadcast(ask)
        self.on_ask(self.id, ask)

    def to(self, who, message):
        if who != self.id:
            self.send(who, message)
        elif type(message) is Tell:
            self.on_tell(who, message)
        else:
            self.on_taken(who, message)

    def on_ask(self, sender, m):
        ok = m.ballot is None or m.ballot > self.highest
        if ok and m.ballot is not None:
            self.highest = m.ballot
            self.save()
        self.to(sender, Tell(m.round, ok, self.highest, self.stamp, self.value))

    def save(self):
        self.disk["register"] = (self.highest, self.stamp, self.value)

    def on_tell(self, sender, m):
        job = self.job
        if job is None or job["round"] != m.round or job["phase"] != 1:
            return
        if not m.ok:
            self.beaten(m.highest)
            return
        job["got"][sender] = (m.stamp, m.value)
        if len(job["got"]) < self.quorum():
            return
        stamp, value = max(job["got"].values(), key=lambda pair: pair[0])
        if job["ballot"] is None:
            if all(other == stamp for other, _ in job["got"].values()):
                self.finish(Machine.thawed(value))
            else:
                self.begin(True)
            return
        machine = Machine.thawed(value)
        job["answers"] = [(who, machine.perform(who, what)) for who, what in job["batch"]]
        job["phase"], job["yes"] = 2, set()
        put = Put(m.round, job["ballot"], machine.frozen())
        self.broadcast(put)
        self.on_put(self.id, put)

    def beaten(self, highest):
        self.highest_seen(highest)
        self.cancel(self.timer)
        self.job = {"round": -1, "phase": 0}
        self.timer = self.after(self.random.randint(1, self.election_ms[0] // 3), self.begin, True)

    def highest_seen(self, highest):
        if highest > self.highest:
            self.highest = highest
            self.save()

    def on_put(self, sender, m):
        ok = m.ballot >= self.highest
        if ok:
            self.highest, self.stamp, self.value = m.ballot, m.ballot, m.value
            self.save()
        self.to(sender, Taken(m.round, ok, self.highest))

    def on_taken(self, sender, m):
        job = self.job
        if job is None or job["round"] != m.round or job["phase"] != 2:
            return
        if not m.ok:
            self.beaten(m.highest)
            return
        job["yes"].add(sender)
        if len(job["yes"]) >= self.quorum():
            self.waiting = [pair for pair in self.waiting if pair not in job["batch"]]
            for who, answer in job["answers"]:
                self.send(who, answer)
            self.begin()

    def finish(self, machine):
        batch = self.job["batch"]
        self.waiting = [pair for pair in self.waiting if pair not in batch]
        for who, what in batch:
            self.send(who, machine.perform(who, what))
        self.begin()
