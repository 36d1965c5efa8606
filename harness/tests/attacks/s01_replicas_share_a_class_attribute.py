"""S01: replicas share a class attribute.

Exercise: 05
Base: solutions/05_quorum_election/quorum_election.py
Verdicts: wrong nondeterministic
May pass: stands leader_elected leader_stays who_leads old_news new_leader majority one_vote
"""

Elector.votes_of_all = {}


def on_request_vote(self, sender, request):
    given = self.votes_of_all.setdefault(request.term, sender)
    self.send(sender, Vote(request.term, given == sender))


Elector.on_request_vote = on_request_vote
