"""The judges of a bank: histories written by hand both ways, and comparisons with brute force."""

import itertools
import random

import pytest

from harness.checks.bank import CountedOnce, OneAnswer, balances_of
from harness.checks.bank_answers import answered, books_agree, conserved, decided, everybody_is_told, sums, undecided
from harness.checks.bank_model import OneBank, like_one_machine, operations
from harness.checks.models import IMPOSSIBLE, UNKNOWN
from harness.errors import Broken, Misuse
from harness.message import message
from harness.trace import Trace


@message
class Deposit:
    key: str
    account: str
    amount: int


@message
class Transfer:
    key: str
    source: str
    target: str
    amount: int


@message
class BalanceOf:
    key: str
    account: str


@message
class Audit:
    key: str


@message
class Done:
    key: str


@message
class Refused:
    key: str
    reason: str


@message
class Balance:
    key: str
    account: str
    amount: int


@message
class Books:
    key: str
    balances: dict[str, int]


BANK = ("s1", "s2")
ASKS = (Deposit, Transfer, BalanceOf, Audit)


def history(*items):
    """A trace from (customer, message): what it asks is sent to a replica, what it is told is delivered to it."""
    records = []
    for place, (customer, data) in enumerate(items):
        kind = "send" if isinstance(data, ASKS) else "deliver"
        records.append((place, kind, customer, place, "s1", data))
    return Trace(records)


def code_of(judge, *items):
    try:
        judge.judge(history(*items))
    except Broken as broken:
        return broken.code
    return ""


D, T = Deposit("1", "tia", 1_000), Transfer("2", "tia", "ben", 10)
PAID = (("ann", D), ("ann", Done("1")), ("ann", T), ("ann", Done("2")))


def books(key="a", **balances):
    return ("ina", Audit(key)), ("ina", Books(key, balances))


@pytest.mark.parametrize(
    ("code", "items"),
    [
        ("", (*PAID, *books(tia=990, ben=10))),
        ("", (*PAID, *books(tia=990, ben=10, zoe=0))),
        ("", (("ann", D), *books(), ("ann", Done("1")))),
        ("", (("ann", D), *books(tia=1_000), ("ann", Done("1")))),
        ("lost", (("ann", D), *books(tia=1_000), *books("b"))),
        ("lost", (*PAID, *books(tia=1_000))),
        ("half", (*PAID, *books(tia=990))),
        ("half", (*PAID, *books(tia=1_000, ben=10))),
        ("twice", (*PAID, *books(tia=980, ben=20))),
        ("twice", (*PAID, *books(tia=1_990, ben=10))),
        ("negative", (*PAID, *books(tia=-10, ben=10))),
        ("unexplained", (*PAID, *books(tia=995, ben=10))),
        ("no_number", (*PAID, *books(tia=True))),
        ("no_number", (*PAID, *books(tia=990.0))),
        ("refused_and_done", (("ann", D), ("ann", Done("1")), ("ann", T), ("ann", Refused("2", "funds")), *books(tia=990, ben=10))),
        ("bad_amount", (("ann", D), ("ann", Transfer("2", "ben", "tia", -10)), *books(tia=990, ben=10))),
        ("one_key_twice", (*PAID, ("ann", Deposit("1", "zoe", 100)), *books(tia=990, ben=10, zoe=100))),
        ("lost", (*PAID, ("ina", BalanceOf("b", "ben")), ("ina", Balance("b", "ben", 0)))),
        ("", (*PAID, ("ina", BalanceOf("b", "ben")), ("ina", Balance("b", "ben", 10)))),
        ("", (("ina", BalanceOf("b", "ben")), *PAID, ("ina", Balance("b", "ben", 0)))),
        ("wrong_account", (*PAID, ("ina", BalanceOf("b", "ben")), ("ina", Balance("b", "tia", 990)))),
        ("wrong_kind", (("ina", BalanceOf("b", "ben")), ("ina", Done("b")))),
        ("wrong_kind", (("ina", D), ("ina", Balance("1", "tia", 1_000)))),
        ("reason", (("ann", T), ("ann", Refused("2", "no")))),
        ("unasked_answer", (("ann", D), ("ron", Done("1")))),
        ("other_answer", (("ann", T), ("ann", Refused("2", "funds")), ("ann", T), ("ann", Done("2")))),
        ("not_reused", (("ann", T), ("ann", T), ("ann", Refused("2", "reused")))),
        ("", (("ann", T), ("ann", Deposit("2", "tia", 1)), ("ann", Refused("2", "reused")), ("ann", Refused("2", "funds")))),
        ("", (("ann", D), ("ann", Done("1")), ("ron", Deposit("1", "tia", 100)), *books(tia=1_000))),
    ],
)
def test_every_request_counts_once(code, items):
    assert code_of(CountedOnce(BANK), *items) == code


def test_books_that_are_no_dict_are_refused():
    @message
    class Books:
        key: str
        balances: tuple

    with pytest.raises(Broken, match="should be a dict"):
        balances_of(Books("a", [("tia", 1)]), 0)


def test_amounts_must_be_powers_of_ten_and_differ():
    for other in (Deposit("2", "tia", 1_000), Deposit("2", "tia", 30)):
        with pytest.raises(Misuse):
            CountedOnce(BANK).judge(history(("ann", D), ("ann", other), *books(tia=1_000)))


def test_what_replicas_pass_on_to_one_another_is_nobodys_request():
    assert code_of(OneAnswer(BANK), ("s1", D), ("s1", Done("1")), ("s1", Done("2"))) == ""
    assert operations(history(("s1", D), ("s1", Done("1"))), BANK) == []


# --- in the end ---


def test_answers_are_owed_and_told_in_time():
    told = history(("ann", D), ("ann", Done("1")), ("ann", T))
    answered("ann", "1", by_ms=5).judge(told)
    answered("ann", "1", by_ms=5, word="Done").judge(told)
    for owed in (answered("ann", "1", 5, word="funds"), answered("ann", "1", 5, after_ms=2), answered("ann", "2", 5)):
        with pytest.raises(Broken):
            owed.judge(told)
    with pytest.raises(Broken, match="never told"):
        everybody_is_told(BANK).judge(told)
    everybody_is_told(BANK, unless=("ann",)).judge(told)
    everybody_is_told(BANK, after_ms=3).judge(told)


def test_the_first_answer_decides():
    trace = history(("ann", T), ("ann", Refused("2", "reused")), ("ann", Done("2")))
    decided("ann", "2", "reused").judge(trace)
    decided("ron", "2", "Done").judge(trace)
    with pytest.raises(Broken, match="it should be Done"):
        decided("ann", "2", "Done").judge(trace)


def test_nothing_is_said_before_it_is_sure():
    trace = history(("ann", T), ("ann", Refused("2", "reused")), ("ann", Done("2")))
    undecided("ann", "2", until_ms=0).judge(trace)
    undecided("ann", "1", until_ms=1_000).judge(trace)
    undecided("ron", "2", until_ms=1_000).judge(trace)
    with pytest.raises(Broken, match="Refused, reused to key 2"):
        undecided("ann", "2", until_ms=1_000).judge(trace)


def test_books_agree_whoever_leads():
    books_agree("ina", ("a", "b")).judge(history(*books(tia=1, ben=0), *books("b", tia=1)))
    with pytest.raises(Broken, match="ben has 0 and, without any transfer, 1"):
        books_agree("ina", ("a", "b")).judge(history(*books(tia=1), *books("b", tia=1, ben=1)))


# --- against brute force ---


def test_sums_are_those_of_all_subsets():
    draw = random.Random(1)
    for _ in range(2_000):
        amounts = [draw.randrange(5) for _ in range(draw.randrange(6))]
        subsets = itertools.chain.from_iterable(itertools.combinations(amounts, size) for size in range(len(amounts) + 1))
        assert sums(3, amounts) == {3 + sum(subset) for subset in subsets}


def orders(items, sure):
    """Yield every order of some of the mutating requests, `sure` ones included."""
    for size in range(len(items) + 1):
        for some in itertools.permutations(items, size):
            if sure <= set(some):
                yield some


def small_history(draw, unit):
    """Two or three deposits and transfers of different customers, all of them asked at the beginning; some answered; then an audit."""
    people = ("tia", "ben")
    wishes = []
    for place in range(draw.randrange(1, 4)):
        source, target = draw.choice((people, people[::-1], ("tia", "tia")))
        amount = unit(draw, place)
        wishes.append(Deposit("k", target, amount) if draw.random() < 0.5 else Transfer("k", source, target, amount))
    asks = [(f"c{place}", wish) for place, wish in enumerate(wishes)]
    told = [(name, draw.choice((Done("k"), Done("k"), Refused("k", "funds")))) for name, _ in asks if draw.random() < 0.6]
    balances = {}
    for wish in wishes:  # the books are often nearly right
        moves = {wish.account: wish.amount} if isinstance(wish, Deposit) else {wish.source: -wish.amount, wish.target: wish.amount}
        times = draw.choice((0, 1, 1, 1, 2))
        for account, amount in moves.items():
            balances[account] = balances.get(account, 0) + times * amount * (draw.random() < 0.9)
    return [*asks, *told, ("ina", Audit("a")), ("ina", Books("a", balances))]


def explained(items, free_funds):
    """Brute force: is there an order of some of the requests whose answers and books are the ones told?

    Args:
        free_funds: do not ask whether there was enough, and take a refusal at its word.
    """
    wishes = {name: data for name, data in items if isinstance(data, Deposit | Transfer)}
    told = {name: data for name, data in items if isinstance(data, Done | Refused)}
    (wanted,) = [data.balances for _, data in items if isinstance(data, Books)]
    wanted = {account: amount for account, amount in wanted.items() if amount}
    done = {name for name, answer in told.items() if isinstance(answer, Done)}
    refused = set(told) - done
    for some in orders([name for name in wishes if not free_funds or name not in refused], done if free_funds else set(told)):
        if _plays(some, wishes, told, wanted, free_funds):
            return True
    return False


def _plays(some, wishes, told, wanted, free_funds):
    balances = {}
    for name in some:
        wish, enough = wishes[name], True
        if isinstance(wish, Transfer):
            enough = free_funds or balances.get(wish.source, 0) >= wish.amount
        if name in told and enough != isinstance(told[name], Done):
            return False
        if enough and isinstance(wish, Transfer):
            balances[wish.source] = balances.get(wish.source, 0) - wish.amount
            balances[wish.target] = balances.get(wish.target, 0) + wish.amount
        elif enough:
            balances[wish.account] = balances.get(wish.account, 0) + wish.amount
    return {account: amount for account, amount in balances.items() if amount} == wanted


def test_counted_once_agrees_with_brute_force():
    draw = random.Random(2)
    verdicts = {True: 0, False: 0}
    for _ in range(30_000):
        items = small_history(draw, lambda _, place: 10**place)
        (told,) = [data.balances for _, data in items if isinstance(data, Books)]
        right = explained(items, free_funds=True) and min(told.values(), default=0) >= 0
        verdicts[right] += 1
        assert (code_of(CountedOnce(BANK), *items) == "") == right, items
    assert min(verdicts.values()) > 3_000


def test_one_bank_agrees_with_brute_force():
    draw = random.Random(3)
    verdicts = {True: 0, False: 0}
    for _ in range(30_000):
        items = small_history(draw, lambda draw, _: draw.choice((1, 2, 3)))
        right = explained(items, free_funds=False)
        verdicts[right] += 1
        assert (code_of(like_one_machine(BANK), *items) == "") == right, items
    assert min(verdicts.values()) > 3_000


def test_conserved_agrees_with_brute_force():
    draw = random.Random(4)
    verdicts = {True: 0, False: 0}
    for _ in range(30_000):
        items = small_history(draw, lambda draw, _: draw.choice((1, 2, 3)))
        (told,) = [data.balances for _, data in items if isinstance(data, Books)]
        deposits = {name: data.amount for name, data in items if isinstance(data, Deposit)}
        answers = {name: type(data) for name, data in items if isinstance(data, Done | Refused)}
        sure = sum(amount for name, amount in deposits.items() if answers.get(name) is Done)
        open_ = [amount for name, amount in deposits.items() if name not in answers]
        subsets = itertools.chain.from_iterable(itertools.combinations(open_, size) for size in range(len(open_) + 1))
        right = any(sum(told.values()) == sure + sum(some) for some in subsets)
        verdicts[right] += 1
        assert (code_of(conserved(BANK), *items) == "") == right, items
    assert min(verdicts.values()) > 3_000


# --- the model ---


def test_the_model_knows_the_rules():
    bank, rich = OneBank(), (("tia", 10),)
    assert bank.step(rich, Transfer("k", "tia", "ben", 10), "Done") == (("ben", 10),)
    assert bank.step(rich, Transfer("k", "tia", "ben", 11), "funds") == rich
    assert bank.step(rich, Transfer("k", "tia", "tia", 10), "Done") == rich
    assert bank.step(rich, Transfer("k", "tia", "ben", 0), "amount") == rich
    assert bank.step(rich, Transfer("k", "tia", "ben", 11), UNKNOWN) == rich
    for call, outcome in (
        (Transfer("k", "tia", "ben", 10), "funds"),
        (Transfer("k", "tia", "ben", -1), "Done"),
        (Deposit("k", "tia", 0), "Done"),
        (BalanceOf("k", "tia"), 9),
        (Audit("k"), {"tia": 10, "ben": 1}),
    ):
        assert bank.step(rich, call, outcome) is IMPOSSIBLE
    assert bank.step(rich, Audit("k"), {"tia": 10, "ben": 0}) == rich
    assert "is refused, funds" in bank.tell(Transfer("k", "tia", "ben", 11), "funds")
