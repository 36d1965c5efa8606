"""Terms are times of day, pushed on where the clock does not suffice: unusual, and just as good."""

from quorum_election_protocol import Heartbeat, LeaderIs, RequestVote, Vote, WhoLeads

from harness import Node


class Elector(Node):
    election_ms: tuple[int, int]
    heartbeat_ms: int

    def on_start(self) -> None:
        self.term, self.voted_for = self.disk.get("vote", (0, None))
        self.leader = None
        self.voters = set()
        self.timer = self.after(self.random.randint(*self.election_ms), self.stand)

    def again(self, delay_ms: int, method) -> None:
        self.cancel(self.timer)
        self.timer = self.after(delay_ms, method)

    def stand(self) -> None:
        self.term = max(self.term + 1, self.clock.wall_ms())
        self.voted_for, self.leader, self.voters = self.id, None, {self.id}
        self.disk["vote"] = (self.term, self.id)
        self.broadcast(RequestVote(self.term))
        self.again(self.random.randint(*self.election_ms), self.stand)
        self.won()

    def won(self) -> None:
        if self.leader is None and len(self.voters) > (len(self.peers) + 1) // 2:
            self.leader = self.id
            self.beat()

    def beat(self) -> None:
        self.broadcast(Heartbeat(self.term))
        self.again(self.heartbeat_ms, self.beat)

    def on_request_vote(self, sender: str, request: RequestVote) -> None:
        if request.term > self.term:
            self.term, self.voted_for, self.leader, self.voters = request.term, sender, None, set()
            self.disk["vote"] = (request.term, sender)
            self.again(self.random.randint(*self.election_ms), self.stand)
        self.send(sender, Vote(request.term, request.term == self.term and self.voted_for == sender))

    def on_vote(self, sender: str, vote: Vote) -> None:
        if vote.granted and vote.term == self.term and self.voters:
            self.voters.add(sender)
            self.won()

    def on_heartbeat(self, sender: str, heartbeat: Heartbeat) -> None:
        if heartbeat.term >= self.term:
            if heartbeat.term > self.term:
                self.term, self.voted_for = heartbeat.term, None
                self.disk["vote"] = (self.term, None)
            self.leader, self.voters = sender, set()
            self.again(self.random.randint(*self.election_ms), self.stand)

    def on_who_leads(self, sender: str, question: WhoLeads) -> None:
        self.send(sender, LeaderIs(self.term, self.leader))
