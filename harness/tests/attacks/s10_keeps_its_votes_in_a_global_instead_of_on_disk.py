"""S10: keeps its votes in a global instead of on disk.

Exercise: 05
Base: solutions/05_quorum_election/quorum_election.py
Verdicts: wrong nondeterministic
May pass: stands leader_elected leader_stays who_leads new_leader majority one_vote old_news
"""

VOTES = {}


class Memory:
    def get(self, key, default=None):
        return VOTES.get(key, default)

    def __setitem__(self, key, value):
        VOTES[key] = value


_start, _vote = Elector.on_start, Elector.vote_for


def on_start(self):
    self.term, self.voted_for = VOTES.get("vote", (0, None))
    self.leader, self.voters, self.timer = None, set(), None
    self.wait_for_leader()


def vote_for(self, candidate):
    self.voted_for = candidate
    VOTES["vote"] = (self.term, candidate)


Elector.on_start, Elector.vote_for = on_start, vote_for
