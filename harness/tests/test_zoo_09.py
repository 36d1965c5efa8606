"""Programs of 09 that are right, and how that is known.

One looks wrong: it looks a charge's key up only when the risk desk has answered. It was written as a wrong program (X35) and survived. Here
every order of a small system, with a crash at any effect and a message that comes twice, shows that no answer, balance or receipt
tells it from the reference.
"""

import pytest

from harness import catalogue
from harness.checks.delivery import CountedOnce
from harness.checks.outbox import OneReceipt
from harness.checks.rulings import AllowedFirst
from harness.running import load_checks, run_check, submission_of
from harness.testing import Bounds, Call, Faults, Sometimes, Spec, World, explore

EXERCISE = catalogue.exercise("09")


@pytest.mark.parametrize("program", ["idempotent_consumer.py", "right/x35_looks_up_once.py"])
def test_one_look_right_before_the_decision_is_enough(program):
    load_checks(EXERCISE)  # puts the given messages where the program finds them
    import idempotent_consumer_protocol as given

    submission = submission_of(EXERCISE, EXERCISE.solution / program)
    told = {"risk": "risk", "mailer": "mailer", "retry_ms": 200, "horizon_ms": 60_000}
    nodes = (
        Spec("bank", submission.Accounts, told),
        Spec("risk", given.RiskDesk, {"blocked": ()}),
        Spec("mailer", given.Mailer),
    )
    charge = given.Charge("bakery", "2", "tia", 100)
    asks = [given.Deposit("bakery", "1", "tia", 1000), charge, charge, given.BalanceOf("tia")]
    world = World(nodes, 0, Faults(happenings=tuple(Call("north", 0, "bank", ask) for ask in asks)))
    done = Sometimes("the charge is done", lambda r: r.kind == "send" and r.name == "Done" and r.data.balance == 900)
    properties = (CountedOnce("bank"), AllowedFirst("bank"), OneReceipt("bank"), done)
    found = explore(world, properties, Bounds(crashes=1, duplicates=1, timers=0, states=100_000))
    assert (found.verdict, found.unreached) == ("exhausted", ())


def test_a_restart_comes_while_orders_are_still_asked_for():
    """With a large seed the public check once switched a till off after the last order: a slow one could not tell the clerk any more."""
    slow = submission_of(EXERCISE, EXERCISE.solution / "right/r_as_slow_as_may_be.py")
    result = run_check(EXERCISE, EXERCISE.check("same_key"), load_checks(EXERCISE)["same_key"], slow, [81, 300, 999])
    assert result.passed, result.text
