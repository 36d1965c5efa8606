"""No dice: every elector has a patience of its own, by its place in the sorted list of names."""

from quorum_election_protocol import Heartbeat, LeaderIs, RequestVote, Vote, WhoLeads

from harness import Node


class Elector(Node):
    election_ms: tuple[int, int]
    heartbeat_ms: int

    def on_start(self) -> None:
        everybody = sorted((self.id, *self.peers))
        low, high = self.election_ms
        self.patience_ms = low + (high - low) * everybody.index(self.id) // len(everybody)
        self.majority = len(everybody) // 2 + 1
        self.term = self.disk.get("term", 0)
        self.choice = self.disk.get("choice", "")
        self.leader = None
        self.yes = frozenset()
        self.alarm = None
        self.calm()

    def calm(self):
        self.cancel(self.alarm)
        self.alarm = self.after(self.patience_ms, self.run_for_office)

    def move(self, term, choice):
        if (term, choice) != (self.term, self.choice):
            if term != self.term:
                self.leader, self.yes = None, frozenset()
            self.term, self.choice = term, choice
            with self.disk.atomic():
                self.disk["term"], self.disk["choice"] = term, choice

    def run_for_office(self):
        if self.leader == self.id:
            return
        self.move(self.term + 1, self.id)
        self.yes = frozenset({self.id})
        self.broadcast(RequestVote(self.term))
        self.calm()
        self.decide()

    def decide(self):
        if self.leader is None and len(self.yes) >= self.majority:
            self.leader = self.id
            self.beat(self.term)

    def beat(self, term):
        if self.leader == self.id and self.term == term:
            self.broadcast(Heartbeat(term))
            self.after(self.heartbeat_ms, self.beat, term)

    def on_request_vote(self, sender, request):
        led = self.leader == self.id
        if request.term > self.term:
            self.move(request.term, "")
        if request.term == self.term and self.choice == "":
            self.move(request.term, sender)
            self.calm()
        elif led and self.leader is None:
            self.calm()
        self.send(sender, Vote(request.term, request.term == self.term and self.choice == sender))

    def on_vote(self, sender, vote):
        if vote.granted and vote.term == self.term and self.choice == self.id:
            self.yes |= {self.id, sender}
            self.decide()

    def on_heartbeat(self, sender, heartbeat):
        if heartbeat.term >= self.term:
            if heartbeat.term > self.term:
                self.move(heartbeat.term, "")
            self.leader, self.yes = sender, frozenset()
            self.calm()

    def on_who_leads(self, sender, question: WhoLeads):
        self.send(sender, LeaderIs(self.term, self.leader))
