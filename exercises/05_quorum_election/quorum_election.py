"""Electors: a group of machines that agree, by majority, on who leads.

Fill in the steps one after the other, and run `course test 05` (or `pytest exercises/05_quorum_election`) after each. The README
beside this file says what is promised. Step 1 makes the check `stands` pass, step 2 `one_vote`, step 3 `leader_elected`, step 4
`leader_stays`, step 5 `who_leads`. Step 6 is for the checks that only run at grading.
"""

from quorum_election_protocol import Heartbeat, LeaderIs, RequestVote, Vote, WhoLeads

from harness import Node


class Elector(Node):
    """One machine of the group. It follows a leader while it hears one, and stands for election when it does not.

    Set before on_start runs:
        self.election_ms   lowest and highest patience in ms, e.g. (150, 300): how long to wait for a leader before standing
        self.heartbeat_ms  how often a leader says that it leads, e.g. 50

    Always there:
        self.id, self.peers   its own name, and the names of the other electors of the group
        self.disk             what survives a crash; attributes do not
        self.random           lots to draw from: self.random.randint(low, high)
    """

    election_ms: tuple[int, int]
    heartbeat_ms: int

    def on_start(self) -> None:
        """Step 1, and step 6: this machine starts, for the first time or after a crash.

        Set up its memory: the term it is in (0 before the first election), whom it voted for in that term, who leads. Then start
        waiting: ask for `self.stand` to be called after a patience drawn from self.election_ms, with self.after(delay_ms, self.stand).

        Step 6: after a crash, memory is gone and self.disk is not. What must this machine not have forgotten?
        """
        raise NotImplementedError("step 1: set up memory, and wait for self.stand")

    def stand(self) -> None:
        """Step 1: no leader was heard for as long as this elector is patient. Stand for election.

        Move to the next term, vote for yourself in it, and ask every peer: self.broadcast(RequestVote(term)). Nobody may answer, or
        too few: be ready to stand again, in a newer term.
        """
        raise NotImplementedError("step 1: move to the next term and ask all peers for their votes")

    def on_request_vote(self, sender: str, request: RequestVote) -> None:
        """Step 2: `sender` stands in request.term and asks for this elector's vote. Answer with Vote(term, granted).

        One vote per term, whoever asks and however often. A term older than yours is over. A newer one than yours is where the
        group is now, so go there: in it, you have not voted yet, and you do not lead.

        Step 6: a vote that has left this machine must be on its disk.
        """
        raise NotImplementedError("step 2: vote, at most once per term")

    def on_vote(self, sender: str, vote: Vote) -> None:
        """Step 3: `sender` has answered. With the votes of a majority of all electors, your own included, you lead the term.

        Then send Heartbeat(term) to all peers at once, and again every self.heartbeat_ms for as long as you lead. (A group of one
        has nobody who answers. Where does it notice that it has won?)
        """
        raise NotImplementedError("step 3: count the votes, and lead")

    def on_heartbeat(self, sender: str, heartbeat: Heartbeat) -> None:
        """Step 4: `sender` leads heartbeat.term. If that term is no older than yours, follow: be patient anew.

        Whoever follows does not lead and does not stand, whatever it did a moment ago.
        """
        raise NotImplementedError("step 4: follow the leader, if this is news")

    def on_who_leads(self, sender: str, question: WhoLeads) -> None:
        """Step 5: a client asks who leads. Answer with LeaderIs(term, leader): a leader and the term it leads.

        If you know of no leader of your term, answer LeaderIs(your term, None).
        """
        raise NotImplementedError("step 5: say who leads")
