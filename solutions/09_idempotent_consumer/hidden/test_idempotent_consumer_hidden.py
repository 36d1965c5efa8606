"""Hidden checks of the idempotent consumer."""

import random

from idempotent_consumer_protocol import Assess, Assessed, BalanceOf, Busy, Charge, Deposit, Mailer, Order, Refused, RiskDesk

from harness.checks.delivery import CountedOnce
from harness.checks.outbox import OneReceipt, receipts_arrive, told_once_noted
from harness.checks.retries import SameKey, answered, decided, heard, one_answer, sent_again
from harness.checks.rulings import AllowedFirst
from harness.testing import (
    Bounds,
    Broken,
    Call,
    ClockStep,
    Crash,
    Deliver,
    Drop,
    Faults,
    Holds,
    Node,
    OneWayCut,
    Rule,
    Sometimes,
    Spec,
    World,
    chaos,
    names,
    scenarios,
    scene,
    variant,
    verify,
    verify_every_order,
)

RETRY_MS = 200
HORIZON_MS, LONGER_MS = 60_000, 600_000
UNDECIDED_MS = 30_000
HURRY_MS = 10
ONE_BY_ONE_MS = 240_000
"""So long it may take until dozens of receipts or orders are through, one after the other, each a slow timer later."""
UNTIMED = {"duplicates": 1, "timers": 0, "states": 20_000}
"""Bounds of a search. No timers: the one could go off by which a program forgets a key when the horizon is over. So nothing has to
happen, either: a right program may collect requests and decide them by a timer, all in one commit."""


class MoodyDesk(Node):
    """Allows a charge the first time it is asked about it, forbids it the second time, and so on; or the other way round."""

    def on_start(self):
        self.asked = {}

    def on_assess(self, sender, ask: Assess):
        times = self.asked[ask] = self.asked.get(ask, 0) + 1
        allowed = (times % 2 == 1) == self.kind_at_first
        self.send(sender, Assessed(ask.shop, ask.key, ask.account, ask.amount, allowed))


class FickleDesk(Node):
    """Changes its mind about every charge at a certain time, however often it is asked before or after."""

    def on_start(self):
        self.allowed = self.allows_at_first
        self.after(self.changes_ms, self.change)

    def change(self):
        self.allowed = not self.allowed

    def on_assess(self, sender, ask: Assess):
        self.send(sender, Assessed(ask.shop, ask.key, ask.account, ask.amount, self.allowed))


class StrictDesk(Node):
    """Allows charges of less than 100."""

    def on_assess(self, sender, ask: Assess):
        self.send(sender, Assessed(ask.shop, ask.key, ask.account, ask.amount, ask.amount < 100))


class MuteDesk(Node):
    """Allows every charge, and never says a word about accounts on its list."""

    def on_assess(self, sender, ask: Assess):
        if ask.account not in self.blocked:
            self.send(sender, Assessed(ask.shop, ask.key, ask.account, ask.amount, True))


def machines(submission, seed, desk=RiskDesk, told=None, horizon_ms=HORIZON_MS, retry_ms=RETRY_MS):
    """Accounts, risk desk and mailer, in an order that changes with the seed."""
    node, risk, mailer = names(seed, 3)
    given = {"risk": risk, "mailer": mailer, "retry_ms": retry_ms, "horizon_ms": horizon_ms}
    nodes = (Spec(node, submission.Accounts, given), Spec(risk, desk, told or {"blocked": ()}), Spec(mailer, Mailer))
    return nodes[variant(seed) % 3 :] + nodes[: variant(seed) % 3]


def every(from_ms, to_ms, step_ms, client, node, message):
    """A client that asks again and again, whatever it hears."""
    return [Call(client, at_ms, node, message) for at_ms in range(from_ms, to_ms, step_ms)]


def says(kind, **fields):
    """A goal: somebody sends a message of this class."""
    said = " ".join([kind, *map(str, fields.values())])
    return Sometimes(f"{said} is sent", Says(kind, fields))


class Says:
    """True for the sending of a message of this class with these fields."""

    def __init__(self, kind, fields):
        self.kind, self.fields = kind, fields

    def __call__(self, record):
        if record.kind != "send" or record.name != self.kind:
            return False
        return all(getattr(record.data, name) == value for name, value in self.fields.items())


# --- the accounts ---


MOMENTS = (0, 101, 2001, 2006, 2016)  # before: the start, the deposit, the charge, the risk desk's answer, what follows


@scenarios(32)
def test_crash_anywhere(submission, seed):
    if variant(seed) % 32 >= 30:
        every_order_with_a_crash(submission, seed)
        return
    at_ms, effects = MOMENTS[variant(seed) % 5], variant(seed) // 5 % 6
    node = names(seed, 3)[0]
    crashes = [Crash(node, at_ms, 50, effects)]
    if effects >= 3:
        crashes += [Crash(node, 3500, 50, effects - 3)]
    elif variant(seed) % 2:
        crashes += [Crash(node, at_ms + 20, 50, effects)]
    deposit, charge = Deposit("bakery", "1", "tia", 1000), Charge("bakery", "2", "tia", 100)
    calls = every(100, 6000, 300, "north", node, deposit) + every(2000, 6000, 300, "south", node, charge)
    calls += [Call("west", 2000, node, charge)]  # before the risk desk has spoken
    calls += [Call("tia", 250, node, BalanceOf("tia")), *every(1000, 7000, 250, "tia", node, BalanceOf("tia"))]
    told = [
        decided("bakery", "1", "Done"),
        decided("bakery", "2", "Done", after=("bakery", "1")),
        answered("north", "bakery", "1", 8000, 5000, asks=3),
        answered("south", "bakery", "2", 8000, 5000, asks=3),
        heard("tia", "Balance", after_ms=6500),
    ]
    world = World(machines(submission, seed), seed, Faults((5, 5), happenings=(*crashes, *calls)), 10_000)
    verify(world, CountedOnce(node), AllowedFirst(node), *told)


@scene("every_order_with_a_crash")
def every_order_with_a_crash(submission, seed):
    """A crash after any effect of any handler, a message that comes twice, any order."""
    node = names(seed, 3)[0]
    if variant(seed) % 2:
        asks = [Call("north", 0, node, Deposit("bakery", "1", "tia", 1000))] * 2
        asks += [Call("north", 0, node, Deposit("bakery", "2", "tia", 10))]
    else:
        asks = [Call("north", 0, node, Deposit("bakery", "1", "tia", 1000))]
        asks += [Call("north", 0, node, Charge("bakery", "2", "tia", 100))] * 2
    world = World(machines(submission, seed), seed, Faults(happenings=(*asks, Call("tia", 0, node, BalanceOf("tia")))))
    verify_every_order(world, CountedOnce(node), AllowedFirst(node), bounds=Bounds(crashes=1, **UNTIMED))


@scenarios(24)
def test_in_flight(submission, seed):
    if variant(seed) % 12 == 0:
        two_at_once(submission, seed)
    else:
        if variant(seed) % 12 == 1:
            enough_for_the_second(submission, seed)
        if variant(seed) % 12 == 2:
            word_about_another(submission, seed)
        if variant(seed) % 12 == 3:
            one_comes_once(submission, seed)
        if variant(seed) % 12 == 4:
            another_meanwhile(submission, seed)
        if variant(seed) % 12 == 5:
            at_the_same_moment(submission, seed)
            alike_at_once(submission, seed)
        play = (slow_desk, lost_on_the_way, dies_while_waiting, mute_about_one, not_enough_for_both)[variant(seed) % 5]
        play(submission, seed)


@scene("two_at_once")
def two_at_once(submission, seed):
    """A charge is asked for twice, in every order; the risk desk changes its mind, or another charge has the same key."""
    node = names(seed, 3)[0]
    charge = Charge("bakery", "2", "tia", 100)
    other = charge if variant(seed) // 12 % 2 else Charge("bakery", "2", "tia", 10)
    asks = [Call("north", 0, node, Deposit("bakery", "1", "tia", 1000)), Call("north", 0, node, charge), Call("south", 0, node, other)]
    nodes = machines(submission, seed, MoodyDesk, {"kind_at_first": True})
    world = World(nodes, seed, Faults(happenings=(*asks, Call("tia", 0, node, BalanceOf("tia")))))
    verify_every_order(world, CountedOnce(node), AllowedFirst(node), bounds=Bounds(**UNTIMED))


PAID_LATER = decided("bakery", "2", "Done", after=("bakery", "1"))


def opened(node, *more):
    """A deposit that is there before anything else happens, and what else is asked."""
    return [Call("north", 100, node, Deposit("bakery", "1", "tia", 1000)), *more]


@scene("slow_desk")
def slow_desk(submission, seed):
    """The risk desk takes two seconds; meanwhile the charge arrives again and again, from two tills, or in turn with another one."""
    node, risk, _ = names(seed, 3)
    charge = Charge("bakery", "2", "tia", 100)
    calls = opened(node, *every(500, 6000, 300, "north", node, charge), *every(650, 6000, 700, "south", node, charge))
    late, right = Deliver(2000, (2100,)), PAID_LATER
    if variant(seed) % 2:  # the other one arrived last whenever the risk desk speaks
        calls = opened(node, *every(500, 6000, 600, "north", node, charge))
        calls += every(800, 6000, 600, "south", node, Charge("bakery", "2", "tia", 10))
        late, right = Deliver(2340), decided("bakery", "2", "Done", "reused", after=("bakery", "1"))  # one may be told before it is decided
    calls += every(600, 7000, 200, "tia", node, BalanceOf("tia"))
    slow = Faults((1, 20), rules=(Rule(late, sender=risk),), happenings=tuple(calls))
    told = [answered(client, "bakery", "2", 10_000, 4000, asks=3) for client in ("north", "south")]
    world = World(machines(submission, seed), seed, slow, 10_000)
    verify(world, CountedOnce(node), AllowedFirst(node), right, *told, heard("tia", "Balance", after_ms=5500))


@scene("lost_on_the_way")
def lost_on_the_way(submission, seed):
    """The first questions to the risk desk, or its first answers, are lost; and the clock is set back by hours."""
    node = names(seed, 3)[0]
    kind = ("Assess", "Assessed")[variant(seed) // 5 % 2]
    rules = tuple(Rule(Drop(), kind=kind, nth=nth) for nth in (1, 2))
    calls = opened(node, *every(500, 12_000, 400, "north", node, Charge("bakery", "2", "tia", 100)), ClockStep(node, 600, -7_200_000))
    world = World(machines(submission, seed), seed, Faults((1, 20), rules=rules, happenings=tuple(calls)), 20_000)
    verify(world, CountedOnce(node), AllowedFirst(node), PAID_LATER, answered("north", "bakery", "2", 20_000, 8000, asks=8))


@scene("dies_while_waiting")
def dies_while_waiting(submission, seed):
    """The accounts crash between asking the risk desk and hearing from it."""
    node, risk, _ = names(seed, 3)
    late = Rule(Deliver((300, 4000, 120)[variant(seed) // 10 % 3]), sender=risk, nth=1)
    calls = opened(node, *every(500, 12_000, 400, "north", node, Charge("bakery", "2", "tia", 100)), Crash(node, 600, 100))
    calls += every(600, 10_000, 900, "tia", node, BalanceOf("tia"))
    world = World(machines(submission, seed), seed, Faults((5, 5), rules=(late,), happenings=tuple(calls)), 20_000)
    last = answered("north", "bakery", "2", 20_000, 8000, asks=8)
    verify(world, CountedOnce(node), AllowedFirst(node), PAID_LATER, last, heard("tia", "Balance", after_ms=9000))


@scene("mute_about_one")
def mute_about_one(submission, seed):
    """The risk desk never says anything about one account, which is charged by this shop or that, once or many times; others are served.

    They may pay in, too, and ask for their balances; once there are many of them.
    """
    node = names(seed, 3)[0]
    names_of_charges = [("dairy", "1")], [("bakery", "3")], [("dairy", "2")], [("dairy", f"{nth}") for nth in range(140)]
    stuck, which = [], variant(seed) // 5 % 4
    for nth, (shop, key) in enumerate(names_of_charges[which]):
        stuck += every(300 + nth, 12_000, 5500 if which == 3 else 1100, "south", node, Charge(shop, key, "ben", 10**nth))
    calls = opened(node, *stuck, *every(1000, 12_000, 400, "north", node, Charge("bakery", "2", "tia", 100)))
    calls += [*every(3000, 12_000, 700, "north", node, Deposit("bakery", "4", "kai", 10)), Call("kai", 13_000, node, BalanceOf("kai"))]
    told = [answered("north", "bakery", key, 20_000, 8000, asks=5) for key in ("2", "4")] + [heard("kai", "Balance", account="kai")]
    for nth in range(40 if which == 2 else 0):
        calls += every(9000 + 10 * nth, 11_500, 1300, "west", node, Charge("dairy", f"of {nth}", f"b{nth}", 1))
        told.append(answered("west", "dairy", f"of {nth}", 20_000, 9000, asks=2))
    world = World(machines(submission, seed, MuteDesk, {"blocked": ("ben",)}), seed, Faults((1, 20), happenings=tuple(calls)), 20_000)
    verify(world, CountedOnce(node), AllowedFirst(node), PAID_LATER, *told)


@scene("not_enough_for_both")
def not_enough_for_both(submission, seed):
    """Two charges arrive while there is enough for either of them, but not for both."""
    node, risk, _ = names(seed, 3)
    calls = [Call("north", 100, node, Deposit("bakery", "1", "tia", 70))]
    calls += every(500, 6000, 400, "north", node, Charge("bakery", "2", "tia", 60))
    calls += every(510, 6000, 400, "south", node, Charge("dairy", "2", "tia", 50))
    calls += [Call("tia", 8000, node, BalanceOf("tia"))]
    slow = Faults((1, 5), rules=(Rule(Deliver((50, 1200)[variant(seed) // 5 % 2]), sender=risk),), happenings=tuple(calls))
    verify(World(machines(submission, seed), seed, slow, 10_000), one_of_two("tia", {("bakery", "2"): 10, ("dairy", "2"): 20}))


@scene("enough_for_the_second")
def enough_for_the_second(submission, seed):
    """There is enough for either of two charges, but not for both; the one that arrives first will be forbidden, later, a third not."""
    node, risk, _ = names(seed, 3)
    calls = [Call("north", 100, node, Deposit("bakery", "1", "tia", 150))]
    calls += every(500, 8000, 400, "north", node, Charge("bakery", "2", "tia", 100))
    calls += every(520, 8000, 400, "south", node, Charge("dairy", "2", "tia", 80))
    calls += every(5000, 8000, 400, "south", node, Charge("dairy", "3", "tia", 10))
    slow = Faults((1, 5), rules=(Rule(Deliver(1200), sender=risk, nth=1),), happenings=tuple(calls))
    told = [decided("bakery", "2", "risk", "funds"), *[decided("dairy", key, "Done", after=("bakery", "1")) for key in ("2", "3")]]
    told += [answered("north", "bakery", "2", 10_000, 4000, asks=3), answered("south", "dairy", "2", 10_000, 4000, asks=3)]
    verify(World(machines(submission, seed, StrictDesk, {}), seed, slow, 10_000), *told)


@scene("word_about_another")
def word_about_another(submission, seed):
    """The accounts crash while a small charge waits. A large one comes under the same key, and then the word about the small one."""
    node, risk, _ = names(seed, 3)
    calls = opened(node, Call("north", 500, node, Charge("bakery", "2", "tia", 10)), Crash(node, 520, 100))
    calls += every(640, 8000, 400, "south", node, Charge("bakery", "2", "tia", 100))
    late = tuple(Rule(Deliver(late_ms), sender=risk, nth=nth) for nth, late_ms in ((1, 300), (2, 900), (3, 900)))
    world = World(machines(submission, seed, StrictDesk, {}), seed, Faults((5, 5), rules=late, happenings=tuple(calls)), 10_000)
    last = answered("south", "bakery", "2", 10_000, 4000, asks=3)
    verify(world, CountedOnce(node), AllowedFirst(node), last)
    # once more, with as much from an account that may not be charged
    calls = opened(node, Call("north", 500, node, Charge("bakery", "2", "ben", 100)), Crash(node, 520, 100))
    calls += every(640, 8000, 400, "south", node, Charge("bakery", "2", "tia", 100))
    nodes = machines(submission, seed, told={"blocked": ("tia",)})
    verify(World(nodes, seed, Faults((5, 5), rules=late, happenings=tuple(calls)), 10_000), CountedOnce(node), AllowedFirst(node), last)


@scene("one_comes_once")
def one_comes_once(submission, seed):
    """Two requests have one key. The first, a charge, comes once, and the question about it is lost; the second comes again and again."""
    node = names(seed, 3)[0]
    for client, kind in (("south", Charge), ("south", Deposit), ("north", Charge)):
        calls = opened(node, Call("north", 500, node, Charge("bakery", "2", "tia", 10)))
        calls += every(700, 12_000, 400, client, node, kind("bakery", "2", "tia", 100))
        calls += every(10_000, 12_000, 500, "tia", node, BalanceOf("tia"))
        lost = Faults((5, 5), rules=(Rule(Drop(), kind="Assess", until_ms=600),), happenings=tuple(calls))
        world = World(machines(submission, seed), seed, lost, 14_000)
        verify(world, CountedOnce(node), AllowedFirst(node), Holds("one of the two wins", somebody_wins), heard("tia", "Balance"))


def somebody_wins(trace):
    """Judge that one of two requests under one key is carried out in the end, as its account's balance tells."""
    told = [(index, record.data.amount) for index, record in trace.messages("send", "Balance")]
    if told and told[-1][1] == 1000:
        text = "two requests have one key, one of them comes again and again, and ten seconds later neither is carried out"
        raise Broken(text, code="no_winner", records=(told[-1][0],))


@scene("another_meanwhile")
def another_meanwhile(submission, seed):
    """While a charge is under way, something else comes under its key: a deposit, or a charge of as much from another account.

    Later both accounts are charged once more. Once the first question is lost.
    """
    node, risk, _ = names(seed, 3)
    slow, lost = (Rule(Deliver(900), sender=risk),), (Rule(Drop(), kind="Assess", nth=1),)
    deposit, charge = Deposit("bakery", "2", "tia", 10), Charge("bakery", "2", "ben", 100)
    for other, rules in ((deposit, slow), (charge, slow), (charge, lost)):
        calls = opened(node, Call("north", 100, node, Deposit("bakery", "3", "ben", 1000)))
        calls += every(500, 6000, 600, "north", node, Charge("bakery", "2", "tia", 100)) + every(700, 6000, 600, "south", node, other)
        calls += [Call(who, at_ms, node, BalanceOf(who)) for who in ("tia", "ben") for at_ms in (1300, 2500, 14_000)]
        for nth, who in enumerate(("tia", "ben")):
            calls += every(7000 + 50 * nth, 13_000, 1100, who, node, Charge("dairy", f"{nth}", who, 1))
        told = [answered(client, "bakery", "2", 10_000, 4000, asks=3) for client in ("north", "south")]
        told += [answered(who, "dairy", f"{nth}", 14_000, 9000, asks=3) for nth, who in enumerate(("tia", "ben"))]
        world = World(machines(submission, seed), seed, Faults((5, 5), rules=rules, happenings=tuple(calls)), 15_000)
        verify(world, CountedOnce(node), AllowedFirst(node), *told, heard("tia", "Balance", after_ms=14_000))


@scene("at_the_same_moment")
def at_the_same_moment(submission, seed):
    """Two requests with one key arrive at the same moment, again and again: two charges, or two deposits.

    Or a deposit comes a moment after the risk desk's word about a charge. Once there are two charges, and enough for one.
    """
    node = names(seed, 3)[0]
    for kind, other, at_ms in ((Charge, Charge, 500), (Deposit, Deposit, 500), (Charge, Deposit, 511), (Charge, Deposit, 515)):
        calls = opened(node, *every(500, 3500, 600, "north", node, kind("bakery", "2", "tia", 100)))
        calls += every(at_ms, 3500, 600, "south", node, other("bakery", "2", "tia", 10))
        calls += [Call("tia", at_ms, node, BalanceOf("tia")) for at_ms in (1000, 5000)]
        told = [answered(client, "bakery", "2", 5000, 1500, asks=3) for client in ("north", "south")]
        world = World(machines(submission, seed), seed, Faults((5, 5), happenings=tuple(calls)), 6000)
        verify(world, CountedOnce(node), AllowedFirst(node), *told, heard("tia", "Balance", after_ms=5000))
    calls = [Call("north", 100, node, Deposit("bakery", "1", "tia", 70)), Call("tia", 5000, node, BalanceOf("tia"))]
    calls += every(500, 3500, 600, "north", node, Charge("bakery", "2", "tia", 60))
    calls += every(500, 3500, 600, "south", node, Charge("dairy", "2", "tia", 50))
    world = World(machines(submission, seed), seed, Faults((5, 5), happenings=tuple(calls)), 6000)
    verify(world, one_of_two("tia", {("bakery", "2"): 10, ("dairy", "2"): 20}))


@scene("alike_at_once")
def alike_at_once(submission, seed):
    """Two charges come at the same moment that are alike but for their shops, or for shop and key, which are the same in one word."""
    node = names(seed, 3)[0]
    for pair in ((("bakery", "2"), ("dairy", "2")), (("corner", "shop7"), ("cornershop", "7"))):
        calls, told = opened(node), []
        for shop, key in pair:
            calls += every(500, 3500, 600, shop, node, Charge(shop, key, "tia", 100))
            told += [decided(shop, key, "Done", after=("bakery", "1")), answered(shop, shop, key, 5000, 1500, asks=3)]
        world = World(machines(submission, seed), seed, Faults((5, 5), happenings=tuple(calls)), 6000)
        verify(world, Holds("answers go to those who asked", to_those_who_asked), *told)


def to_those_who_asked(trace):
    """Judge that nobody is told about a key that it never sent."""
    asked = {}
    for index, record in trace.of("deliver", "send"):
        name = record.other, *[getattr(record.data, field, "") for field in ("shop", "key")]
        if record.kind == "deliver" and record.name in ("Charge", "Deposit"):
            asked.setdefault(name, index)
        elif record.kind == "send" and record.name in ("Done", "Refused", "Busy") and name not in asked:
            text = f"{record.other} is sent {record.data}, but never sent that key"
            raise Broken(text, code="unasked_answer", records=(index,))


def one_of_two(account, left):
    """Judge that of two charges one is done and one refused; `left` is the balance after each. Nothing is owed without the deposit."""

    def judge(trace):
        first, opened_at = {}, None
        for index, record in trace.of("send", "deliver"):
            if record.name == "Deposit" and record.kind == "deliver":
                opened_at = index if opened_at is None else opened_at
            elif record.name == "Charge" and opened_at is None:
                return
            elif record.name in ("Done", "Refused") and (record.data.shop, record.data.key) in left:
                first.setdefault((record.data.shop, record.data.key), (index, record))
        paid = [name for name, (_, record) in first.items() if record.name == "Done"]
        proof = (opened_at, *(index for index, _ in first.values()))
        if len(paid) == 2 or (len(first) == 2 and not paid):
            what = "done" if paid else "refused"
            text = f"{account} has 70; of two charges, 60 and 50, there is enough for one: both are {what}"
            raise Broken(text, code=f"both_{what}", records=proof)
        if len(first) < 2:
            raise Broken("two charges are asked for again and again, but not both are answered", code="no_answer")
        for index, record in trace.messages("send", "Balance"):
            if index > max(proof) and record.data.amount != left[paid[0]]:
                text = f"{account} has {record.data.amount} left; it should be {left[paid[0]]}"
                raise Broken(text, code="wrong_rest", records=(*proof, index))

    return Holds("enough for one of two", judge)


@scenarios(12)
def test_answers_kept(submission, seed):
    play = (poor_then_rich, mind_changed, much_later, after_many)[variant(seed) % 4]
    play(submission, seed)
    if variant(seed) % 4 == 0:
        all_of_it(submission, seed)
    elif variant(seed) % 12 == 1:
        desk_away(submission, seed)
    elif variant(seed) % 12 == 3:
        after_a_thousand(submission, seed)
    elif variant(seed) % 12 == 2:
        nearly_the_same(submission, seed)
    elif variant(seed) % 12 == 6:
        after_many_charges(submission, seed)


@scene("all_of_it")
def all_of_it(submission, seed):
    """A charge takes all there is, so that nothing is left when it is asked for again; another would take one more than there is."""
    node = names(seed, 3)[0]
    calls = [Call("north", 100, node, Deposit("bakery", "1", "tia", 70)), Call("north", 100, node, Deposit("bakery", "3", "ben", 10**20))]
    calls += every(500, 4000, 300, "south", node, Charge("bakery", "2", "tia", 70))
    calls += every(500, 4000, 300, "south", node, Charge("bakery", "4", "ben", 10**20 + 1))
    told = [PAID_LATER, one_answer("bakery", "2"), *[answered("south", "bakery", key, 6000, 2000, asks=3) for key in ("2", "4")]]
    told.append(decided("bakery", "4", "funds"))
    verify(World(machines(submission, seed), seed, Faults((1, 20), happenings=tuple(calls)), 6000), *told)


@scene("poor_then_rich")
def poor_then_rich(submission, seed):
    """A charge is refused for want of funds, then there are funds, then it is asked for again, and its key is used for a deposit."""
    node = names(seed, 3)[0]
    charge = Charge("bakery", "1", "tia", 100)
    crash = [Crash(node, 2500, 100)] if variant(seed) // 4 % 2 else []
    calls = [*every(100, 1000, 300, "north", node, charge), Call("north", 1500, node, Deposit("bakery", "2", "tia", 1000)), *crash]
    calls += every(3000, 6000, 300, "north", node, charge) + every(500, 8000, 500, "tia", node, BalanceOf("tia"))
    calls += every(3100, 4500, 500, "south", node, Deposit("bakery", "1", "tia", 100))
    told = [answered("south", "bakery", "1", 8000, 3000, asks=3)]
    told += [answered("north", "bakery", "1", 2000), decided("bakery", "2", "Done"), answered("north", "bakery", "1", 8000, 3000, asks=3)]
    world = World(machines(submission, seed), seed, Faults((1, 20), happenings=tuple(calls)), 10_000)
    verify(world, CountedOnce(node), AllowedFirst(node), decided("bakery", "1", "funds"), *told, heard("tia", "Balance", after_ms=7000))


@scene("mind_changed")
def mind_changed(submission, seed):
    """The risk desk forbids a charge and would allow it a moment later, or the other way round; its key is used for something else, too."""
    node = names(seed, 3)[0]
    yes = variant(seed) // 4 % 2 == 1
    charge = Charge("bakery", "2", "tia", 100)
    calls = opened(node, *every(500, 1300, 700, "north", node, charge), Crash(node, 2000, 100))
    calls += every(3000, 8000, 300, "north", node, charge)
    calls += every(600, 8000, 500, "tia", node, BalanceOf("tia"))
    calls += every(3100, 4500, 500, "south", node, Charge("bakery", "2", "ben", 100))
    calls += every(3200, 4500, 500, "west", node, Deposit("bakery", "2", "tia", 100))
    right = PAID_LATER if yes else decided("bakery", "2", "risk")
    nodes = machines(submission, seed, FickleDesk, {"allows_at_first": yes, "changes_ms": 1000})
    told = [answered("north", "bakery", "2", 2000)]
    told += [answered(client, "bakery", "2", 10_000, 3000, asks=3) for client in ("north", "south", "west")]
    verify(World(nodes, seed, Faults((1, 20), happenings=tuple(calls)), 10_000), CountedOnce(node), AllowedFirst(node), right, *told)


@scene("much_later")
def much_later(submission, seed):
    """A request comes again shortly before its key may be forgotten; clocks were set, while the machine was off, too, in between.

    It is new, or has been up for longer than the horizon, when the request comes first. Somebody else has just been served when it
    comes again. Until after the horizon the mailer cannot be reached; and then there is another charge.
    """
    node, _, mailer = names(seed, 3)
    deposit, charge = Deposit("bakery", "1", "tia", 1000), Charge("bakery", "2", "tia", 100)
    up_ms = 2 * HORIZON_MS * (variant(seed) // 4 % 2)
    late_ms, over_ms = up_ms + HORIZON_MS * 85 // 100, up_ms + HORIZON_MS * 115 // 100
    calls = [Call("north", up_ms + 1000, node, deposit), *every(up_ms + 2000, up_ms + 2800, 400, "north", node, charge)]
    steps = (5000, 90_000), (6100, 86_400_000), (8100, 86_400_000), (40_000, -7_200_000)
    calls += [ClockStep(node, up_ms + at_ms, by_ms) for at_ms, by_ms in steps]
    calls += [Crash(node, up_ms + at_ms, 200) for at_ms in ((), (6000,), (8000, 30_000))[variant(seed) // 4 % 3]]
    calls.append(Call("south", late_ms - 500, node, Deposit("bakery", "3", "ben", 1)))
    poor = Charge("bakery", "4", "kai", 10)  # who has something only after it was refused
    calls += [*every(up_ms + 3000, up_ms + 3800, 400, "north", node, poor), *every(late_ms, late_ms + 2000, 300, "north", node, poor)]
    calls.append(Call("north", up_ms + 4500, node, Deposit("bakery", "5", "kai", 1000)))
    calls += every(late_ms, late_ms + 2000, 300, "north", node, deposit) + every(late_ms, late_ms + 2000, 300, "north", node, charge)
    calls.append(Call("south", over_ms, node, Charge("dairy", "2", "tia", 1)))
    calls += every(up_ms + 3000, over_ms + 5000, 4000, "tia", node, BalanceOf("tia"))
    told = [answered("north", "bakery", key, late_ms + 5000, late_ms, asks=3) for key in ("1", "2", "4")]
    told += [answered("north", "bakery", "2", up_ms + 4000), PAID_LATER, receipts_arrive(node, mailer)]
    away = Faults((1, 20), happenings=tuple(calls), rules=(Rule(Drop(), kind="Receipt", until_ms=over_ms),))
    world = World(machines(submission, seed), seed, away, over_ms + 5000)
    verify(world, CountedOnce(node), OneReceipt(node), *told)


@scene("desk_away")
def desk_away(submission, seed):
    """The risk desk cannot be reached for minutes; the charge comes again when its key may be forgotten soon."""
    node, back_ms = names(seed, 3)[0], 120_000
    charge, late_ms = Charge("bakery", "2", "tia", 100), back_ms + LONGER_MS * 90 // 100
    calls = opened(node, *every(500, back_ms, 3000, "north", node, charge), *every(back_ms, back_ms + 4000, 700, "north", node, charge))
    calls += every(late_ms, late_ms + 2000, 400, "north", node, charge)
    calls += every(25_000, late_ms + 5000, 45_000, "tia", node, BalanceOf("tia"))
    calls += every(late_ms, late_ms + 5000, 1000, "tia", node, BalanceOf("tia"))
    away = Faults((1, 20), happenings=tuple(calls), rules=(Rule(Drop(), kind="Assess", until_ms=back_ms),))
    told = [answered("north", "bakery", "2", at_ms + 5000, at_ms, asks=3) for at_ms in (back_ms, late_ms)]
    world = World(machines(submission, seed, horizon_ms=LONGER_MS), seed, away, late_ms + 5000)
    verify(world, CountedOnce(node), AllowedFirst(node), PAID_LATER, *told, heard("tia", "Balance", after_ms=late_ms))


@scene("after_many")
def after_many(submission, seed):
    """A request comes again after many others; a crash strikes afterwards, and in the middle of the twentieth, hundredth or others."""
    node = names(seed, 3)[0]
    count, moments = ((100, ((20, 6), (64, 1))), (300, ((64, 2), (128, 1), (256, 2))), (300, ((100, 6), (256, 1))))[variant(seed) // 4 % 3]
    crashes = [Crash(node, 200 + 12 * (nth - 1), 5, effects) for nth, effects in moments]
    crashes += [Crash(node, 4500, 100)] if variant(seed) // 4 % 3 == 1 else []
    many = [Call("north", 200 + 12 * nth, node, Deposit("bakery", f"{nth}", f"customer {nth}", 1)) for nth in range(count)]
    some = (0, 19, 99)
    again = [call for nth in some for call in every(5000, 7000, 300, "north", node, many[nth].message)]
    asks = [Call("tia", at_ms, node, BalanceOf(f"customer {nth}")) for nth in some for at_ms in (4000, 8000)]
    told = [heard("tia", "Balance", after_ms=8000, account=f"customer {nth}") for nth in some]
    told += [answered("north", "bakery", f"{nth}", 8000, 5000, asks=3) for nth in some]
    calls = (*many, *crashes, *again, *asks)
    verify(World(machines(submission, seed), seed, Faults((5, 5), happenings=calls), 9000), CountedOnce(node), *told)


@scene("after_a_thousand")
def after_a_thousand(submission, seed):
    """The first requests come again after more than a thousand others."""
    node = names(seed, 3)[0]
    many = [Call("north", 200 + 2 * nth, node, Deposit("bakery", f"{nth}", "tia", 1)) for nth in range(1_100)]
    again = [call for nth in (0, 30) for call in every(4000, 5000, 400, "north", node, many[nth].message)]
    told = [way for key in ("0", "30") for way in (one_answer("bakery", key), answered("north", "bakery", key, 6000, 4000, asks=3))]
    verify(World(machines(submission, seed), seed, Faults((5, 5), happenings=(*many, *again)), 6000), *told)


AMOUNT = 10**16
NEARLY = (
    *(("t1", AMOUNT + 1), ("t1", AMOUNT + 2**32), ("t1", AMOUNT + 2**64), ("t", 11 * AMOUNT), ("0t1", AMOUNT // 10)),
    *(("T1", AMOUNT), ("t1 ", AMOUNT), (" t1", AMOUNT), ("t\uff11", AMOUNT), ("", AMOUNT)),
)
"""Accounts and amounts that look like t1 and AMOUNT, some of them when they are written in one word, or as numbers of so many bits."""


@scene("nearly_the_same")
def nearly_the_same(submission, seed):
    """Requests that differ little from the one that the key stands for come under it, also from its own sender; it wants it again."""
    node = names(seed, 3)[0]
    calls = [Call("bank", 100, node, Deposit("bank", who, who, 100 * AMOUNT)) for who in dict(NEARLY)]
    told = []
    for nth, (kind, also) in enumerate(((Charge, Deposit), (Deposit, Charge))):
        key, first = f"{nth}", kind("bakery", f"{nth}", "t1", AMOUNT)
        others = [kind("bakery", key, *other) for other in NEARLY] + [also("bakery", key, "t1", AMOUNT)]
        calls += every(500, 3000, 400, f"north {key}", node, first)
        for place, other in enumerate(others):
            calls += every(4000 + 10 * place, 5500, 400, f"till {key}.{place}", node, other)
            told.append(heard(f"till {key}.{place}", "Refused", shop="bakery", key=key, reason="reused"))
        calls += every(6000, 7500, 400, f"north {key}", node, others[0]) + every(8000, 9500, 400, f"till {key}.0", node, first)
        told.append(heard(f"north {key}", "Refused", after_ms=6000, shop="bakery", key=key, reason="reused"))
        told += [decided("bakery", key, "Done", after=("bank", "t1"))]
        told += [heard(f"till {key}.0", "Done", after_ms=8000, shop="bakery", key=key)]
    verify(World(machines(submission, seed), seed, Faults((1, 20), happenings=tuple(calls)), 12_000), *told)


@scene("after_many_charges")
def after_many_charges(submission, seed):
    """Many charges are done, and others refused for want of funds; then there are funds, and the first ones come again."""
    node = names(seed, 3)[0]
    calls, kinds = opened(node), {"tia": 150, "kai": 110}
    for who, count in kinds.items():
        for nth in range(count):
            calls.append(Call("north", 500 + 20 * nth, node, Charge("bakery", f"{who} {nth}", who, 1)))
    calls.append(Call("north", 7000, node, Deposit("bakery", "kai", "kai", 1000)))
    first = [(who, nth) for who in kinds for nth in (0, 20)]
    calls += [call for who, nth in first for call in every(8000, 10_000, 400, "north", node, Charge("bakery", f"{who} {nth}", who, 1))]
    told = [one_answer("bakery", f"{who} {nth}") for who, nth in first]
    told += [answered("north", "bakery", f"{who} {nth}", 12_000, 8000, asks=4) for who, nth in first]
    verify(World(machines(submission, seed), seed, Faults((5, 5), happenings=tuple(calls)), 12_000), *told)


# --- the outbox ---


@scenarios(40)
def test_one_receipt(submission, seed):
    if variant(seed) % 40 == 39:
        every_order_of_receipts(submission, seed)
        return
    if variant(seed) % 40 == 38:
        like_twins(submission, seed)
        no_mailer(submission, seed)
        two_alike(submission, seed)
        no_mailer_for_minutes(submission, seed)
        return
    at_ms, effects = (0, 801, 806, 816, 821)[variant(seed) % 5], variant(seed) // 5 % 7
    node, _, mailer = names(seed, 3)
    crashes = [Crash(node, at_ms, 50, effects)] if effects < 6 else [Crash(node, at_ms + 1, 50), Crash(node, 2020, 50, 1)]
    if variant(seed) % 3 == 1:
        crashes += [Crash(node, 3000, 50, effects), Crash(mailer, 900, 2000)]
    dairy = ("south", "north")[variant(seed) % 2]  # the second time, one machine asks for two shops
    every_second = [Rule(Drop(), kind="Receipt", nth=nth) for nth in range(1 + variant(seed) % 2, 14, 2)]
    rules = (every_second, [Rule(Drop(), kind="Noted", nth=nth) for nth in (1, 2)], [])[variant(seed) // 2 % 3]
    calls = every(100, 800, 300, "north", node, Deposit("bakery", "1", "tia", 100_000))
    calls += every(800, 6000, 600, "north", node, Charge("bakery", "2", "tia", 100))
    calls += [Call("west", 800, node, Charge("bakery", "2", "tia", 100))]  # before the risk desk has spoken
    calls += every(2000, 6000, 600, dairy, node, Charge("dairy", "2", "tia", 10))
    calls += every(4000, 6000, 600, "north", node, Charge("bakery", "3", "tia", 1))
    calls += every(4000, 6000, 600, "north", node, Charge("bakery", "4", "tia", 10_000))
    calls += [Call("tia", at_ms, node, BalanceOf("tia")) for at_ms in (1000, 2200, 4200, 9000)]
    later = [Call("north", 24_000, node, Charge("bakery", "2", "tia", 100)), Crash(node, 25_000, 50)]  # what is noted stays noted
    world = World(machines(submission, seed), seed, Faults((5, 5), happenings=(*crashes, *calls, *later), rules=tuple(rules)), 30_000)
    told = [answered("north", "bakery", key, 10_000, 4000, asks=3) for key in ("2", "3", "4")]
    told += [answered(dairy, "dairy", "2", 10_000, 4000, asks=3), PAID_LATER]
    folds = [OneReceipt(node), CountedOnce(node), receipts_arrive(node, mailer)]
    verify(world, *folds, *told, told_once_noted(node, 40 * RETRY_MS))


LONG = "many letters " * 21
MARKS = (*":_|.#@,; =+&~%$*?!", "-", "\n", "\t", "\0", "::", "__", "--", "->", "||", "\\")
MARKED = "shop" + "".join([f"{mark}{place}" for place, mark in enumerate(MARKS)])
TWINS = (
    *(("corner", "shop7"), ("cornershop", "7"), ("corner-shop", "7"), ("corner", "shop-7"), ("corner", ""), ("", "corner")),
    *(("corner", "Shop7"), ("cornershop", "07"), ("cornershop", "7 "), ("Corner", "shop7"), ("corner ", "shop7")),
    *(("cornershop", " 7"), ("corner", LONG + "1"), ("corner", LONG + "2"), ("balance", "tia"), ("receipt", "corner/shop7")),
    *(("corner", "\u00e9"), ("corner", "e\u0301"), ("cornershop", "\uff17"), ("corner", "plumless"), ("corner", "buckeroo")),
    ("corner", MARKED),
    *[
        (f"corner{mark}{MARKED[: MARKED.index(f'{mark}{place}')]}", MARKED[MARKED.index(f"{mark}{place}") + len(mark) :])
        for place, mark in enumerate(MARKS)
    ],
)
"""Shops and keys that look alike, or like what may be on a disk, some of them when they are written in one word, whatever is put
between; and two keys of one checksum.

Keys are any text; names of shops contain no slash."""
NAMESAKES = (
    *("tia", "Tia", "tia ", " tia", "ti", "", LONG + "1", LONG + "2", "balance", "answer", "outbox", "corner/shop7"),
    *("\u00e9", "e\u0301", "\ufb01", "fi"),
)


@scene("like_twins")
def like_twins(submission, seed):
    """Keys are any text, and so are accounts. What belongs to one stays apart from what belongs to another, however large it is.

    It does so through a crash.
    """
    node, _, mailer = names(seed, 3)
    calls = [Call("bank", 100, node, Deposit("bank", "1", "tia", 10**80)), Crash(node, 8700, 100)]
    calls += [Call("bank", 500, node, Deposit("bank", f"for {who}", who, 10 ** (10 + place))) for place, who in enumerate(NAMESAKES[1:])]
    calls += [Call(f"{who}?", 14_000, node, BalanceOf(who)) for who in NAMESAKES]
    for place, (shop, key) in enumerate(TWINS):
        calls += every(1000 + 60 * place, 12_000, 4000, f"till {place}", node, Charge(shop, key, "tia", 10**place))
    calls += every(1100, 15_000, 1700, "tia", node, BalanceOf("tia"))
    told = [answered(f"till {place}", shop, key, 15_000, asks=3) for place, (shop, key) in enumerate(TWINS)]
    told += [decided(shop, key, "Done", after=("bank", "1")) for shop, key in TWINS]
    told += [heard(f"{who}?", "Balance", account=who) for who in NAMESAKES]
    folds = CountedOnce(node), AllowedFirst(node), OneReceipt(node)
    world = World(machines(submission, seed), seed, Faults((1, 20), happenings=tuple(calls)), 15_000 + ONE_BY_ONE_MS)
    verify(world, *folds, *told, receipts_arrive(node, mailer), told_once_noted(node, 40 * RETRY_MS))


@scene("no_mailer")
def no_mailer(submission, seed):
    """For fifteen seconds the mailer cannot be reached, while a hundred charges are done in the first five; then a crash strikes.

    Once two shops use the same key at the same moment.
    """
    node, _, mailer = names(seed, 3)
    calls = [Call("bank", 100, node, Deposit("bank", f"{nth}", f"customer {nth}", 1000)) for nth in range(4)]
    calls += every(1250, 4000, 600, "south", node, Charge("dairy", "5", "customer 3", 100))
    for nth in range(100):
        charge = Charge("bakery", f"{nth}", f"customer {nth % 3}", 1 + nth)
        calls += [Call("north", at_ms + 50 * nth, node, charge) for at_ms in (1000, 8000)]
    calls.append(Crash(node, 14_000, 100))
    away = Faults((5, 5), rules=(Rule(Drop(), kind="Receipt", until_ms=15_000),), happenings=tuple(calls))
    world = World(machines(submission, seed), seed, away, 15_000 + ONE_BY_ONE_MS)
    again = sent_again(node, "Receipt", "id", 15 * RETRY_MS, 14_000)
    verify(world, OneReceipt(node), again, receipts_arrive(node, mailer))


@scene("no_mailer_for_minutes")
def no_mailer_for_minutes(submission, seed):
    """The mailer cannot be reached for minutes, then for seconds by accounts that are in a hurry: when it can, the receipt arrives.

    After half of the time the accounts crash.
    """
    node, _, mailer = names(seed, 3)
    for retry_ms, back_ms in ((RETRY_MS, 250_000), (HURRY_MS, 3000)):
        calls = opened(node, *every(500, 2000, 400, "north", node, Charge("bakery", "2", "tia", 100)), Crash(node, back_ms // 2, retry_ms))
        away = Faults((5, 5), rules=(Rule(Drop(), kind="Receipt", until_ms=back_ms),), happenings=tuple(calls))
        world = World(machines(submission, seed, retry_ms=retry_ms), seed, away, back_ms + 5000)
        again = sent_again(node, "Receipt", "id", 15 * retry_ms, back_ms // 2), sent_again(node, "Receipt", "id", 25 * retry_ms, back_ms)
        verify(world, OneReceipt(node), *again, receipts_arrive(node, mailer))


@scene("two_alike")
def two_alike(submission, seed):
    """Two charges differ in nothing but their keys, or their shops, and leave the same behind: two receipts all the same."""
    node, _, mailer = names(seed, 3)
    late = Rule(Deliver(2100, (2150,)), kind="Noted", nth=1), Rule(Drop(), kind="Noted", until_ms=4000)
    # none arrives at first; or the first one does, and is noted late, and twice
    for lost_from_ms, rules, second in ((0, (), ("bakery", "11")), (2900, late, ("bakery", "11")), (2900, late, ("dairy", "1"))):
        calls, told = [], []
        for shop, key, deposit, from_ms in (("bakery", "1", "1", 1000), (*second, "2", 2500)):
            calls += every(from_ms, 5000, 400, "bank", node, Deposit("bank", deposit, "tia", 100))
            calls += every(from_ms + 500, 5000, 400, "north", node, Charge(shop, key, "tia", 100))
            told += [decided(shop, key, "Done", after=("bank", deposit)), answered("north", shop, key, 6000, asks=3)]
        away = Faults((5, 5), rules=(*rules, Rule(Drop(), kind="Receipt", from_ms=lost_from_ms, until_ms=4000)), happenings=tuple(calls))
        verify(World(machines(submission, seed), seed, away, 10_000), Holds("two receipts", as_many_as_charges(mailer)), *told)
    two_in_two_lives(submission, seed)


@scene("two_in_two_lives")
def two_in_two_lives(submission, seed):
    """Two charges are alike but for their shops; each comes as long after a start, and all clocks show the same when it does."""
    node, _, mailer = names(seed, 3)
    calls, told, again_ms = [Crash(node, 9900, 100), ClockStep(node, 9950, -10_000)], [], 10_000
    for shop, deposit, from_ms in (("bakery", "1", 0), ("dairy", "2", again_ms)):
        calls += every(from_ms + 500, from_ms + 2000, 400, "bank", node, Deposit("bank", deposit, "tia", 100))
        calls += every(from_ms + 3000, from_ms + 5000, 400, shop, node, Charge(shop, "1", "tia", 100))
        told += [decided(shop, "1", "Done", after=("bank", deposit)), answered(shop, shop, "1", from_ms + 6000, from_ms, asks=5)]
    world = World(machines(submission, seed), seed, Faults((5, 5), happenings=tuple(calls)), 2 * again_ms)
    verify(world, Holds("two receipts", as_many_as_charges(mailer)), *told)


def as_many_as_charges(mailer):
    """Judge that the mailer hears of as many receipts as charges are done."""

    def judge(trace):
        done = {(record.data.shop, record.data.key) for _, record in trace.messages("send", "Done") if record.data.shop != "bank"}
        ids = {record.data.id: index for index, record in trace.messages("deliver", "Receipt") if record.node == mailer}
        if len(done) != len(ids):
            text = f"{len(done)} charges are done, alike but for shops or keys; {mailer} hears of {len(ids)} receipts: {', '.join(ids)}"
            raise Broken(text, code="not_one_each", records=tuple(sorted(ids.values())))

    return judge


@scene("every_order_of_receipts")
def every_order_of_receipts(submission, seed):
    """A crash after any effect of any handler, a message that comes twice, any order."""
    node = names(seed, 3)[0]
    asks = [Call("north", 0, node, Deposit("bakery", "1", "tia", 1000)), Call("north", 0, node, Charge("bakery", "2", "tia", 100))]
    asks += [Call("north", 0, node, Charge("bakery", "2", "tia", 100))]
    world = World(machines(submission, seed), seed, Faults(happenings=tuple(asks)))
    verify_every_order(world, OneReceipt(node), CountedOnce(node), bounds=Bounds(crashes=1, **UNTIMED))


# --- all together ---


class BusyAccounts(Node):
    """Plays the accounts for your till alone: for some time, says Busy to each second charge of a key; then refuses all.

    It refuses those of accounts on a list at once.
    """

    at_once = ()

    def on_start(self):
        self.asked = {}
        self.decides = False
        self.after(self.undecided_ms, self.decide)

    def decide(self):
        self.decides = True

    def on_charge(self, sender, charge: Charge):
        self.asked[charge.key] = self.asked.get(charge.key, 0) + 1
        if self.decides or charge.account in self.at_once:
            self.send(sender, Refused(charge.shop, charge.key, "funds"))
        elif self.asked[charge.key] % 2:
            self.send(sender, Busy(charge.shop, charge.key))


def till_alone(submission, till, node, retry_ms, undecided_ms, at_once=()):
    """A till and accounts that decide nothing for a while, or nothing but what belongs to some accounts."""
    given = {"shop": "bakery", "accounts": node, "retry_ms": retry_ms}
    return Spec(till, submission.Till, given), Spec(node, BusyAccounts, {"undecided_ms": undecided_ms, "at_once": at_once})


@scene("no_answer_for_minutes")
def no_answer_for_minutes(submission, seed):
    """The accounts decide nothing for minutes, then for seconds while the till is in a hurry.

    The till's clock is set back by hours. After half of the time the till crashes, and the clerk repeats the order.
    """
    till, node = names(seed, 2)
    for retry_ms, undecided_ms in ((RETRY_MS, 250_000), (HURRY_MS, 3000)):
        nodes, half_ms = till_alone(submission, till, node, retry_ms, undecided_ms), undecided_ms // 2
        calls = [Call("ann", at_ms, till, Order(7, "tia", 1)) for at_ms in (100, half_ms + 2 * retry_ms)]
        calls += [Crash(till, half_ms, retry_ms), ClockStep(till, undecided_ms // 5, -7_200_000)]
        world = World(nodes, seed, Faults((5, 5), happenings=tuple(calls)), undecided_ms + 5000)
        again = [sent_again(till, "Charge", "key", *bounds) for bounds in ((15 * retry_ms, half_ms), (25 * retry_ms, undecided_ms))]
        verify(world, SameKey(till, "bakery"), *again, heard("ann", "Declined"))


@scene("no_answer")
def no_answer(submission, seed):
    """The accounts decide nothing for half a minute, while order follows order at first; another clerk repeats every second one."""
    till, node = names(seed, 2)
    nodes = till_alone(submission, till, node, RETRY_MS, UNDECIDED_MS)
    numbers = (*range(20), *range(10**6, 10**6 + 6), 2**32, 2**32 + 1, 2**64, 2**64 + 1, 10**30)
    orders = [Order(number, f"customer {nth}", 1) for nth, number in enumerate(numbers)]
    calls = [Call(f"clerk {order.number}", 100 + 140 * nth, till, order) for nth, order in enumerate(orders)]
    calls += [Call("ann", 150 + 140 * nth, till, order) for nth, order in enumerate(orders) if nth % 2]
    calm = Faults((5, 5), happenings=tuple(calls))
    world = World(nodes, seed, calm, UNDECIDED_MS + ONE_BY_ONE_MS, max_events=600_000)  # whoever asks often is no storm
    told = [says("Declined", number=order.number, reason="funds") for order in orders]
    told += [heard(f"clerk {order.number}", "Declined", number=order.number) for order in orders[::2]]
    asks = sent_again(till, "Charge", "key", 15 * RETRY_MS, UNDECIDED_MS), Holds("the till stops asking", asks_no_more)
    verify(world, SameKey(till, "bakery"), *asks, *told)


@scene("hundreds_of_orders")
def hundreds_of_orders(submission, seed):
    """Hundreds of orders come at once, while the accounts decide nothing."""
    till, node = names(seed, 2)
    calls = [Call(f"clerk {nth % 7}", 100 + nth, till, Order(nth, "tia", 1)) for nth in range(280)]
    nodes = till_alone(submission, till, node, RETRY_MS // 2, 1200)
    world = World(nodes, seed, Faults((5, 5), happenings=tuple(calls)), 1200 + 2 * ONE_BY_ONE_MS, max_events=600_000)
    verify(world, Holds("all orders are decided", all_declined))


def all_declined(trace):
    """Judge that each order has a key of its own, and that its clerk hears of it."""
    ordered = {(record.other, record.data.number): index for index, record in trace.messages("deliver", "Order")}
    keys = {record.data.key for _, record in trace.messages("send", "Charge")}
    told = {(record.node, record.data.number) for _, record in trace.messages("deliver", "Declined")}
    if missing := [order for order in ordered if order not in told]:
        clerk, number = missing[0]
        text = f"{clerk} never hears of order {number}, nor do clerks of {len(missing) - 1} others of {len(ordered)}"
        raise Broken(text, code="not_heard", records=(ordered[missing[0]],), by_ms=trace[-1].time_ms)
    if len(keys) < len(ordered):
        text = f"{len(ordered)} orders are charged under {len(keys)} keys: to the accounts some of them are one"
        raise Broken(text, code="one_key", records=(max(ordered.values()),))


@scene("one_is_decided")
def one_is_decided(submission, seed):
    """Two orders are open, and the later one is decided long before the other."""
    till, node = names(seed, 2)
    calls = [Call("ann", 100, till, Order(7, "tia", 1)), Call("ben", 150, till, Order(8, "ben", 1))]
    nodes = till_alone(submission, till, node, RETRY_MS, UNDECIDED_MS // 5, ("ben",))
    told = [heard(who, "Declined", number=number) for who, number in (("ann", 7), ("ben", 8))]
    world = World(nodes, seed, Faults((5, 5), happenings=tuple(calls)), UNDECIDED_MS)
    verify(world, SameKey(till, "bakery"), *told)


@scene("till_dies")
def till_dies(submission, seed):
    """The till crashes after an effect of the handler that hears of an order, or of what became of it.

    The clerk repeats the order; later another one does.
    """
    till, node = names(seed, 2)
    for at_ms in (100, 400, 600):
        for effects in range(4):
            calls = [Crash(till, at_ms, 50, effects)]
            for number in (7, 8):
                calls += every(100 + 300 * (number - 7), 6000, 600, "ann", till, Order(number, f"customer {number}", 1))
            nodes = till_alone(submission, till, node, RETRY_MS, 500)
            calls += every(6500, 8500, 600, "eva", till, Order(7, "customer 7", 1))
            told = [heard("ann", "Declined", after_ms=4000, asks=3, number=number) for number in (7, 8)]
            told.append(heard("eva", "Declined", asks=3, number=7))
            verify(World(nodes, seed, Faults((5, 5), happenings=tuple(calls)), 12_000), SameKey(till, "bakery"), *told)


def asks_no_more(trace):
    """Judge that nothing is charged any more long after the till has heard that it is decided."""
    over = {}
    for index, record in trace.of("deliver", "send"):
        if record.kind == "deliver" and record.name == "Refused":
            over.setdefault(record.data.key, index)
        elif record.kind == "send" and record.name == "Charge" and record.data.key in over:
            told = trace[over[record.data.key]]
            if record.time_ms > told.time_ms + 25 * RETRY_MS:
                text = f"{record.node} still sends {record.data} at {record.time_ms} ms, though it was told at {told.time_ms} ms"
                raise Broken(text, code="never_stops", records=(over[record.data.key], index))


@scenarios(20)
def test_every_order_once(submission, seed):
    if variant(seed) % 20 == 0:
        no_answer(submission, seed)
        no_answer_for_minutes(submission, seed)
    if variant(seed) % 20 == 1:
        hundreds_of_orders(submission, seed)
        one_is_decided(submission, seed)
        till_dies(submission, seed)
    draw = random.Random(f"orders/{seed}")
    node, risk, mailer, north, south = names(seed, 5)
    shops = {north: "bakery", south: draw.choice(("bakery", "corner-shop: a_b#1|2"))}
    given = {"risk": risk, "mailer": mailer, "retry_ms": RETRY_MS, "horizon_ms": HORIZON_MS}
    nodes = [Spec(node, submission.Accounts, given), Spec(risk, RiskDesk, {"blocked": ("zoe",)}), Spec(mailer, Mailer)]
    nodes += [Spec(till, submission.Till, {"shop": shop, "accounts": node, "retry_ms": RETRY_MS}) for till, shop in shops.items()]
    happenings = [*chaos(seed, [spec.id for spec in nodes], 8000, crashes=4, partitions=2, pauses=2, steps=2, longest_ms=1500)]
    told = []
    for place, account in enumerate(("t_i-a: 1", "t_i-a: ", "zoe")):  # with an order's number, the first two could look alike
        deposit = Deposit("bank", f"{place}", account, 10**7)
        happenings += every(draw.randrange(100, 3000), 12_000, 900, "bank", node, deposit)
        powers = draw.sample(range(7), 4)
        for nth, power in enumerate(powers):
            till = draw.choice((north, south))
            order = Order(100 * place + 10 * nth + (till == south), account, 10**power)
            happenings += every(draw.randrange(100, 5000), 13_000, 1900, f"clerk of {till}", till, order)
            told.append(heard(f"clerk of {till}", "Paid", "Declined", after_ms=9000, asks=2, number=order.number))
        happenings += every(1000, 15_000, 1700, account, node, BalanceOf(account))
    rough = Faults(
        (1, draw.choice((20, 60))),
        loss_ratio=draw.choice((0, 0.1, 0.2)),
        duplicate_ratio=draw.choice((0, 0.1, 0.3)),
        reorder_ratio=draw.choice((0, 0.2)),
        reorder_ms=2000,
        happenings=(*happenings, OneWayCut((node,), (risk,), 2000, 2500)),
        rules=(Rule(Deliver(10), from_ms=8000),),  # from here on nothing is lost
    )
    world = World(tuple(nodes), seed, rough, 16_000 + ONE_BY_ONE_MS)
    folds = [*[SameKey(till, shop) for till, shop in shops.items()], CountedOnce(node), AllowedFirst(node), OneReceipt(node)]
    verify(world, *folds, receipts_arrive(node, mailer), *told)
