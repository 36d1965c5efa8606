"""Waits twice for half of its patience; a timer that is too late is known by its number, not cancelled."""

from quorum_election_protocol import Heartbeat, LeaderIs, RequestVote, Vote, WhoLeads

from harness import Node


class Elector(Node):
    def on_start(self) -> None:
        self.term, self.voted = self.disk.get("vote", (0, None))
        self.role = "follower"
        self.leader = None
        self.votes = set()
        self.beat_timer = None
        self.timer = None
        self.wait()

    def majority(self):
        return (len(self.peers) + 1) // 2 + 1

    def wait(self):
        self.number = getattr(self, "number", 0) + 1
        patience = self.random.randint(*self.election_ms)
        self.after(patience // 2, self.first_half, self.number, patience - patience // 2)

    def first_half(self, number, rest):
        if number == self.number:
            self.after(rest, self.second_half, number)

    def second_half(self, number):
        if number == self.number and self.role != "leader":
            self.stand()

    def save(self):
        self.disk["vote"] = (self.term, self.voted)

    def enter(self, term):
        """Go to a newer term as a follower."""
        self.term, self.voted, self.leader = term, None, None
        self.save()
        self.votes = set()
        if self.role == "leader":
            self.cancel(self.beat_timer)
            self.wait()
        self.role = "follower"

    def stand(self) -> None:
        self.role = "candidate"
        self.leader = None
        self.term, self.voted = self.term + 1, self.id
        self.votes = {self.id}
        self.save()
        self.broadcast(RequestVote(self.term))
        self.wait()
        self.count()

    def count(self):
        if self.role == "candidate" and len(self.votes) >= self.majority():
            self.lead()

    def lead(self):
        self.role = "leader"
        self.leader = self.id
        self.cancel(self.timer)
        self.beat()

    def beat(self):
        if self.role == "leader":
            self.broadcast(Heartbeat(self.term))
            self.beat_timer = self.after(self.heartbeat_ms, self.beat)

    def on_request_vote(self, sender: str, request: RequestVote) -> None:
        if request.term > self.term:
            self.enter(request.term)
        granted = request.term == self.term and self.voted in (None, sender)
        if granted:
            self.voted = sender
            self.save()
            if self.role == "follower":
                self.wait()
        self.send(sender, Vote(self.term, granted))

    def on_vote(self, sender: str, vote: Vote) -> None:
        if vote.term > self.term:
            self.enter(vote.term)
        elif vote.term == self.term and vote.granted and self.role == "candidate":
            self.votes.add(sender)
            self.count()

    def on_heartbeat(self, sender: str, heartbeat: Heartbeat) -> None:
        if heartbeat.term < self.term:
            return
        if heartbeat.term > self.term:
            self.enter(heartbeat.term)
        self.role = "follower"
        self.leader = sender
        self.wait()

    def on_who_leads(self, sender: str, question: WhoLeads) -> None:
        self.send(sender, LeaderIs(self.term, self.leader))
