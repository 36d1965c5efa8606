"""Ballots as in Paxos: each has an owner, only the owner gets votes for it, and only the highest promise is on disk."""

from quorum_election_protocol import Heartbeat, LeaderIs, RequestVote, Vote

from harness import Node


class Elector(Node):
    def on_start(self):
        self.everybody = sorted([self.id, *self.peers])
        self.promise = self.disk.get("promise", 0)
        self.mine = 0  # the ballot I run, if any
        self.mask = 0
        self.leading = False
        self.boss = (0, None)
        self.left = self.random.randint(*self.election_ms)
        self.since_beat = 0
        self.after(1, self.tick)

    def owner(self, ballot):
        return self.everybody[ballot % len(self.everybody)]

    def tick(self):
        self.after(10, self.tick)
        if self.leading:
            self.since_beat += 10
            if self.since_beat >= self.heartbeat_ms:
                self.since_beat = 0
                self.broadcast(Heartbeat(self.mine))
            return
        self.left -= 10
        if self.left <= 0:
            self.stand()

    def stand(self):
        n, me = len(self.everybody), self.everybody.index(self.id)
        ballot = (self.promise // n + 1) * n + me
        self.promise = self.mine = ballot
        self.disk["promise"] = ballot
        self.mask = 1 << me
        self.left = self.random.randint(*self.election_ms)
        for peer in self.peers:
            self.send(peer, RequestVote(ballot))
        self.check()

    def check(self):
        if self.mine == self.promise and not self.leading and self.mask.bit_count() * 2 > len(self.everybody):
            self.leading = True
            self.boss = (self.mine, self.id)
            self.since_beat = 0
            self.broadcast(Heartbeat(self.mine))

    def on_request_vote(self, sender, request):
        if request.term > self.promise:
            self.promise = request.term
            self.disk["promise"] = request.term
            self.leading = False
            self.left = self.random.randint(*self.election_ms)
        self.send(sender, Vote(request.term, request.term == self.promise and self.owner(request.term) == sender))

    def on_vote(self, sender, vote):
        if vote.granted and vote.term == self.mine == self.promise:
            self.mask |= 1 << self.everybody.index(sender)
            self.check()

    def on_heartbeat(self, sender, beat):
        if beat.term >= self.promise:
            if beat.term > self.promise:
                self.promise = beat.term
                self.disk["promise"] = beat.term
                self.leading = False
            self.boss = (beat.term, sender)
            self.left = self.random.randint(*self.election_ms)

    def on_who_leads(self, sender, question):
        term, name = self.boss
        if term == self.promise:
            self.send(sender, LeaderIs(term, name))
        else:
            self.send(sender, LeaderIs(self.promise, None))
