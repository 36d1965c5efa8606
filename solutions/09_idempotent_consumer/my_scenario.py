"""Reference: every request twice, with a crash in between or inside, and now and then a look at the balance."""

from idempotent_consumer_protocol import BalanceOf, Charge, Deposit, Order

from harness.scenario import call, crash, lose


def scenario(accounts: str, risk: str, mailer: str, till: str) -> list[tuple[object, ...]]:
    deposit, charge = Deposit("bakery", "d1", "tia", 100_000), Charge("bakery", "c1", "tia", 10_000)
    dairy = Deposit("dairy", "d1", "tia", 1_000)
    return [
        call("north", 100, accounts, deposit),
        call("north", 500, accounts, charge),
        call("south", 510, accounts, charge),
        crash(accounts, at_ms=1_000),
        call("north", 1_500, accounts, deposit),
        call("south", 1_500, accounts, charge),
        call("tia", 2_000, accounts, BalanceOf("tia")),
        crash(accounts, at_ms=2_450, after_effects=1),
        call("dairy", 2_500, accounts, dairy),
        call("dairy", 2_700, accounts, dairy),
        call("tia", 2_900, accounts, BalanceOf("tia")),
        lose(accounts, till, "Done", nth=1),
        call("clerk", 3_000, till, Order(1, "tia", 100)),
        crash(till, at_ms=3_100),
        call("clerk", 3_500, till, Order(1, "tia", 100)),
        call("north", 4_000, accounts, Charge("bakery", "c2", "zoe", 10)),
        call("north", 4_500, accounts, Deposit("bakery", "d2", "zoe", 100)),
        call("north", 5_000, accounts, Charge("bakery", "c2", "zoe", 10)),
        crash(accounts, at_ms=5_950, after_effects=1),
        call("north", 6_000, accounts, Charge("bakery", "c4", "zoe", 1)),
        call("north", 6_500, accounts, Charge("bakery", "c4", "zoe", 1)),
        call("zoe", 9_000, accounts, BalanceOf("zoe")),
        call("tia", 9_000, accounts, BalanceOf("tia")),
    ]
