"""Bonus: a scenario of your own, in which accounts and tills that are built wrongly break a promise. Right ones must keep theirs.

At grading it is tried on programs with mistakes that people really make. The more of them it catches, the more points, apart from
those of the checks. `course test 09` tries it on your own program, which should keep its promises in it.

The run: your accounts, the risk desk (which allows every charge, but none to the account "mallory"), the mailer, and your till of the
shop "bakery"; thirty seconds; every message takes 10 ms; retry_ms is 200, horizon_ms 60,000. Nothing happens until somebody asks.
`scenario_trial.py` beside this file says what must hold.
"""

from idempotent_consumer_protocol import BalanceOf, Charge, Deposit, Order

from harness.scenario import call, crash, cut, cut_one_way, delay, lose, pause, repeat, set_clock


def scenario(accounts: str, risk: str, mailer: str, till: str) -> list[tuple[object, ...]]:
    """Say what happens to accounts, risk desk, mailer and till: at most 40 of the words imported above, with times up to 20,000.

    For instance, this puts 1,000 on an account, orders for 100 and for 10, lets the accounts crash, and asks what is left:

        return [call("north", 100, accounts, Deposit("bakery", "d1", "tia", 1_000)), crash(accounts, at_ms=700),
                call("clerk", 600, till, Order(1, "tia", 100)), call("clerk", 900, till, Order(2, "tia", 10)),
                call("tia", 5_000, accounts, BalanceOf("tia"))]

    Clients send Deposit, Charge, BalanceOf and Order only. All amounts of one account must be different powers of ten: then a balance
    says what was counted. No two orders have the same number. Tills use keys of their own, often numbers: begin yours with a letter.
    `crash(accounts, at_ms=400, after_effects=1)` pulls the plug inside a handler, right after its first effect. harness/scenario.py
    explains every word. Think of one mistake first, and of the shortest story in which it shows.
    """
    raise NotImplementedError("bonus: say what happens to accounts, risk desk, mailer and till")
