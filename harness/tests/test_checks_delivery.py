"""The folds of harness/checks/{delivery,outbox,retries}.py: traces written by hand both ways, and a comparison with brute force."""

import itertools
import random

import pytest

from harness.checks.delivery import CountedOnce
from harness.checks.outbox import OneReceipt, receipts_arrive, told_once_noted
from harness.checks.requests import Request, how_often
from harness.checks.retries import SameKey, answered, decided, heard, one_answer, sent_again
from harness.checks.rulings import AllowedFirst
from harness.errors import Broken, Misuse
from harness.message import message
from harness.trace import Trace


@message
class Deposit:
    shop: str
    key: str
    account: str
    amount: int


@message
class Charge:
    shop: str
    key: str
    account: str
    amount: int


@message
class Done:
    shop: str
    key: str
    balance: int


@message
class Refused:
    shop: str
    key: str
    reason: str


@message
class Balance:
    account: str
    amount: int


@message
class Assessed:
    shop: str
    key: str
    account: str
    amount: int
    allowed: bool


@message
class Receipt:
    id: str
    account: str
    amount: int


@message
class Noted:
    id: str


@message
class Order:
    number: int
    account: str
    amount: int


@message
class Paid:
    number: int


@message
class Declined:
    number: int
    reason: str


def comes(message, sender="north", at_ms=0, to="bank"):
    return (at_ms, "deliver", to, 1, sender, message)


def says(message, to="north", at_ms=0, node="bank"):
    return (at_ms, "send", node, 1, to, message)


def code(fold, *records):
    try:
        fold.judge(Trace(list(records)))
    except Broken as broken:
        assert all(0 <= place < len(records) for place in broken.records)
        assert broken.text
        return broken.code
    return ""


IN = Deposit("s", "1", "tia", 1000)
OUT = Charge("s", "2", "tia", 100)
ONCE = CountedOnce("bank")
DONE_IN, DONE_OUT = Done("s", "1", 1000), Done("s", "2", 900)


@pytest.mark.parametrize(
    ("records", "wanted"),
    [
        ((comes(IN), says(DONE_IN), comes(IN), says(DONE_IN)), ""),
        ((comes(IN), says(DONE_IN), comes(IN), says(Done("s", "1", 2000))), "other_answer"),
        ((comes(IN), says(Done("s", "1", 2000))), "twice"),
        ((comes(IN), says(DONE_IN), says(Balance("tia", 2000), "tia")), "twice"),
        ((comes(IN), says(DONE_IN), says(Balance("tia", 0), "tia")), "lost"),
        ((comes(IN), says(Balance("tia", 1000), "tia"), says(Balance("tia", 0), "tia")), "lost"),
        ((comes(IN), says(Balance("tia", 0), "tia"), says(Balance("tia", 1000), "tia")), ""),
        ((comes(IN), says(Balance("tia", 70), "tia")), "unexplained"),
        ((says(Balance("tia", 0), "tia"),), ""),
        ((says(Balance("tia", None), "tia"),), "no_number"),
        ((says(Balance("tia", False), "tia"),), "no_number"),
        ((comes(IN), says(Done("s", "1", 0))), "not_counted"),
        ((comes(IN), says(DONE_IN, to="south")), "unasked_answer"),
        ((comes(IN), comes(IN, "south"), says(DONE_IN), says(DONE_IN, to="south")), ""),
        ((comes(IN), comes(OUT), says(DONE_IN), says(DONE_OUT), says(Balance("tia", 900), "tia")), ""),
        ((comes(IN), comes(OUT), says(DONE_IN), says(DONE_OUT), says(Balance("tia", 800), "tia")), "twice"),
        ((comes(IN), comes(OUT), says(Refused("s", "2", "funds")), says(DONE_IN), says(Refused("s", "2", "funds"))), ""),
        ((comes(IN), comes(OUT), says(Refused("s", "2", "funds")), says(DONE_IN), says(DONE_OUT)), "other_answer"),
        ((comes(IN), comes(OUT), says(Refused("s", "2", "funds")), says(Balance("tia", 900), "tia")), "refused_and_done"),
        ((comes(IN), comes(OUT), says(Balance("tia", 900), "tia"), says(Refused("s", "2", "funds"))), "refused_and_done"),
        ((comes(IN), says(Refused("s", "1", "no"))), "reason"),
        ((comes(IN), says(Refused("s", "1", "reused"))), "not_reused"),
        ((comes(IN), comes(Deposit("s", "1", "tia", 10), "south"), says(Refused("s", "1", "reused"), "south"), says(DONE_IN)), ""),
        ((comes(IN), comes(Deposit("s", "1", "tia", 10), "south"), says(DONE_IN), says(DONE_IN, "south")), "reused_key"),
        ((comes(IN), comes(Deposit("s", "1", "tia", 10), "south"), says(DONE_IN), says(Refused("s", "1", "reused"))), "not_reused"),
        ((comes(IN), comes(Deposit("s", "1", "tia", 10), "south"), says(Balance("tia", 1010), "tia")), "one_key_twice"),
        ((comes(IN), comes(Charge("s", "1", "tia", 1000), "south"), says(DONE_IN), says(Refused("s", "1", "reused"), "south")), ""),
        ((comes(IN), comes(Deposit("t", "1", "tia", 10), "t"), says(DONE_IN), says(Done("t", "1", 1010), "t")), ""),
        ((comes(IN), says(Refused("s", "1", "reused"), "south")), "unasked_answer"),
        ((comes(OUT), says(Receipt("r", "tia", 100), "post")), ""),
        ((says(Receipt("r", "tia", 100), "post"),), "receipt_unasked"),
        ((comes(OUT), says(Refused("s", "2", "risk")), says(Receipt("r", "tia", 100), "post")), "receipt_for_nothing"),
        ((comes(OUT), says(Receipt("r", "tia", 100), "post"), says(Refused("s", "2", "risk"))), "refused_and_done"),
        ((comes(IN), comes(OUT), says(Receipt("r", "tia", 100), "post"), says(Balance("tia", 1000), "tia")), "lost"),
        ((comes(IN), comes(OUT), says(Balance("tia", 1000), "tia"), comes(IN), says(DONE_OUT), says(Done("s", "1", 900))), "later_balance"),
        (
            (comes(IN), comes(Deposit("s", "3", "tia", 1)), says(Done("s", "3", 1)), says(Done("s", "1", 1000))),
            "two_histories",
        ),
    ],
)
def test_every_request_counts_once(records, wanted):
    assert code(ONCE, *records) == wanted


def test_nobody_else_is_judged():
    assert code(CountedOnce("other"), comes(IN), says(Done("s", "1", 7))) == ""


def test_balances_are_read_like_an_odometer():
    first, second = Request("s", "1", "Deposit", "tia", 1000), Request("s", "2", "Charge", "tia", 100)
    assert how_often(900, [first, second]) == {first: 1, second: 1}
    assert how_often(1800, [first, second]) == {first: 2, second: 2}
    assert how_often(-200, [first, second]) == {second: 2}
    assert how_often(901, [first, second]) is None
    for one, other in itertools.product(range(-4, 5), repeat=2):
        balance = 1000 * one + 100 * other
        times = how_often(balance, [first, second])
        assert (times is not None) == (one >= 0 and other <= 0)


def test_amounts_that_cannot_be_told_apart_are_the_test_authors_mistake():
    with pytest.raises(Misuse):
        how_often(70, [Request("s", "1", "Deposit", "tia", 70)])
    with pytest.raises(Misuse):
        how_often(10, [Request("s", "1", "Deposit", "tia", 10), Request("s", "2", "Deposit", "tia", 10)])


def explained(records):
    """Brute force: is there an order of requests, some left out, that explains everything the bank said?"""
    arrived = [m for _, kind, *_, m in records if kind == "deliver"]
    requests = list(dict.fromkeys(Request(m.shop, m.key, type(m).__name__, m.account, m.amount) for m in arrived))
    for size in range(len(requests) + 1):
        for order in itertools.permutations(requests, size):
            if len({request.name for request in order}) == size and _explains(order, records):
                return True
    return False


def _explains(order, records):
    sums = list(itertools.accumulate([r.amount if r.kind == "Deposit" else -r.amount for r in order], initial=0))
    asked, answers, earliest = {}, {}, 0  # `earliest`: how many of the order are sure to have been carried out
    for _, kind, _, _, other, m in records:
        if kind == "deliver":
            asked.setdefault(other, set()).add(Request(m.shop, m.key, type(m).__name__, m.account, m.amount))
            continue
        arrived = set().union(*asked.values()) if asked else set()
        longest = next((place for place, request in enumerate(order) if request not in arrived), len(order))
        if type(m) is Balance:
            fits = [place for place in range(earliest, longest + 1) if sums[place] == m.amount]
            if not fits:
                return False
            earliest = fits[0]
            continue
        name = m.shop, m.key
        mine = [request for request in asked.get(other, ()) if request.name == name]
        carried = next((place for place, request in enumerate(order) if request.name == name), None)
        if type(m) is Done:
            right = carried is not None and carried < longest and order[carried] in mine and sums[carried + 1] == m.balance
            earliest = max(earliest, (carried or 0) + 1)
        else:
            right = carried is None and bool(mine)
        if not right or answers.setdefault(name, m) != m:
            return False
    return True


def test_agrees_with_brute_force():
    draw = random.Random("brute")
    seen = set()
    for _ in range(4000):
        requests = [Deposit("s", "1", "tia", 100), Charge("s", "2", "tia", 10), Deposit("s", draw.choice("123"), "tia", 1)]
        records = []
        for _ in range(draw.randrange(2, 8)):
            who = draw.choice(("north", "south"))
            if draw.random() < 0.45:
                records.append(comes(draw.choice(requests), who))
            else:
                amount = draw.choice((0, 100, 90, 101, 91, 1, -10, 200, 80))
                key = draw.choice("123")
                said = draw.choice((Done("s", key, amount), Done("s", key, amount), Refused("s", key, "funds"), Balance("tia", amount)))
                records.append(says(said, who))
        # one request per key and sender, so that it is plain what an answer answers
        keys = {}
        if any(keys.setdefault((r[4], r[5].key), r[5]) != r[5] for r in records if r[1] == "deliver"):
            continue
        found = code(ONCE, *records)
        if found == "reused_key":
            continue  # brute force does not know that a refusal belongs to one request alone
        assert (found == "") == explained(records), records
        seen.add(found)
    assert {"", "twice", "lost", "not_counted", "other_answer", "refused_and_done", "unasked_answer"} <= seen


RULING = AllowedFirst("bank")


@pytest.mark.parametrize(
    ("records", "wanted"),
    [
        ((comes(OUT), comes(Assessed("s", "2", "tia", 100, True), "risk"), says(DONE_OUT)), ""),
        ((comes(OUT), says(DONE_OUT)), "not_asked"),
        ((comes(OUT), comes(Assessed("s", "2", "tia", 100, False), "risk"), says(DONE_OUT)), "not_asked"),
        ((comes(OUT), comes(Assessed("s", "2", "tia", 10, True), "risk"), says(DONE_OUT)), "not_asked"),
        ((comes(OUT), comes(Assessed("s", "2", "tia", 100, False), "risk"), says(Refused("s", "2", "risk"))), ""),
        ((comes(OUT), says(Refused("s", "2", "risk"))), "not_asked"),
        ((comes(OUT), says(Refused("s", "2", "funds"))), ""),
        ((comes(OUT), says(Receipt("r", "tia", 100), "post")), "not_asked"),
        ((comes(IN), says(DONE_IN)), ""),
    ],
)
def test_the_risk_desk_is_asked_first(records, wanted):
    assert code(RULING, *records) == wanted


@pytest.mark.parametrize(
    ("receipts", "wanted"),
    [
        ((Receipt("a", "tia", 1), Receipt("a", "tia", 1), Receipt("b", "tia", 10)), ""),
        ((Receipt("a", "tia", 1), Receipt("b", "tia", 1)), "two_ids"),
        ((Receipt("a", "tia", 1), Receipt("a", "ben", 1)), "shared_id"),
        ((Receipt(7, "tia", 1),), "no_text"),
    ],
)
def test_one_id_per_charge(receipts, wanted):
    assert code(OneReceipt("bank"), *[says(receipt, "post") for receipt in receipts]) == wanted


def test_a_charge_without_receipt_is_missed():
    run = (comes(OUT), says(DONE_OUT), comes(IN), says(DONE_IN))
    assert code(receipts_arrive("bank", "post"), *run) == "receipt_lost"
    assert code(receipts_arrive("bank", "post"), *run, comes(Receipt("r", "tia", 100), "bank", to="post")) == ""


def test_a_lost_receipt_says_what_came_after_it():
    run, noted = (comes(OUT), says(DONE_OUT)), comes(Noted("other"), "post")
    sent = says(Receipt("r", "tia", 100), "post")
    assert code(receipts_arrive("bank", "post"), *run, noted) == "receipt_lost_noted"
    assert code(receipts_arrive("bank", "post"), *run, noted, sent) == "receipt_lost"


def test_a_noted_receipt_is_sent_no_more():
    fold = told_once_noted("bank", 1000)
    sent, noted = says(Receipt("r", "tia", 1), "post"), comes(Noted("r"), "post", 10)
    assert code(fold, sent, noted, says(Receipt("r", "tia", 1), "post", 900)) == ""
    assert code(fold, sent, noted, says(Receipt("r", "tia", 1), "post", 1100)) == "never_stops"
    assert code(fold, sent, noted, says(Receipt("q", "tia", 10), "post", 1100)) == ""


def test_answers_and_news_are_missed():
    asked = (comes(IN, at_ms=400), comes(Deposit("s", "2", "tia", 10), at_ms=400), comes(IN, at_ms=700))
    run = (*asked[:2], comes(DONE_IN, "bank", 500, to="north"), asked[2])
    assert code(answered("north", "s", "1", 1000), *run) == ""
    assert code(answered("north", "s", "1", 1000, after_ms=600), *run) == "no_answer"
    assert code(answered("north", "s", "1", 1000, after_ms=600, asks=2), *run) == ""
    assert code(answered("north", "s", "2", 1000), *run) == "no_answer"
    assert code(answered("north", "s", "3", 1000), *run) == ""
    ordered = (comes(Order(7, "tia", 1), "clerk", 100, to="till"), comes(Order(8, "tia", 1), "clerk", 100, to="till"))
    run = (*ordered, comes(Paid(7), "till", 900, to="clerk"), comes(Order(7, "tia", 1), "clerk", 950, to="till"))
    assert code(heard("clerk", "Paid", "Declined", number=7), *run) == ""
    assert code(heard("clerk", "Paid", number=8), *run) == "not_heard"
    assert code(heard("clerk", "Declined", number=7), *run) == "not_heard"
    assert code(heard("clerk", "Paid", after_ms=901, number=7), *run) == "not_heard"
    assert code(heard("clerk", "Paid", after_ms=901, asks=2, number=7), *run) == ""
    assert code(heard("clerk", "Paid", number=9), *run) == ""


def test_what_nobody_answers_is_sent_again_in_time_each_under_its_own_name():
    fold = sent_again("till", "Charge", "key", gap_ms=1000, until_ms=2000)
    other = Charge("s", "3", "tia", 10)

    def sends(*when, charge=OUT):
        return [says(charge, "bank", at_ms, "till") for at_ms in when]

    assert code(fold, *sends(0, 1000, 1500)) == ""
    assert code(fold, *sends(0, 1100, 1500)) == "not_again"
    assert code(fold, *sends(0, 900)) == "not_again"
    assert code(fold, *sends(0, 900, 1800), *sends(1900, charge=other)) == ""
    assert code(fold, *sends(0, 900, 1800), *sends(800, charge=other)) == "not_again"
    assert code(fold, *sends(0, 900, 1800, 9000)) == ""


def test_a_key_has_one_answer():
    assert code(one_answer("s", "1"), says(DONE_IN), says(DONE_IN, to="south"), says(DONE_OUT)) == ""
    assert code(one_answer("s", "1"), says(DONE_IN), says(Refused("s", "1", "funds"))) == "other_answer"
    assert code(one_answer("s", "1"), says(DONE_IN), says(Done("s", "1", 1))) == "other_answer"


def test_the_right_answer_is_owed_only_after_what_it_needs():
    funds = says(Refused("s", "2", "funds"))
    owed = decided("s", "2", "Done", after=("s", "1"))
    assert code(owed, comes(IN), says(DONE_IN), comes(OUT), funds) == "wrong_answer"
    assert code(owed, comes(OUT), comes(IN), says(DONE_IN), funds) == ""
    assert code(owed, comes(OUT), funds) == ""
    assert code(decided("s", "2", "funds", "risk"), comes(OUT), funds) == ""
    assert code(decided("s", "2", "risk"), comes(OUT), funds) == "wrong_answer"


def order(number, amount=100):
    return comes(Order(number, "tia", amount), "clerk", to="till")


def charge(key, amount=100, shop="s"):
    return says(Charge(shop, key, "tia", amount), "bank", node="till")


@pytest.mark.parametrize(
    ("records", "wanted"),
    [
        ((order(1), charge("a"), charge("a"), comes(Done("s", "a", 0), "bank", to="till"), says(Paid(1), "clerk", node="till")), ""),
        ((order(1), charge("a"), charge("b")), "new_key"),
        ((order(1), order(2), charge("a"), charge("b")), ""),
        ((order(1), order(2, 10), charge("a"), charge("a", 10)), "key_of_another"),
        ((order(1), charge("a", shop="t")), "other_shop"),
        ((order(1), charge("a", 10)), "no_order"),
        ((order(1), charge(1)), "no_text"),
        ((order(1), charge("a"), says(Paid(1), "clerk", node="till")), "false_news"),
        (
            (order(1), charge("a"), comes(Refused("s", "a", "funds"), "bank", to="till"), says(Paid(1), "clerk", node="till")),
            "false_news",
        ),
        (
            (order(1), charge("a"), comes(Refused("s", "a", "funds"), "bank", to="till"), says(Declined(1, "funds"), "clerk", node="till")),
            "",
        ),
        (
            (
                *(order(1), order(2), charge("a"), comes(Done("s", "a", 0), "bank", to="till")),
                *(says(Paid(1), "clerk", node="till"), says(Paid(2), "clerk", node="till")),
            ),
            "one_key",
        ),
    ],
)
def test_one_key_per_order(records, wanted):
    assert code(SameKey("till", "s"), *records) == wanted
