"""How a scenario of yours is tried: which machines there are, and what must hold. Given; nothing to do here."""

from harness.checks.election import ElectedByMajority, OneLeaderPerTerm, OneVotePerTerm, TermsGrow, TrueAnswers
from harness.testing import Spec, World, names, verify

PATIENCE_MS = (150, 250, 400, 600)
HEARTBEAT_MS = 50


def ids(seed):
    """The names that your function is called with: of four electors, the most impatient first."""
    return names(seed, len(PATIENCE_MS))


def trial(submission, seed, faults):
    """Run the scenario for six seconds; whatever happens in it, these promises hold."""
    group = ids(seed)
    given = [{"election_ms": (patience, patience), "heartbeat_ms": HEARTBEAT_MS} for patience in PATIENCE_MS]
    nodes = tuple(Spec(name, submission.Elector, entry) for name, entry in zip(group, given, strict=True))
    promises = OneVotePerTerm(group), ElectedByMajority(group), OneLeaderPerTerm(group), TermsGrow(group), TrueAnswers(group)
    verify(World(nodes, seed, faults, until_ms=6_000, max_events=30_000), *promises)
