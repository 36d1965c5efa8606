"""Raft as in the paper: a role by name, two timers, term and vote written whenever either changes."""

from quorum_election_protocol import Heartbeat, LeaderIs, RequestVote, Vote, WhoLeads

from harness import Node


class Elector(Node):
    election_ms: tuple[int, int]
    heartbeat_ms: int

    def on_start(self) -> None:
        self.current_term = self.disk.get("current_term", 0)
        self.voted_for = self.disk.get("voted_for")
        self.role = "follower"
        self.leader_id = None
        self.votes_received = []
        self.election_timer = None
        self.heartbeat_timer = None
        self.reset_election_timer()

    def reset_election_timer(self) -> None:
        self.cancel(self.election_timer)
        low, high = self.election_ms
        self.election_timer = self.after(self.random.randrange(low, high + 1), self.election_timeout)

    def persist(self, term: int, vote: str | None) -> None:
        self.current_term, self.voted_for = term, vote
        with self.disk.atomic():
            self.disk["current_term"] = term
            self.disk["voted_for"] = vote

    def become_follower(self, term: int) -> None:
        if term > self.current_term:
            self.persist(term, None)
            self.leader_id = None
        self.role = "follower"
        self.votes_received = []
        self.cancel(self.heartbeat_timer)
        self.heartbeat_timer = None

    def election_timeout(self) -> None:
        self.reset_election_timer()
        if self.role == "leader":
            return
        self.persist(self.current_term + 1, self.id)
        self.role = "candidate"
        self.leader_id = None
        self.votes_received = [self.id]
        for peer in self.peers:
            self.send(peer, RequestVote(self.current_term))
        self.maybe_lead()

    def on_request_vote(self, sender: str, msg: RequestVote) -> None:
        if msg.term > self.current_term:
            self.become_follower(msg.term)
        grant = False
        if msg.term == self.current_term and (self.voted_for is None or self.voted_for == sender):
            grant = True
            self.persist(self.current_term, sender)
            self.reset_election_timer()
        self.send(sender, Vote(self.current_term, grant))

    def on_vote(self, sender: str, msg: Vote) -> None:
        if msg.term > self.current_term:
            self.become_follower(msg.term)
            return
        if self.role != "candidate" or msg.term != self.current_term or not msg.granted:
            return
        if sender not in self.votes_received:
            self.votes_received.append(sender)
        self.maybe_lead()

    def maybe_lead(self) -> None:
        if 2 * len(self.votes_received) > len(self.peers) + 1:
            self.role = "leader"
            self.leader_id = self.id
            self.send_heartbeats()

    def send_heartbeats(self) -> None:
        self.broadcast(Heartbeat(self.current_term))
        self.heartbeat_timer = self.after(self.heartbeat_ms, self.send_heartbeats)

    def on_heartbeat(self, sender: str, msg: Heartbeat) -> None:
        if msg.term < self.current_term:
            return
        self.become_follower(msg.term)
        self.leader_id = sender
        self.reset_election_timer()

    def on_who_leads(self, sender: str, msg: WhoLeads) -> None:
        self.send(sender, LeaderIs(self.current_term, self.leader_id))
