"""Views, as in Viewstamped Replication: whose turn it is in a term is fixed, and a majority pushes on to it together."""

from quorum_election_protocol import Heartbeat, LeaderIs, RequestVote, Vote, WhoLeads

from harness import Node, message


@message
class Suspect:
    """tells {to}: I want to move to term {term}"""

    term: int


class Elector(Node):
    def on_start(self):
        self.all = sorted([self.id, *self.peers])
        self.term, self.voted = self.disk.get("vote", (0, None))
        self.wanted = {}
        self.wish = self.term
        self.voters = set()
        self.leader = None
        self.timer = None
        self.rest()

    def rest(self):
        self.cancel(self.timer)
        self.timer = self.after(self.random.randint(*self.election_ms), self.suspect)

    def suspect(self):
        self.rest()
        self.want(max(self.wish, self.term) + 1)

    def want(self, term):
        self.wish = term
        self.broadcast(Suspect(term))
        self.note(self.id, term)

    def on_suspect(self, sender, suspect):
        if self.leader == self.id and suspect.term > self.term + 1:
            self.enter(suspect.term)  # somebody is ahead of its leader
        self.note(sender, suspect.term)

    def note(self, who, term):
        self.wanted[who] = max(term, self.wanted.get(who, 0))
        ahead = sorted(self.wanted.values(), reverse=True)
        need = len(self.all) // 2 + 1
        if term > self.wish and self.leader is None:
            self.want(term)
            return
        if len(ahead) < need:
            return
        agreed = ahead[need - 1]
        if agreed > self.term:
            self.enter(agreed)
        if self.all[self.term % len(self.all)] == self.id and self.voted is None and agreed >= self.term and self.leader is None:
            self.voted = self.id
            self.disk["vote"] = (self.term, self.id)
            self.voters = {self.id}
            self.broadcast(RequestVote(self.term))
            self.count()

    def enter(self, term):
        self.term, self.voted, self.leader, self.voters = term, None, None, set()
        self.wish = max(self.wish, term)
        self.rest()

    def on_request_vote(self, sender, request):
        if request.term > self.term:
            self.enter(request.term)
        if request.term == self.term and self.voted in (None, sender):
            self.voted = sender
            self.disk["vote"] = (self.term, sender)
            self.send(sender, Vote(self.term, True))

    def on_vote(self, sender, vote):
        if vote.granted and vote.term == self.term and self.voters:
            self.voters.add(sender)
            self.count()

    def count(self):
        if self.leader is None and 2 * len(self.voters) > len(self.all):
            self.leader = self.id
            self.beat()

    def beat(self):
        if self.leader == self.id:
            self.broadcast(Heartbeat(self.term))
            self.cancel(self.timer)
            self.timer = self.after(self.heartbeat_ms, self.beat)

    def on_heartbeat(self, sender, heartbeat):
        if heartbeat.term < self.term:
            self.send(sender, Suspect(self.term))
            return
        if heartbeat.term > self.term:
            self.enter(heartbeat.term)
        self.leader, self.voters = sender, set()
        self.rest()

    def on_who_leads(self, sender: str, question: WhoLeads):
        self.send(sender, LeaderIs(self.term, self.leader))
