"""Roles are objects that know their elector, and what is on disk is an object that knows the disk."""

from typing import Any

from quorum_election_protocol import Heartbeat, LeaderIs, RequestVote, Vote, WhoLeads

from harness import Node


class Ballot:
    def __init__(self, disk: Any) -> None:
        self.disk = disk

    def load(self) -> tuple[int, str | None]:
        found: tuple[int, str | None] = self.disk.get("vote", (0, None))
        return found

    def save(self, term: int, candidate: str) -> None:
        self.disk["vote"] = (term, candidate)


class Follower:
    """Waits for a leader."""

    def __init__(self, elector: "Elector") -> None:
        self.elector = elector
        elector.wait(elector.random.randint(*elector.election_ms))

    def on_vote(self, sender: str, vote: Vote) -> None:
        if vote.term > self.elector.term:
            self.elector.enter(vote.term)

    def time_is_up(self) -> None:
        self.elector.stand()


class Candidate(Follower):
    """Counts votes."""

    def __init__(self, elector: "Elector") -> None:
        super().__init__(elector)
        self.voters: set[str] = set()

    def on_vote(self, sender: str, vote: Vote) -> None:
        super().on_vote(sender, vote)
        if vote.term == self.elector.term and vote.granted:
            self.count(sender)

    def count(self, voter: str) -> None:
        self.voters.add(voter)
        if len(self.voters) > (len(self.elector.peers) + 1) // 2:
            self.elector.lead()


class Leader(Follower):
    """Beats."""

    def time_is_up(self) -> None:
        self.elector.broadcast(Heartbeat(self.elector.term))
        self.elector.wait(self.elector.heartbeat_ms)


class Elector(Node):
    election_ms: tuple[int, int]
    heartbeat_ms: int

    def on_start(self) -> None:
        self.ballot = Ballot(self.disk)
        self.term, self.voted_for = self.ballot.load()
        self.leader: str | None = None
        self.timer = None
        self.role = Follower(self)

    def wait(self, delay_ms: int) -> None:
        self.cancel(self.timer)
        self.timer = self.after(delay_ms, self.time_is_up)

    def time_is_up(self) -> None:
        self.role.time_is_up()

    def stand(self) -> None:
        self.enter(self.term + 1)
        self.vote_for(self.id)
        self.role = candidate = Candidate(self)
        self.broadcast(RequestVote(self.term))
        candidate.count(self.id)

    def lead(self) -> None:
        self.leader = self.id
        self.role = Leader(self)
        self.role.time_is_up()

    def enter(self, term: int) -> None:
        self.term, self.voted_for, self.leader = term, None, None
        self.role = Follower(self)

    def vote_for(self, candidate: str) -> None:
        self.voted_for = candidate
        self.ballot.save(self.term, candidate)

    def on_request_vote(self, sender: str, request: RequestVote) -> None:
        if request.term > self.term:
            self.enter(request.term)
        granted = request.term == self.term and self.voted_for in (None, sender)
        if granted:
            self.vote_for(sender)
        self.send(sender, Vote(self.term, granted))

    def on_vote(self, sender: str, vote: Vote) -> None:
        self.role.on_vote(sender, vote)

    def on_heartbeat(self, sender: str, heartbeat: Heartbeat) -> None:
        if heartbeat.term < self.term:
            return
        if heartbeat.term > self.term:
            self.enter(heartbeat.term)
        self.leader = sender
        self.role = Follower(self)

    def on_who_leads(self, sender: str, question: WhoLeads) -> None:
        self.send(sender, LeaderIs(self.term, self.leader))
