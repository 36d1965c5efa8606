"""X71: the deadline is saved, and believed after a restart

Misconception: I go on waiting where I was.
Why it breaks: The monotonic clock starts at 0 at every restart. After ten seconds of service the elector waits ten seconds, after a year
    a year.
Hint: What does a monotonic clock show after a restart?
Lesson: docs/lessons/05-quorum-election.md#split-votes
Fails: vote_survives
May fail: new_leader, one_leader, old_news, majority
"""

from quorum_election_protocol import Heartbeat, LeaderIs, RequestVote, Vote, WhoLeads

from harness import Node


class Elector(Node):
    election_ms: tuple[int, int]
    heartbeat_ms: int

    def on_start(self) -> None:
        saved = self.disk.get("saved", {"term": 0, "vote": None})
        self.term, self.vote = saved["term"], saved["vote"]
        self.leader = None
        self.yes = 0  # a bit mask of voters
        self.members = sorted([self.id, *self.peers])
        self.deadline_ms = self.disk.get("deadline", 0) or self.clock.monotonic_ms() + self.random.randint(*self.election_ms)
        self.look()

    def put_off(self) -> None:
        self.deadline_ms = self.clock.monotonic_ms() + self.random.randint(*self.election_ms)
        self.disk["deadline"] = self.deadline_ms

    def look(self) -> None:
        now = self.clock.monotonic_ms()
        if now >= self.deadline_ms:
            if self.leader == self.id:
                self.broadcast(Heartbeat(self.term))
                self.deadline_ms = now + self.heartbeat_ms - 5
            else:
                self.stand()
        self.after(5, self.look)

    def save(self, term: int, vote: str | None) -> None:
        self.term, self.vote = term, vote
        self.disk["saved"] = {"term": term, "vote": vote}

    def stand(self) -> None:
        self.save(self.term + 1, self.id)
        self.leader = None
        self.yes = 1 << self.members.index(self.id)
        self.put_off()
        self.broadcast(RequestVote(self.term))
        self.count()

    def count(self) -> None:
        if self.leader is None and self.yes.bit_count() * 2 > len(self.members):
            self.leader = self.id
            self.broadcast(Heartbeat(self.term))
            self.deadline_ms = self.clock.monotonic_ms() + self.heartbeat_ms - 5

    def on_request_vote(self, sender: str, request: RequestVote) -> None:
        if request.term > self.term:
            self.save(request.term, None)
            self.leader, self.yes = None, 0
            self.put_off()
        if request.term == self.term and self.vote is None:
            self.save(self.term, sender)
        self.send(sender, Vote(self.term, request.term == self.term and self.vote == sender))

    def on_vote(self, sender: str, vote: Vote) -> None:
        if vote.term == self.term and vote.granted and self.yes:
            self.yes |= 1 << self.members.index(sender)
            self.count()

    def on_heartbeat(self, sender: str, heartbeat: Heartbeat) -> None:
        if heartbeat.term >= self.term:
            if heartbeat.term > self.term:
                self.save(heartbeat.term, None)
            self.leader, self.yes = sender, 0
            self.put_off()

    def on_who_leads(self, sender: str, question: WhoLeads) -> None:
        self.send(sender, LeaderIs(self.term, self.leader))
