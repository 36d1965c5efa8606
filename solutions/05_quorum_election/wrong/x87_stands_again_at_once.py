"""X87: a candidate waits 20 to 60 ms for the votes, and then stands again

Misconception: The votes come at once, or not at all.
Why it breaks: Where the answers take longer than that nobody is ever elected; and whoever is cut off races through the terms.
Hint: Which number were you given for how long to wait, and for which of your waits does it hold?
Lesson: docs/lessons/05-quorum-election.md#split-votes
Fails: old_news
May fail: new_leader, one_leader
"""

from quorum_election_protocol import Heartbeat, LeaderIs, RequestVote, Vote, WhoLeads

from harness import Node


class Elector(Node):
    """Follows a leader while there is one, and stands for election when there is none."""

    election_ms: tuple[int, int]
    heartbeat_ms: int

    def on_start(self) -> None:
        self.term, self.voted_for = self.disk.get("vote", (0, None))
        self.leader = None
        self.voters = set()  # who voted for this elector in this term, while it is a candidate
        self.timer = None  # the one thing this elector waits for: to stand or, as leader, to send its next heartbeat
        self.wait_for_leader()

    def wait_for_leader(self) -> None:
        self.cancel(self.timer)
        self.timer = self.after(self.random.randint(*self.election_ms), self.stand)

    def stand(self) -> None:
        self.enter(self.term + 1)
        self.vote_for(self.id)
        self.voters.add(self.id)
        self.broadcast(RequestVote(self.term))
        self.cancel(self.timer)
        self.timer = self.after(self.random.randint(20, 60), self.stand)
        self.count()

    def enter(self, term: int) -> None:
        """Begin a newer term: nobody leads it yet, and this elector has not voted in it."""
        self.term, self.voted_for, self.leader = term, None, None
        self.voters.clear()
        self.wait_for_leader()

    def vote_for(self, candidate: str) -> None:
        self.voted_for = candidate
        self.disk["vote"] = (self.term, candidate)  # before anybody can hear of it

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
        elif vote.term == self.term and vote.granted and self.voters:
            self.voters.add(sender)
            self.count()

    def count(self) -> None:
        electors = len(self.peers) + 1
        if self.leader is None and len(self.voters) > electors // 2:
            self.leader = self.id
            self.beat()

    def beat(self) -> None:
        self.broadcast(Heartbeat(self.term))
        self.cancel(self.timer)
        self.timer = self.after(self.heartbeat_ms, self.beat)

    def on_heartbeat(self, sender: str, heartbeat: Heartbeat) -> None:
        if heartbeat.term < self.term:
            return  # news from a leader of the past
        if heartbeat.term > self.term:
            self.enter(heartbeat.term)
        self.leader = sender
        self.voters.clear()
        self.wait_for_leader()

    def on_who_leads(self, sender: str, question: WhoLeads) -> None:
        self.send(sender, LeaderIs(self.term, self.leader))
