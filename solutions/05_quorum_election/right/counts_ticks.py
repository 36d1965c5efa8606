"""Counts coarse ticks instead of setting timers anew: every tick without a heartbeat makes it less patient."""

from quorum_election_protocol import Heartbeat, LeaderIs, RequestVote, Vote, WhoLeads

from harness import Node

TICK_MS = 10


class Elector(Node):
    election_ms: tuple[int, int]
    heartbeat_ms: int

    def on_start(self) -> None:
        self.term, self.voted = self.disk.get("s", (0, None))
        self.state = "F"
        self.leader = None
        self.got = set()
        self.left = self.patience()
        self.after(TICK_MS, self.tick)

    def patience(self) -> int:
        return -(-self.random.randint(*self.election_ms) // TICK_MS)

    def tick(self) -> None:
        self.left -= 1
        if self.left <= 0:
            if self.state == "L":
                self.left = max(1, self.heartbeat_ms // TICK_MS)
                self.broadcast(Heartbeat(self.term))
            else:
                self.campaign()
        self.after(TICK_MS, self.tick)

    def campaign(self) -> None:
        self.state, self.leader = "C", None
        self.set_state(self.term + 1, self.id)
        self.got = {self.id}
        self.left = self.patience()
        self.broadcast(RequestVote(self.term))
        self.check()

    def set_state(self, term, voted) -> None:
        self.term, self.voted = term, voted
        self.disk["s"] = (term, voted)

    def follow(self, term: int, leader) -> None:
        if term > self.term:
            self.set_state(term, None)
        self.state, self.leader = "F", leader
        self.left = self.patience()

    def check(self) -> None:
        if self.state == "C" and len(self.got) > (1 + len(self.peers)) // 2:
            self.state, self.leader = "L", self.id
            self.left = max(1, self.heartbeat_ms // TICK_MS)
            self.broadcast(Heartbeat(self.term))

    def on_request_vote(self, sender, m: RequestVote) -> None:
        if m.term > self.term:
            self.follow(m.term, None)
        ok = m.term == self.term and self.voted in (None, sender)
        if ok and self.voted is None:
            self.set_state(m.term, sender)
        self.send(sender, Vote(m.term, ok))

    def on_vote(self, sender, m: Vote) -> None:
        if m.term == self.term and m.granted:
            self.got.add(sender)
            self.check()

    def on_heartbeat(self, sender, m: Heartbeat) -> None:
        if m.term >= self.term:
            self.follow(m.term, sender)

    def on_who_leads(self, sender, m: WhoLeads) -> None:
        self.send(sender, LeaderIs(self.term, self.leader))
