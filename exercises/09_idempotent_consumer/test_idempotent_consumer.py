"""Public checks. Reading them is part of the exercise: they say what must hold, and how it is tried.

The amounts are powers of ten, so that a balance says what was counted: 800 after a deposit of 1,000 is a charge of 100, taken twice.
"""

import random

from idempotent_consumer_protocol import BalanceOf, Busy, Charge, Deposit, Done, Mailer, Order, Refused, RiskDesk

from harness.checks.delivery import CountedOnce
from harness.checks.retries import SameKey, answered, decided, heard
from harness.checks.rulings import AllowedFirst
from harness.testing import Call, Crash, Deliver, Drop, Faults, Node, Rule, Spec, World, names, scenarios, verify

RETRY_MS = 200
HORIZON_MS = 60_000
END_MS = 20_000


def accounts(submission, seed, happenings, faults=Faults((1, 20)), blocked=()):
    """Accounts, risk desk and mailer, in an order that changes with the seed."""
    node, risk, mailer = names(seed, 3)
    given = {"risk": risk, "mailer": mailer, "retry_ms": RETRY_MS, "horizon_ms": HORIZON_MS}
    nodes = (Spec(node, submission.Accounts, given), Spec(risk, RiskDesk, {"blocked": blocked}), Spec(mailer, Mailer))
    return World(nodes[seed % 3 :] + nodes[: seed % 3], seed, faults.plus(*happenings), END_MS)


@scenarios(3)
def test_first_deposit(submission, seed):
    node = names(seed, 3)[0]
    calls = [
        Call("north", 100, node, Deposit("bakery", "7", "tia", 1000)),
        Call("tia", 500, node, BalanceOf("tia")),
        Call("north", 1000, node, Deposit("bakery", "8", "tia", 10)),
        Call("tia", 1500, node, BalanceOf("tia")),
        Call("ben", 1500, node, BalanceOf("ben")),
    ]
    told = [answered("north", "bakery", key, END_MS) for key in ("7", "8")]
    told += [decided("bakery", key, "Done") for key in ("7", "8")]
    told += [heard("tia", "Balance", after_ms=1500, account="tia"), heard("ben", "Balance", account="ben")]
    verify(accounts(submission, seed, calls), CountedOnce(node), *told)


@scenarios(4)
def test_same_answer(submission, seed):
    node = names(seed, 3)[0]
    keys = random.Random(f"keys/{seed}").sample(["41", "42", "43", "b-2"], 4)
    calls = [Call("north", 100 + 400 * place, node, Deposit("bakery", key, "tia", 10**place)) for place, key in enumerate(keys)]
    again = [Call("north", 2000 + 400 * place, node, Deposit("bakery", key, "tia", 10**place)) for place, key in enumerate(keys)]
    other = [Call("south", 5000, node, calls[0].message)]  # another till of the same shop takes over
    crash = [Crash(node, 3900, 100)] if seed % 2 else []
    asks = [Call("tia", at_ms, node, BalanceOf("tia")) for at_ms in (1900, 4500, 6000)]
    first = [answered("north", "bakery", key, 1900) for key in keys] + [decided("bakery", key, "Done") for key in keys]
    second = [answered("north", "bakery", key, END_MS, after_ms=2000) for key in keys]
    twice = Faults((1, 20), rules=(Rule(Deliver(5, (15,)), kind="Deposit"),) if seed % 4 > 1 else ())
    world = accounts(submission, seed, [*calls, *again, *other, *crash, *asks], twice)
    verify(world, CountedOnce(node), *first, *second, answered("south", "bakery", keys[0], END_MS), heard("tia", "Balance", after_ms=6000))


@scenarios(6)
def test_key_reused(submission, seed):
    node = names(seed, 3)[0]
    deposit = Deposit("bakery", "7", "tia", 1000)
    other = (Deposit("bakery", "7", "tia", 100), Deposit("bakery", "7", "ben", 1000), Charge("bakery", "7", "tia", 1000))[seed % 3]
    calls = [
        Call("north", 100, node, deposit),
        Call("south", 600, node, other),
        Call("tia", 1000, node, BalanceOf("tia")),
        Call("ben", 1000, node, BalanceOf("ben")),
        Call("dairy till", 1500, node, Deposit("dairy", "7", "tia", 10)),
        Call("north", 2000, node, deposit),
        Call("south", 2500, node, other),
        Call("tia", 3000, node, BalanceOf("tia")),
    ]
    told = [
        answered("north", "bakery", "7", END_MS),
        answered("south", "bakery", "7", END_MS),
        answered("dairy till", "dairy", "7", END_MS),
        decided("dairy", "7", "Done"),
        answered("north", "bakery", "7", END_MS, after_ms=2000),
        answered("south", "bakery", "7", END_MS, after_ms=2500),
    ]
    crash = [Crash(node, 1800, 100)] if seed // 3 % 2 else []
    verify(accounts(submission, seed, [*calls, *crash]), CountedOnce(node), *told)


@scenarios(3)
def test_charge_decided(submission, seed):
    node = names(seed, 3)[0]
    calls = [
        Call("north", 100, node, Deposit("bakery", "1", "tia", 1000)),
        Call("north", 100, node, Deposit("bakery", "2", "ben", 1000)),
        Call("north", 100, node, Deposit("bakery", "3", "zoe", 100)),
        *[Call("north", at_ms, node, Charge("bakery", "4", "tia", 100)) for at_ms in (600, 1600)],
        *[Call("north", at_ms, node, Charge("bakery", "5", "ben", 100)) for at_ms in (600, 1600)],
        *[Call("north", at_ms, node, Charge("bakery", "6", "zoe", 1000)) for at_ms in (600, 1600)],
        *[Call(who, at_ms, node, BalanceOf(who)) for who in ("tia", "ben", "zoe") for at_ms in (1500, 2500)],
    ]
    right = [
        decided("bakery", "4", "Done", after=("bakery", "1")),
        decided("bakery", "5", "risk"),
        decided("bakery", "6", "funds"),
    ]
    told = [answered("north", "bakery", key, END_MS) for key in ("4", "5", "6")]
    verify(accounts(submission, seed, calls, blocked=("ben",)), CountedOnce(node), AllowedFirst(node), *right, *told)
    exact = [Call("north", 100, node, Deposit("bakery", "1", "tia", 70))]  # a charge may take all there is
    exact += [Call("north", at_ms, node, Charge("bakery", "2", "tia", 70)) for at_ms in (600, 1100)]
    all_of_it = decided("bakery", "2", "Done", after=("bakery", "1"))
    verify(accounts(submission, seed, exact), all_of_it, answered("north", "bakery", "2", END_MS))


class OtherAccounts(Node):
    """Plays the accounts for your till alone: says Busy to the first charge of a key, answers the third. A charge takes all there is."""

    def on_start(self):
        self.asked = {}

    def on_charge(self, sender, charge: Charge):
        times = self.asked[charge.key] = self.asked.get(charge.key, 0) + 1
        if times == 1:
            self.send(sender, Busy(charge.shop, charge.key))
        elif times >= 3 and charge.account == "ben":
            self.send(sender, Refused(charge.shop, charge.key, "funds"))
        elif times >= 3:
            self.send(sender, Done(charge.shop, charge.key, 0))


@scenarios(6)
def test_same_key(submission, seed):
    till, node = names(seed, 2)
    nodes = (Spec(till, submission.Till, {"shop": "bakery", "accounts": node, "retry_ms": RETRY_MS}), Spec(node, OtherAccounts))
    first, second, third = random.Random(f"orders/{seed}").sample(range(1, 500), 3)
    orders = (Order(first, "tia", 100), Order(second, "ben", 100), Order(third, "tia", 100))
    calls = [Call("clerk", 50 + 700 * (seed % 2) * place, till, order) for place, order in enumerate(orders)]
    calls += [Call("clerk", at_ms, till, order) for order in orders for at_ms in (4000, 4100, 8000)]  # nobody told the clerk, it thinks
    crash = [Crash(till, 150 + 100 * (seed % 36), 50)] if seed % 3 == 0 else []
    lost = (Rule(Drop(), kind="Done", nth=1), Rule(Drop(), kind="Refused", nth=1), Rule(Drop(), kind="Charge", nth=2))
    world = World(nodes, seed, Faults((1, 60), happenings=(*calls, *crash), rules=lost), 2 * END_MS)
    told = [
        heard("clerk", "Paid", number=first),
        heard("clerk", "Declined", number=second, reason="funds"),
        heard("clerk", "Paid", number=third),
    ]
    verify(world, SameKey(till, "bakery"), *told)
