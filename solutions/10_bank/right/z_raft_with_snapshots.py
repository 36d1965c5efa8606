"""Raft with an election of its own that sounds the others out first, five entries at a time, and snapshots.

Ongaro, "Consensus: Bridging Theory and Practice", 2014.
"""

from dataclasses import dataclass, field
from enum import Enum

from bank_protocol import Audit, Balance, BalanceOf, Books, Deposit, Done, NotLeader, Refused, Transfer, Unavailable

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


COMPACT = 6
CHUNK = 5


class Role(Enum):
    FOLLOWER = 1
    CANDIDATE = 2
    LEADER = 3


@message
class Sound:
    """asks {to} whether it would vote in term {term}"""

    term: int
    last: tuple[int, int]


@message
class Sounded:
    """answers {to}: would vote in term {term}: {yes}"""

    term: int
    yes: bool
    mine: int


@message
class Ballot:
    """asks {to} for its vote in term {term}"""

    term: int
    last: tuple[int, int]


@message
class Balloted:
    """answers {to}: vote in term {term}: {yes}"""

    term: int
    yes: bool


@message
class Entries:
    """tells {to} entries of term {term} after {prev}"""

    term: int
    prev: tuple[int, int]  # term, index
    entries: tuple
    commit: int


@message
class State:
    """tells {to} the state after {last}"""

    term: int
    last: tuple[int, int]
    picture: object


@message
class Match:
    """answers {to} in term {term}: {ok}, {index}"""

    term: int
    ok: bool
    index: int


class Bank(Node):
    def on_start(self):
        self.term, self.voted = self.disk.get("hard", (0, None))
        self.base, self.picture, self.log = self.disk.get("log", ((0, 0), ({}, {}), ()))  # base: term and index
        self.machine = Machine.thawed(self.picture)
        self.applied = self.commit = self.base[1]
        self.role, self.leader = Role.FOLLOWER, None
        self.heard_ms = -(10**9)
        self.yes = set()
        self.timer = None
        self.rest()

    # --- the log ---
    def last(self):
        return (self.log[-1][0] if self.log else self.base[0], self.base[1] + len(self.log))

    def term_at(self, index):
        if index == self.base[1]:
            return self.base[0]
        return self.log[index - self.base[1] - 1][0]

    def save_log(self):
        self.disk["log"] = (self.base, self.picture, self.log)

    def save_hard(self):
        self.disk["hard"] = (self.term, self.voted)

    # --- elections ---
    def rest(self):
        self.cancel(self.timer)
        self.timer = self.after(self.random.randint(*self.election_ms), self.sound)

    def quorum(self):
        return (len(self.peers) + 1) // 2 + 1

    def down(self, term):
        if term > self.term:
            self.term, self.voted = term, None
            self.save_hard()
            self.leader = None
        if self.role is not Role.FOLLOWER:
            self.role = Role.FOLLOWER
            self.rest()

    def sound(self):
        self.role = Role.CANDIDATE
        self.leader = None
        self.sounds = {self.id}
        self.rest()
        for peer in self.peers:
            self.send(peer, Sound(self.term + 1, self.last()))
        if len(self.sounds) >= self.quorum():
            self.stand()

    def on_sound(self, sender, m):
        calm = self.clock.monotonic_ms() - self.heard_ms < self.election_ms[0] or self.role is Role.LEADER
        self.send(sender, Sounded(m.term, m.term > self.term and m.last >= self.last() and not calm, self.term))

    def on_sounded(self, sender, m):
        if m.mine > self.term:
            self.down(m.mine)
        if m.yes and m.term == self.term + 1 and self.role is Role.CANDIDATE:
            self.sounds.add(sender)
            if len(self.sounds) >= self.quorum():
                self.stand()

    def stand(self):
        self.term, self.voted = self.term + 1, self.id
        self.save_hard()
        self.role = Role.CANDIDATE
        self.yes = {self.id}
        self.rest()
        for peer in self.peers:
            self.send(peer, Ballot(self.term, self.last()))
        self.tally()

    def on_ballot(self, sender, m):
        if m.term > self.term:
            self.down(m.term)
        yes = m.term == self.term and self.voted in (None, sender) and m.last >= self.last()
        if yes:
            self.voted = sender
            self.save_hard()
            self.rest()
        self.send(sender, Balloted(m.term, yes))

    def on_balloted(self, sender, m):
        if m.yes and m.term == self.term and self.role is Role.CANDIDATE:
            self.yes.add(sender)
            self.tally()

    def tally(self):
        if len(self.yes) >= self.quorum() and self.role is Role.CANDIDATE and self.voted == self.id:
            self.role, self.leader = Role.LEADER, self.id
            self.match = dict.fromkeys(self.peers, 0)
            self.next = dict.fromkeys(self.peers, self.last()[1] + 1)
            self.log = (*self.log, (self.term, None, None))
            self.save_log()
            self.beat()
            self.advance()

    # --- replication ---
    def beat(self):
        if self.role is Role.LEADER:
            self.cancel(self.timer)
            self.timer = self.after(self.heartbeat_ms, self.beat)
            for peer in self.peers:
                self.feed(peer)

    def feed(self, peer):
        prev = self.next[peer] - 1
        if prev < self.base[1]:
            self.send(peer, State(self.term, self.base, self.picture))
            return
        begin = prev - self.base[1]
        self.send(peer, Entries(self.term, (self.term_at(prev), prev), self.log[begin : begin + CHUNK], self.commit))

    def hears(self, sender, term):
        if term < self.term:
            self.send(sender, Match(self.term, False, 0))
            return False
        self.down(term)
        self.leader = sender
        self.heard_ms = self.clock.monotonic_ms()
        self.rest()
        return True

    def on_entries(self, sender, m):
        if not self.hears(sender, m.term):
            return
        prev_term, prev = m.prev
        entries = m.entries
        if prev < self.base[1]:  # its beginning is in the snapshot, which is committed
            entries, prev = entries[self.base[1] - prev :], self.base[1]
            prev_term = self.base[0]
            if m.prev[1] + len(m.entries) < self.base[1]:
                self.send(sender, Match(self.term, True, self.base[1]))
                return
        if prev > self.last()[1] or self.term_at(prev) != prev_term:
            self.send(sender, Match(self.term, False, min(prev - 1, self.last()[1])))
            return
        begin = prev - self.base[1]
        mine = self.log[begin : begin + len(entries)]
        if mine != entries:
            common = 0
            while common < len(mine) and mine[common][0] == entries[common][0]:
                common += 1
            if common < len(entries):
                self.log = (*self.log[: begin + common], *entries[common:])
                self.save_log()
        matched = prev + len(entries)
        self.send(sender, Match(self.term, True, matched))
        self.learn(min(m.commit, matched))

    def on_state(self, sender, m):
        if not self.hears(sender, m.term):
            return
        if m.last[1] > self.commit:
            term, index = m.last
            keep = ()
            if index <= self.last()[1] and index >= self.base[1] and self.term_at(index) == term:
                keep = self.log[index - self.base[1] :]
            self.base, self.picture, self.log = m.last, m.picture, keep
            self.machine = Machine.thawed(self.picture)
            self.applied = self.commit = index
            self.save_log()
        self.send(sender, Match(self.term, True, m.last[1]))

    def on_match(self, sender, m):
        if m.term > self.term:
            self.down(m.term)
        if m.term != self.term or self.role is not Role.LEADER:
            return
        if m.ok:
            self.match[sender] = max(self.match[sender], m.index)
            self.next[sender] = max(self.next[sender], self.match[sender] + 1)
            self.advance()
            if self.next[sender] <= self.last()[1]:
                self.feed(sender)
        elif m.index + 1 < self.next[sender]:
            self.next[sender] = max(m.index, self.match[sender]) + 1
            self.feed(sender)

    def advance(self):
        index = sorted([self.last()[1], *self.match.values()], reverse=True)[self.quorum() - 1]
        if index > self.commit and self.term_at(index) == self.term:
            self.learn(index)

    def learn(self, commit):
        self.commit = max(self.commit, commit)
        while self.applied < self.commit:
            _, who, what = self.log[self.applied - self.base[1]]
            self.applied += 1
            if what is not None:
                answer = self.machine.perform(who, what)
                if self.role is Role.LEADER:
                    self.send(who, answer)
        if self.applied - self.base[1] >= COMPACT:
            base = (self.term_at(self.applied), self.applied)
            self.log = self.log[self.applied - self.base[1] :]
            self.base, self.picture = base, self.machine.frozen()
            self.save_log()

    # --- customers ---
    def serve(self, who, what):
        if self.role is not Role.LEADER:
            self.send(who, NotLeader(what.key, self.leader) if self.leader else Unavailable(what.key))
            return
        self.log = (*self.log, (self.term, who, what))
        self.save_log()
        for peer in self.peers:
            self.feed(peer)
        self.advance()

    on_deposit = on_transfer = on_balance_of = on_audit = serve
