"""X78: who says yes in a pre-vote begins anew in the term before that

Misconception: The next term is about to begin; what was voted so far is over.
Why it breaks: The term before is the one that it may have voted in just now. An old request of that term gets a second vote.
Hint: You have voted in term 1, and are asked whether you would vote in term 2. Which of your votes may you forget?
Lesson: docs/lessons/05-quorum-election.md#terms-and-votes
Fails: one_leader
"""

from quorum_election_protocol import Heartbeat, LeaderIs, RequestVote, Vote, WhoLeads

from harness import Node, message


@message
class PreVote:
    """asks {to} whether it would vote in term {term}"""

    term: int


@message
class PreVoteAnswer:
    """answers {to}, would vote in term {term}: {yes}"""

    term: int
    yes: bool


@message
class Alive:
    """tells {to}: I hear you in term {term}"""

    term: int


class Elector(Node):
    election_ms: tuple[int, int]
    heartbeat_ms: int

    def on_start(self) -> None:
        self.term = self.disk.get("term", 0)
        self.vote = self.disk.get("vote")
        self.leader = None
        self.backers = set()
        self.would_back = set()
        self.heard = set()
        self.quiet = True  # no leader heard for the shortest patience
        self.timer = self.quiet_timer = self.beat_timer = None
        self.rest()

    @property
    def majority(self) -> int:
        return (len(self.peers) + 1) // 2 + 1

    def rest(self) -> None:
        self.cancel(self.timer)
        self.timer = self.after(self.random.randint(*self.election_ms), self.ask_around)

    def save(self, term: int, vote: str | None) -> None:
        self.term, self.vote = term, vote
        with self.disk.atomic():
            self.disk["term"] = term
            self.disk["vote"] = vote

    def step_down(self) -> None:
        self.leader = None
        self.backers = set()
        self.would_back = set()
        self.cancel(self.beat_timer)
        self.beat_timer = None

    def ask_around(self) -> None:
        self.rest()
        if self.leader == self.id:
            return
        self.leader = None
        self.would_back = {self.id}
        self.broadcast(PreVote(self.term + 1))
        self.maybe_stand()

    def on_pre_vote(self, sender: str, ask: PreVote) -> None:
        if ask.term > self.term and self.quiet:
            self.save(ask.term - 1, None)
        self.send(sender, PreVoteAnswer(ask.term, ask.term > self.term and self.quiet and self.leader != self.id))

    def on_pre_vote_answer(self, sender: str, answer: PreVoteAnswer) -> None:
        if answer.yes and answer.term == self.term + 1 and self.would_back:
            self.would_back.add(sender)
            self.maybe_stand()

    def maybe_stand(self) -> None:
        if len(self.would_back) < self.majority:
            return
        self.would_back = set()
        self.save(self.term + 1, self.id)
        self.backers = {self.id}
        self.broadcast(RequestVote(self.term))
        self.maybe_lead()

    def on_request_vote(self, sender: str, request: RequestVote) -> None:
        if request.term > self.term:
            self.step_down()
            self.save(request.term, None)
        yes = request.term == self.term and self.vote in (None, sender)
        if yes:
            self.save(self.term, sender)
            self.rest()
        self.send(sender, Vote(self.term, yes))

    def on_vote(self, sender: str, vote: Vote) -> None:
        if vote.term > self.term:
            self.step_down()
            self.save(vote.term, None)
        elif vote.term == self.term and vote.granted and self.backers and self.leader is None:
            self.backers.add(sender)
            self.maybe_lead()

    def maybe_lead(self) -> None:
        if len(self.backers) >= self.majority:
            self.leader = self.id
            self.would_back = set()  # a late answer must not make a leader stand
            self.heard = set(self.peers)
            self.beat()
            self.check_quorum()

    def beat(self) -> None:
        self.broadcast(Heartbeat(self.term))
        self.cancel(self.beat_timer)
        self.beat_timer = self.after(self.heartbeat_ms, self.beat)

    def on_heartbeat(self, sender: str, heartbeat: Heartbeat) -> None:
        if heartbeat.term < self.term:
            self.send(sender, Alive(self.term))  # or an elector ahead of its leader would be alone for ever
            return
        if heartbeat.term > self.term:
            self.save(heartbeat.term, None)
        if self.leader != sender:
            self.step_down()
        self.leader = sender
        self.backers = set()
        self.quiet = False
        self.cancel(self.quiet_timer)
        self.quiet_timer = self.after(self.election_ms[0], self.grow_quiet)
        self.rest()
        self.send(sender, Alive(self.term))

    def grow_quiet(self) -> None:
        self.quiet = True

    def on_alive(self, sender: str, alive: Alive) -> None:
        if alive.term > self.term:
            self.step_down()
            self.save(alive.term, None)
            self.rest()
        self.heard.add(sender)

    def check_quorum(self) -> None:
        """The timer's argument would be the term; the role is enough, as a leader checks one step at a time."""
        if self.leader != self.id:
            return
        if len(self.heard) + 1 < self.majority:
            self.step_down()
            self.rest()
            return
        self.heard = set()
        self.after(2 * self.election_ms[1], self.check_quorum)

    def on_who_leads(self, sender: str, question: WhoLeads) -> None:
        self.send(sender, LeaderIs(self.term, self.leader))
