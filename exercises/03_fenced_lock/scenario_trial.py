"""How a scenario of yours is tried: which machines there are, and what must hold. Given; nothing to do here."""

from harness.checks.lock import OneWriterPerToken, OwnToken, StoreNeverGoesBack, TokensIncrease, WritesWithinLease
from harness.testing import Spec, World, names, verify

TTL_MS = 1000


def ids(seed):
    """The names that your function is called with: lock server, store, and two clients."""
    return names(seed, 4)


def trial(submission, seed, faults):
    """Run the scenario for thirty seconds; whatever happens in it, these promises hold."""
    server, store, *clients = ids(seed)
    given = {"server": server, "store": store, "ttl_ms": TTL_MS}
    nodes = [Spec(server, submission.LockServer), Spec(store, submission.Store)]
    nodes += [Spec(client, submission.LockClient, given) for client in clients]
    promises = StoreNeverGoesBack(), OneWriterPerToken(), OwnToken(), TokensIncrease(), WritesWithinLease()
    verify(World(tuple(nodes), seed, faults, until_ms=30_000, max_events=30_000), *promises)
