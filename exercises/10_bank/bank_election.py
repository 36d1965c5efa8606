"""An election by majority, as in exercise 05, with one rule more. Given; read it, and build on it.

The rule: an elector votes for nobody who has less progress than itself. What progress is, your class says.
"""

from harness import Node, message
from harness.errors import Mistake


@message
class RequestVote:
    """asks {to} for its vote in term {term}; its progress is {progress}"""

    term: int
    progress: tuple[int, ...]


@message
class Vote:
    """answers {to}, vote granted in term {term}: {granted}"""

    term: int
    granted: bool


class Elector(Node):
    """Follows a leader while it hears from one, and stands for election when it does not.

    Yours to read:    self.term (on disk; it never goes back), self.leader (who leads this term, or None), self.leads()
    Yours to call:    self.follows(sender, term), for every message that only a leader sends
    Yours to define:  progress(), elected(), replicate()

    If you define on_start, call super().on_start() in it.
    """

    election_ms: tuple[int, int]
    heartbeat_ms: int

    # --- yours to define ---

    def progress(self) -> tuple[int, ...]:
        """Return how much this replica has, as a tuple of numbers; the first number counts most, as always with tuples."""
        return ()

    def elected(self) -> None:
        """This replica has just been elected leader of self.term."""

    def replicate(self) -> None:
        """Send something to every peer. Called at once when elected, and every self.heartbeat_ms for as long as this replica leads."""

    # --- yours to call ---

    def leads(self) -> bool:
        """Return True if this replica was elected in self.term."""
        return self.leader == self.id

    def follows(self, sender: str, term: int) -> bool:
        """`sender` says that it leads `term`: follow it and return True; return False if that term is over."""
        if term < self.term:
            return False
        if term > self.term:
            self.enter(term)
        self.leader = sender
        self.voters.clear()
        self.wait()
        return True

    # --- the election ---

    def on_start(self) -> None:
        self.term, self.voted_for = self.disk.get("vote", (0, None))
        self.leader: str | None = None
        self.voters: set[str] = set()
        self.timer = None  # to stand or, as leader, to replicate again
        self.wait()

    def wait(self) -> None:
        self.cancel(self.timer)
        self.timer = self.after(self.random.randint(*self.election_ms), self.stand)

    def enter(self, term: int, vote: str | None = None) -> None:
        """Begin a newer term. Whoever did not lead goes on waiting: a request for votes is no reason to be patient anew."""
        led, self.leader = self.leads(), None
        self.term, self.voted_for = term, vote
        self.disk["vote"] = (term, vote)
        self.voters.clear()
        if led:
            self.wait()

    def numbers(self) -> tuple[int, ...]:
        """Return this replica's progress, once it is sure that it is one."""
        progress = self.progress()
        if not isinstance(progress, tuple | list) or not all(isinstance(number, int) for number in progress):
            raise Mistake(f"progress() returned {progress!r:.60}; it returns a tuple of whole numbers")
        return tuple(progress)

    def stand(self) -> None:
        self.enter(self.term + 1, self.id)
        self.voters.add(self.id)
        self.wait()
        if self.peers:
            self.broadcast(RequestVote(self.term, self.numbers()))
        self.count_votes()

    def on_request_vote(self, sender: str, request: RequestVote) -> None:
        if request.term > self.term:
            self.enter(request.term)
        granted = request.term == self.term and self.voted_for in (None, sender) and request.progress >= self.numbers()
        if granted:
            self.voted_for = sender
            self.disk["vote"] = (self.term, sender)
            self.wait()
        self.send(sender, Vote(self.term, granted))

    def on_vote(self, sender: str, vote: Vote) -> None:
        if vote.term > self.term:
            self.enter(vote.term)
        elif vote.term == self.term and vote.granted and self.voters and not self.leads():
            self.voters.add(sender)
            self.count_votes()

    def count_votes(self) -> None:
        if len(self.voters) > (len(self.peers) + 1) // 2:
            self.leader = self.id
            self.elected()
            self.beat()

    def beat(self) -> None:
        if self.leads():
            self.cancel(self.timer)
            self.timer = self.after(self.heartbeat_ms, self.beat)
            if self.peers:
                self.replicate()
