"""Bully order, made safe: the greatest name should lead, but only in an epoch that a majority has acknowledged.

An elector votes only for greater names; asked by a smaller one, it stands itself. When nobody greater is up, the smaller one
must win after all: after a few fruitless elections of its own it is not turned away any more.
"""

from quorum_election_protocol import Heartbeat, LeaderIs, RequestVote, Vote, WhoLeads

from harness import Node


class Elector(Node):
    election_ms: tuple[int, int]
    heartbeat_ms: int

    def on_start(self) -> None:
        self.epoch, self.acked = self.disk.get("epoch", 0), self.disk.get("acked")
        self.leader = None
        self.acks = set()
        self.refused = 0
        self.timer = None
        self.watch()

    def watch(self) -> None:
        self.cancel(self.timer)
        self.timer = self.after(self.random.randint(*self.election_ms), self.stand)

    def record(self, epoch: int, acked: str | None) -> None:
        self.epoch, self.acked = epoch, acked
        with self.disk.atomic():
            self.disk["epoch"] = epoch
            self.disk["acked"] = acked

    def stand(self) -> None:
        self.record(self.epoch + 1, self.id)
        self.leader = None
        self.acks = {self.id}
        self.watch()
        self.broadcast(RequestVote(self.epoch))
        self.count()

    def on_request_vote(self, sender: str, request: RequestVote) -> None:
        if request.term > self.epoch:
            self.leader = None
            self.acks = set()
            self.record(request.term, None)
            self.watch()
        if sender < self.id and self.refused < 3 and self.acked is None:
            self.refused += 1
            self.send(sender, Vote(self.epoch, False))
            self.stand()
            return
        yes = request.term == self.epoch and self.acked in (None, sender)
        if yes:
            self.record(self.epoch, sender)
        self.send(sender, Vote(self.epoch, yes))

    def on_vote(self, sender: str, vote: Vote) -> None:
        if vote.term == self.epoch and vote.granted and self.acked == self.id and self.acks:
            self.acks.add(sender)
            self.count()

    def count(self) -> None:
        if self.leader is None and len(self.acks) > (len(self.peers) + 1) / 2:
            self.leader = self.id
            self.refused = 0
            self.beat(self.epoch)

    def beat(self, epoch: int) -> None:
        if self.leader == self.id and self.epoch == epoch:
            self.cancel(self.timer)
            self.broadcast(Heartbeat(epoch))
            self.timer = self.after(self.heartbeat_ms, self.beat, epoch)

    def on_heartbeat(self, sender: str, heartbeat: Heartbeat) -> None:
        if heartbeat.term >= self.epoch:
            if heartbeat.term > self.epoch:
                self.record(heartbeat.term, None)
            self.leader = sender
            self.acks = set()
            self.refused = 0
            self.watch()

    def on_who_leads(self, sender: str, question: WhoLeads) -> None:
        self.send(sender, LeaderIs(self.epoch, self.leader))
