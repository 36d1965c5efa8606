"""Paxos ballots: terms are round * n + place, so no two electors ever stand in the same one; a vote is a promise."""

from quorum_election_protocol import Heartbeat, LeaderIs, RequestVote, Vote, WhoLeads

from harness import Node


class Elector(Node):
    election_ms: tuple[int, int]
    heartbeat_ms: int

    def on_start(self) -> None:
        self.everybody = tuple(sorted((self.id, *self.peers)))
        self.promised = self.disk.get("promised", 0)
        self.mine = None  # my ballot, while I stand or lead
        self.promises = set()
        self.leading = False
        self.leader = (-1, None)
        self.suspicion = None
        self.trust()

    def trust(self) -> None:
        self.cancel(self.suspicion)
        self.suspicion = self.after(self.random.randint(*self.election_ms), self.prepare)

    def promise(self, ballot: int) -> None:
        if ballot > self.promised:
            self.promised = ballot
            self.disk["promised"] = ballot
            if self.mine is not None and self.mine < ballot:
                self.mine, self.leading = None, False
                self.trust()

    def prepare(self) -> None:
        size = len(self.everybody)
        ballot = (self.promised // size + 1) * size + self.everybody.index(self.id)
        self.promise(ballot)
        self.mine, self.promises, self.leading = ballot, {self.id}, False
        self.broadcast(RequestVote(ballot))
        self.trust()
        self.enough()

    def on_request_vote(self, sender: str, prepare: RequestVote) -> None:
        owner = self.everybody[prepare.term % len(self.everybody)]
        if prepare.term >= self.promised and owner == sender:
            self.promise(prepare.term)
            self.send(sender, Vote(prepare.term, True))
        else:
            self.send(sender, Vote(self.promised, False))

    def on_vote(self, sender: str, promise: Vote) -> None:
        if promise.granted and promise.term == self.mine:
            self.promises.add(sender)
            self.enough()
        elif not promise.granted:
            self.promise(promise.term)

    def enough(self) -> None:
        if not self.leading and len(self.promises) * 2 > len(self.everybody):
            self.leading = True
            self.leader = (self.mine, self.id)
            self.reign(self.mine)

    def reign(self, ballot: int) -> None:
        if self.leading and self.mine == ballot:
            self.cancel(self.suspicion)
            self.broadcast(Heartbeat(ballot))
            self.after(self.heartbeat_ms, self.reign, ballot)

    def on_heartbeat(self, sender: str, heartbeat: Heartbeat) -> None:
        if heartbeat.term >= self.promised and heartbeat.term >= self.leader[0]:
            self.promise(heartbeat.term)
            self.leader = (heartbeat.term, sender)
            self.trust()

    def on_who_leads(self, sender: str, question: WhoLeads) -> None:
        term, name = self.leader
        if term == self.promised:
            self.send(sender, LeaderIs(term, name))
        else:
            self.send(sender, LeaderIs(self.promised, None))
