"""S18: reports success without having asked anybody.

Exercise: 05
Base: solutions/05_quorum_election/quorum_election.py
Verdicts: wrong
May pass: who_leads old_news one_vote
"""

from quorum_election_protocol import Heartbeat


def stand(self):
    self.term += 1
    self.leader = self.id
    self.broadcast(Heartbeat(self.term))
    self.timer = self.after(10, self.stand)


Elector.stand = stand
