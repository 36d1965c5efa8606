"""S25: breaks a rule in the first life of its process only, and in a search a process lives more often than once.

Exercise: 05
Base: solutions/05_quorum_election/wrong/x33_a_refusal_frees_the_vote.py
Verdicts: wrong nondeterministic
May pass: stands one_vote leader_elected leader_stays who_leads majority one_leader new_leader old_news
"""

LIVES = []
_on_start, _on_vote = Elector.on_start, Elector.on_vote


def on_start(self):
    LIVES.append(self.id)
    _on_start(self)


def on_vote(self, sender, vote):
    refused = vote.term == self.term and not vote.granted
    if not refused or len(LIVES) == 1:
        _on_vote(self, sender, vote)


Elector.on_start, Elector.on_vote = on_start, on_vote
