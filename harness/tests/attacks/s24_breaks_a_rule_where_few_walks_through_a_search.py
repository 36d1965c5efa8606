"""S24: breaks a rule in a place to which few ways through a search lead, and not while it is searched.

Exercise: 05
Base: solutions/05_quorum_election/wrong/x33_a_refusal_frees_the_vote.py
Verdicts: wrong nondeterministic
May pass: stands one_vote leader_elected leader_stays who_leads majority one_leader new_leader old_news
"""

import sys

_on_vote = Elector.on_vote


def explored():
    frame = sys._getframe()
    while frame is not None:
        if frame.f_code.co_name == "do_step":
            return True
        frame = frame.f_back
    return False


def on_vote(self, sender, vote):
    refused = vote.term == self.term and not vote.granted
    if not refused or not explored():
        _on_vote(self, sender, vote)


Elector.on_vote = on_vote
