"""Public checks. Reading them is part of the exercise: they say what must hold, and how it is tried.

The amounts are powers of ten, so that a balance says what was counted: 1,200 after deposits of 1,000 and 100 is the second one, twice.
"""

from bank_protocol import Audit, BalanceOf, Customer, Deposit, Transfer

from harness.checks.bank import CountedOnce, OneAnswer
from harness.checks.bank_answers import answered, decided, everybody_is_told
from harness.checks.bank_model import like_one_machine
from harness.testing import Call, Crash, Faults, Partition, Spec, World, names, scenarios, verify

HEARTBEAT_MS = 100
ELECTION_MS = (300, 600)
RETRY_MS = 400
MOST_EVENTS = 160_000


def world(nodes, seed, faults=Faults(), until_ms=30_000):
    """A world whose nodes come to rest, or are stopped: ten times as many events as a run here should need."""
    return World(nodes, seed, faults, until_ms, max_events=MOST_EVENTS)


def replicas(submission, ids):
    """A bank. The first replica is less patient than the others, so that it is likely to lead first."""
    patience = [(300, 300), *[(low, low) for low in range(450, 450 + 50 * len(ids), 50)]]
    given = {name: {"election_ms": patience[place], "heartbeat_ms": HEARTBEAT_MS} for place, name in enumerate(ids)}
    return tuple(Spec(name, submission.Bank, given[name], tuple(peer for peer in ids if peer != name)) for name in ids)


def customer(name, ids, start_ms, *requests, first=0):
    """Somebody who asks for one thing after the other, beginning at the replica `first`."""
    order = (*ids[first:], *ids[:first])
    return Spec(name, Customer, {"requests": requests, "replicas": order, "start_ms": start_ms, "retry_ms": RETRY_MS}, ())


def told(name, **words):
    """What a customer is told: `told("ann", a1="Done", a2="funds")`."""
    return [decided(name, key, word) for key, word in words.items()]


def thrice(node, at_ms, asks):
    """Everybody asks a replica three times, one after the other: a reply may be "not now"."""
    return [Call(name, at_ms + 1_000 * place + again_ms, node, ask) for place, (name, ask) in enumerate(asks) for again_ms in (0, 300, 600)]


@scenarios(3)
def test_the_books(submission, seed):
    ids = names(seed, 1)
    tia, ben, zoe = names(f"accounts/{seed}", 3)
    ann = customer(
        *("ann", ids, 2_000),
        Audit("a0"),
        Deposit("a1", tia, 1_000),
        Transfer("a2", tia, ben, 100),
        BalanceOf("a3", tia),
        Transfer("a4", ben, zoe, 1_000),  # ben has 100
        Transfer("a5", ben, zoe, 100),  # ... and may spend it all
        Transfer("a6", tia, tia, 10),
        Transfer("a7", "nobody", tia, 1),
        Transfer("a8", tia, ben, 0),
        Transfer("a9", tia, ben, -10_000),
        Deposit("b1", ben, -100_000),
        Transfer("b2", zoe, "somebody new", 10),
        Transfer("b5", zoe, zoe, 10_000),
        Deposit("b6", tia.upper(), 10**20 + 1),  # not the account of tia
        Transfer("b9", tia.upper(), "ann", 10**20 + 2),  # one more than there is
        Transfer("b7", tia.upper(), "ann", 10**20),
        BalanceOf("b3", ben),
        BalanceOf("b8 ", tia.upper()),
        Deposit("c1", f"{tia} ", 10**40 + 1),  # nor is this one
        Transfer("c2", f"{tia} ", "e\u0301", 10**40),
        Transfer("c7", tia.upper(), f"{tia} ", 1),
        Deposit("c8", "", 70_000),  # any name will do
        Deposit("c3", "\u00e9", 7),  # which only looks like the one before
        Deposit("c4", f" {tia}", 70),
        Deposit("c5", f"{tia * 30}, the first", 700),  # long names are told apart to their end
        Deposit("c6", f"{tia * 30}, the second", 7_000),
        Audit("b4"),
    )
    right = told(
        "ann",
        a1="Done",
        a2="Done",
        a4="funds",
        a5="Done",
        a6="Done",
        a7="funds",
        a8="amount",
        a9="amount",
        b1="amount",
        b2="Done",
        b5="funds",
        b6="Done",
        b9="funds",
        b7="Done",
        c1="Done",
        c2="Done",
        c3="Done",
        c4="Done",
        c5="Done",
        c6="Done",
        c7="Done",
        c8="Done",
    )
    run = world((*replicas(submission, ids), ann), seed, until_ms=30_000)
    verify(run, OneAnswer(ids), *right, like_one_machine(ids), everybody_is_told(ids))


ALIKE = ("a", "A", "\u00e9", "e\u0301", "\ufb01", "fi", *[f"{'a long key, ' * 22}{nth}" for nth in range(2)])
"""Keys that only look alike, or are the same for a long way."""


@scenarios(4)
def test_same_answer(submission, seed):
    ids = names(seed, 1)
    (node,) = ids
    key, other = ("7", "41") if seed % 2 else ("", "0")
    between = (" ", ":", "/", "-")[seed % 4]
    asks = [
        ("ann", Deposit(key, "tia", 1_000)),
        ("ron", Deposit(key, "tia", 100)),  # his own key of that name
        ("Ron", Deposit(key, "zoe", 10**6)),  # who is not ron
        ("ann", Transfer(other, "ben", "tia", 10_000)),  # ben has nothing: refused, for good
        ("ron", Deposit(other, "ben", 100_000)),
        (f"ann{other[0]}", Deposit(other[1:], "zoe", 10)),  # somebody else, and another key, though it looks alike when written in one
        ("ann", Deposit(f"{key} ", "kai", 1)),  # keys are text: these are two more
        ("ann", Deposit(f"0{other}", "kai", 10)),
        ("ina", Deposit("i", "kai", 0)),  # refused, and its key is taken all the same
        ("ann", Deposit(f"1{between}2", "kai", 10**6)),
        (f"ann{between}1", Deposit("2", "zoe", 10**5)),  # not the same, whatever is put between customer and key
    ]
    asks += [("ron", Deposit(text, "kai", 10 ** (7 + place))) for place, text in enumerate(ALIKE)]
    reused = (Deposit(key, "tia", 1), Deposit(key, "zoe", 1_000), Transfer(key, "tia", "tia", 1_000), Deposit(key, "tia", 0))[seed % 4]
    pair = (("zoe", "tia"), ("tia", "ben"), ("ben", "zoe"), ("tia", "ben"))[seed % 4]
    odd = [("ann", reused), ("ann", Transfer(other, *pair, 10_000)), ("ina", Deposit("i", "kai", 10_000))]
    later_ms = 300_000 if seed % 4 == 3 else 23_000  # keys are kept for ever
    calls = [*thrice(node, 2_000, asks), *thrice(node, later_ms, asks), *thrice(node, later_ms + 20_000, odd)]
    calls += [*thrice(node, later_ms + 30_000, asks[:1]), *thrice(node, later_ms + 40_000, [("ina", Audit("a"))])]
    right = [decided(name, request.key, _word(request)) for name, request in asks]
    again = [answered(name, request.key, later_ms + 20_000, after_ms=later_ms) for name, request in asks]
    again += [answered(name, request.key, later_ms + 30_000, later_ms + 20_000, "reused") for name, request in odd]
    again.append(answered("ann", key, later_ms + 40_000, later_ms + 30_000, "Done"))
    run = world(replicas(submission, ids), seed, Faults(happenings=tuple(calls)), later_ms + 50_000)
    counted = CountedOnce(ids) if pair == ("tia", "ben") else OneAnswer(ids)  # books cannot tell the other two pairs from the first request
    verify(run, counted, *right, *again, everybody_is_told(ids))


def _word(request):
    """What the first answer to a request has to be here: nobody has as much as a transfer takes."""
    return "funds" if isinstance(request, Transfer) else "Done" if request.amount else "amount"


@scenarios(4)
def test_power_cut(submission, seed):
    ids = names(seed, 1)
    requests = (Deposit("a1", "tia", 1_000), Transfer("a2", "tia", "ben", 10), Transfer("a3", "zoe", "ben", 100))
    ann = customer("ann", ids, 2_000, *requests, Deposit("a4", "zoe", 1_000), Deposit("a5", "zoe", 10_000), Audit("a6"))
    crashes = [Crash(ids[0], at_ms, 200) for at_ms in ((2_500, 6_000), (2_030, 2_900), (2_015, 2_045, 6_000), (2_100, 4_000))[seed % 4]]
    again = [*thrice(ids[0], 8_000, [("ann", request) for request in requests]), *thrice(ids[0], 20_000, [("ina", Audit("a"))])]
    run = world((*replicas(submission, ids), ann), seed, Faults(happenings=(*crashes, *again)), 30_000)
    second = [answered("ann", request.key, 20_000, after_ms=8_000) for request in requests]
    verify(run, CountedOnce(ids), *told("ann", a1="Done", a2="Done", a3="funds", a4="Done"), *second, everybody_is_told(ids))


@scenarios(6)
def test_majority_first(submission, seed):
    ids = names(seed, 3 if seed % 2 else 5)
    leader, rest = ids[0], ids[1:]
    ann = customer("ann", ids, 1_500, *[Deposit(f"a{power}", "tia", 10**power) for power in range(6)], Transfer("a6", "tia", "ben", 10**6))
    if seed % 3:  # the leader is cut off from the others, then it is asked
        last_words = (Partition(((leader,), rest), 1_900), Call("ron", 2_000, leader, Deposit("b1", "ben", 10**7)))
        death_ms = 2_300
    else:
        last_words, death_ms = (), 1_650
    faults = Faults(happenings=(*last_words, Crash(leader, death_ms, None)))
    ina = customer("ina", rest, 5_000, Audit("e1"), BalanceOf("e2", "tia"), Audit("e3"))
    run = world((*replicas(submission, ids), ann, ina), seed, faults, 16_000)
    verify(run, CountedOnce(ids), *told("ann", a0="Done", a6="funds"), everybody_is_told(ids, unless=("ron",)))


@scenarios(6)
def test_always_open(submission, seed):
    ids = names(seed, (3, 5, 4)[seed % 3])
    away = [Crash(name, 3_000 + 2_500 * place, 2_000) for place, name in enumerate(ids)]  # everybody once, one after the other
    if seed % 2:
        away = [
            Partition(((name,), tuple(set(ids) - {name})), crash.at_ms, crash.at_ms + 2_000) for name, crash in zip(ids, away, strict=True)
        ]
    hours = [2_000 + 1_300 * hour for hour in range(2 * len(ids))]
    ask = [
        customer(f"customer {hour}", ids, at_ms, Deposit("1", "tia", 10**hour), BalanceOf("2", "tia"), first=hour % len(ids))
        for hour, at_ms in enumerate(hours)
    ]
    last = max(crash.at_ms for crash in away) + 2_500
    ask += [customer(f"at {name}", (name, *ids), last, Audit("1")) for name in ids]
    run = world((*replicas(submission, ids), *ask), seed, Faults(happenings=tuple(away)), last + 20 * ELECTION_MS[1])
    verify(run, CountedOnce(ids), everybody_is_told(ids))
