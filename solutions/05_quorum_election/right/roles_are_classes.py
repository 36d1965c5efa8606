"""Roles are classes, and an elector changes its own."""

from quorum_election_protocol import Heartbeat, LeaderIs, RequestVote, Vote, WhoLeads

from harness import Node


class Elector(Node):
    """What all three do."""

    election_ms: tuple[int, int]
    heartbeat_ms: int

    def on_start(self) -> None:
        self.term, self.voted_for = self.disk.get("vote", (0, None))
        self.leader = None
        self.timer = None
        self.follow()

    def follow(self) -> None:
        self.__class__ = Follower
        self.wait()

    def wait(self) -> None:
        self.cancel(self.timer)
        self.timer = self.after(self.random.randint(*self.election_ms), self.stand)

    def stand(self) -> None:
        self.enter(self.term + 1)
        self.vote_for(self.id)
        self.__class__ = Candidate
        self.voters = {self.id}
        self.broadcast(RequestVote(self.term))
        self.count()

    def enter(self, term: int) -> None:
        self.term, self.voted_for, self.leader = term, None, None
        self.follow()

    def vote_for(self, candidate: str) -> None:
        self.voted_for = candidate
        self.disk["vote"] = (self.term, candidate)

    def on_request_vote(self, sender: str, request: RequestVote) -> None:
        if request.term > self.term:
            self.enter(request.term)
        granted = request.term == self.term and self.voted_for in (None, sender)
        if granted:
            self.vote_for(sender)
        self.send(sender, Vote(self.term, granted))

    def on_vote(self, sender: str, vote: Vote) -> None:
        if vote.term > self.term:
            self.enter(vote.term)

    def on_heartbeat(self, sender: str, heartbeat: Heartbeat) -> None:
        if heartbeat.term < self.term:
            return
        if heartbeat.term > self.term:
            self.enter(heartbeat.term)
        self.leader = sender
        self.follow()

    def on_who_leads(self, sender: str, question: WhoLeads) -> None:
        self.send(sender, LeaderIs(self.term, self.leader))


class Follower(Elector):
    """Waits for a leader."""


class Candidate(Elector):
    """Counts votes."""

    def on_vote(self, sender: str, vote: Vote) -> None:
        if vote.term == self.term and vote.granted:
            self.voters.add(sender)
            self.count()
        else:
            super().on_vote(sender, vote)

    def count(self) -> None:
        if len(self.voters) > (len(self.peers) + 1) // 2:
            self.__class__ = Leader
            self.leader = self.id
            self.beat()


class Leader(Elector):
    """Beats."""

    def beat(self) -> None:
        self.broadcast(Heartbeat(self.term))
        self.cancel(self.timer)
        self.timer = self.after(self.heartbeat_ms, self.beat)
