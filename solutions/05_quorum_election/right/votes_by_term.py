"""Keeps its votes as {term: candidate}, on disk as one entry per term; the term of the latest vote is where it restarts."""

from quorum_election_protocol import Heartbeat, LeaderIs, RequestVote, Vote, WhoLeads

from harness import Node


class Elector(Node):
    election_ms: tuple[int, int]
    heartbeat_ms: int

    def on_start(self) -> None:
        self.votes = {term: self.disk[term] for term in self.disk}
        self.term = max(self.votes, default=0)
        self.backers = {}
        self.leaders = {}
        self.timer = None
        self.snooze()

    def snooze(self) -> None:
        self.cancel(self.timer)
        self.timer = self.after(self.random.randint(*self.election_ms), self.stand)

    def vote(self, term: int, candidate: str) -> bool:
        """Vote, unless this term is over or has my vote already."""
        if term < self.term or self.votes.get(term, candidate) != candidate:
            return False
        if term not in self.votes:
            self.votes[term] = self.disk[term] = candidate
        self.term = term
        return True

    def leads(self) -> bool:
        return self.leaders.get(self.term) == self.id

    def stand(self) -> None:
        self.vote(self.term + 1, self.id)
        self.backers[self.term] = {self.id}
        self.snooze()
        self.broadcast(RequestVote(self.term))
        self.count(self.term)

    def on_request_vote(self, sender: str, request: RequestVote) -> None:
        led = self.leads()
        granted = self.vote(request.term, sender)
        if granted or (led and not self.leads()):
            self.snooze()
        self.send(sender, Vote(request.term, granted))

    def on_vote(self, sender: str, vote: Vote) -> None:
        if vote.granted and vote.term in self.backers:
            self.backers[vote.term].add(sender)
            self.count(vote.term)

    def count(self, term: int) -> None:
        if term == self.term and term not in self.leaders and len(self.backers[term]) >= (len(self.peers) + 1) // 2 + 1:
            self.leaders[term] = self.id
            self.beat(term)

    def beat(self, term: int) -> None:
        if term == self.term:
            self.broadcast(Heartbeat(term))
            self.cancel(self.timer)
            self.timer = self.after(self.heartbeat_ms, self.beat, term)

    def on_heartbeat(self, sender: str, heartbeat: Heartbeat) -> None:
        if heartbeat.term >= self.term:
            self.term = heartbeat.term
            self.leaders[self.term] = sender
            self.snooze()

    def on_who_leads(self, sender: str, question: WhoLeads) -> None:
        self.send(sender, LeaderIs(self.term, self.leaders.get(self.term)))
