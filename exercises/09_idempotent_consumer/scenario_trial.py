"""How a scenario of yours is tried: which machines there are, and what must hold. Given; nothing to do here."""

from idempotent_consumer_protocol import Mailer, RiskDesk

from harness.checks.delivery import CountedOnce
from harness.checks.outbox import OneReceipt
from harness.checks.retries import SameKey
from harness.checks.rulings import AllowedFirst
from harness.testing import Spec, World, names, verify

RETRY_MS = 200
HORIZON_MS = 60_000


def ids(seed):
    """The names that your function is called with: accounts, risk desk, mailer, and the till of the shop "bakery"."""
    return names(seed, 4)


def trial(submission, seed, faults):
    """Run the scenario for thirty seconds; whatever happens in it, these promises hold. The risk desk allows every charge."""
    accounts, risk, mailer, till = ids(seed)
    given = {"risk": risk, "mailer": mailer, "retry_ms": RETRY_MS, "horizon_ms": HORIZON_MS}
    nodes = (
        Spec(accounts, submission.Accounts, given),
        Spec(risk, RiskDesk, {"blocked": ("mallory",)}),
        Spec(mailer, Mailer),
        Spec(till, submission.Till, {"shop": "bakery", "accounts": accounts, "retry_ms": RETRY_MS}),
    )
    promises = SameKey(till, "bakery"), AllowedFirst(accounts), OneReceipt(accounts), CountedOnce(accounts)
    verify(World(nodes, seed, faults, until_ms=30_000, max_events=30_000), *promises)
