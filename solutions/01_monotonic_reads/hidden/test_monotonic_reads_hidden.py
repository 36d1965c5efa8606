"""Hidden checks of sessions: availability, every order, late and doubled messages, clocks, tokens, and rough weather."""

import random
from contextlib import contextmanager

from monotonic_reads_protocol import Export, Import, Primary, Read, Replica, User, Write

from harness.checks.never_back import EachStored, NeverBack, OneAnswer, TrueOutcome
from harness.checks.serving import answered_in_time, newest_in_the_end, served, shown
from harness.checks.sessions import session_guarantees
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
    OneWayCut,
    Partition,
    Pause,
    PromiseBroken,
    Rule,
    Sometimes,
    Spec,
    World,
    chaos,
    names,
    scenarios,
    variant,
    verify,
    verify_every_order,
)

RETRY_MS = 100
PULL_MS = 250
SOON_MS = 800
LONG_MS = 4_000
END_MS = 14_000
MINUTE_MS = 61_000  # and a little more
TWO_DAYS_MS = 180_000_000
NUMBERS = (0, 1, 2, 11, 256, 257, 1_024, 65_536, 2**32, 2**32 + 1, 2**53, 2**53 + 1)
KEYS = ("x", "", "a=1; b: 'c', [d]", "a|b/c@d\t1\r\n2 ü✓")  # any text is a key
BUSY = "busy 7é " * 40
ALIKE = (BUSY[:-1], BUSY + "!", BUSY[::-1], BUSY.replace("é", "e\u0301"), BUSY.replace(" ", "  "), BUSY.replace("7", "07"))
LONG_NAME = "Zoé " * 80
VALUES = (
    0.5,
    -0.0,
    2**70,
    " bl\u00e4nk a\u0308\r\n\0 ",
    "long " * 1_200,
    b"\x00",
    True,
    ("a", ("b", None), 0),
    frozenset({1}),
    "1",
)  # and anything a value


@contextmanager
def case(play):
    """Tell how a promise breaks together with the case in which it does: misconceptions differ in that."""
    try:
        yield
    except PromiseBroken as error:
        error.broken.code += f"_{play.__name__}"
        raise


class Lender(User):
    """Passes the tokens that it gets on to a friend, who uses them as if they were hers.

    Set before on_start runs:
        self.friend  her name
    """

    friend: str

    def on_exported(self, sender, exported):
        self.send(self.friend, exported)
        super().on_exported(sender, exported)


def everybody_is_served(front_end):
    """Each request that reached the front end has been answered, and not with a refusal."""

    def judge(trace):
        asked = [(record.other, record.data.number) for _, record in trace.of("deliver") if record.name in ("Read", "Write")]
        sent = (record for _, record in trace.of("send") if record.node == front_end and record.name in ("Value", "Written"))
        good = {(record.other, record.data.number) for record in sent}
        for user, number in asked:
            if (user, number) not in good:
                raise Broken(f"of {len(asked):,} requests, request {number} of {user} is not served, though it can be", code="refused")

    return Holds("everybody is served", judge)


class Shop:
    """Two front ends, a primary and some replicas, under names and in an order that change with the seed."""

    def __init__(self, submission, seed, replicas, pull_ms=PULL_MS, retry_ms=RETRY_MS):
        ids = names(seed, 3 + replicas)
        self.front_end, self.other, self.primary, *self.replicas = ids
        self.copies = (self.primary, *self.replicas)
        self.seed = seed
        told = {"primary": self.primary, "replicas": tuple(self.replicas), "retry_ms": retry_ms}
        nodes = [Spec(name, submission.FrontEnd, told, ()) for name in (self.front_end, self.other)]
        nodes += [Spec(self.primary, Primary, {"replicas": tuple(self.replicas)}, ())]
        nodes += [Spec(name, Replica, {"primary": self.primary, "pull_ms": pull_ms}, ()) for name in self.replicas]
        self.nodes = tuple(nodes[seed % len(nodes) :] + nodes[: seed % len(nodes)])
        both = (self.front_end, self.other), self.primary
        self.never_back, self.one_answer, self.true_outcome = NeverBack(*both), OneAnswer(*both), TrueOutcome(*both)
        self.in_time = answered_in_time(both[0], LONG_MS, slack_ms=2 * RETRY_MS)

    def world(self, *happenings, users=(), lender="", friend="", rules=(), until_ms=END_MS, **faults):
        """Everybody, with calls and faults; `users` are (name, script) of users who do one thing after the other."""
        nodes = self.nodes + tuple(Spec(name, User, {"script": tuple(script)}, ()) for name, script in users if name != lender)
        nodes += tuple(Spec(name, Lender, {"script": tuple(script), "friend": friend}, ()) for name, script in users if name == lender)
        return World(nodes, self.seed, Faults((1, 20), happenings=tuple(happenings), rules=tuple(rules), **faults), until_ms)

    def keep_back(self, *replicas, from_ms=0, until_ms=None):
        """From then on these replicas hear nothing new from the primary; users still reach them."""
        return Partition(((self.primary,), replicas), from_ms, until_ms)

    def out_of_reach(self, *copies, from_ms=0, until_ms=None):
        """From then on no front end reaches these copies."""
        return Partition(((self.front_end, self.other), copies), from_ms, until_ms)

    def write(self, user, at_ms, number, key, value, within_ms=LONG_MS):
        """A user of the first front end writes."""
        return Call(user, at_ms, self.front_end, Write(number, key, value, within_ms))

    def reads(self, user, at_ms, key, *numbers, within_ms=LONG_MS):
        """A user of the first front end reads, once for each number, 150 ms apart."""
        return [Call(user, at_ms + 150 * nth, self.front_end, Read(number, key, within_ms)) for nth, number in enumerate(numbers)]

    def elsewhere(self, user, at_ms, message):
        """A user of the other front end asks it something."""
        return Call(user, at_ms, self.other, message)


# --- fresh enough is enough ---


def as_new_as_mine(submission, seed, turn):
    """Everybody has everything, and the primary is out of reach: a replica with just what the user wrote or saw will do."""
    shop = Shop(submission, seed, 1 + (seed + turn) % 3)
    value, key = ("sea", 0, "", None, False)[turn % 5], KEYS[turn % 4]
    calls = [shop.write("tia", 100, 1, key, value), *shop.reads("ben", 1_000, key, 1), shop.out_of_reach(shop.primary, from_ms=2_000)]
    calls += shop.reads("tia", 2_500, key, 2, 3, 4) + shop.reads("ben", 2_500, key, 2, 3) + shop.reads("tia", 3_000, "unwritten", 5)
    calls += [shop.write("tia", 1_700, 6, "recent", "yes"), *shop.reads("tia", 2_050, "recent", 7, within_ms=1_200)]
    told = [
        shop.one_answer,
        served("tia", *range(1, 8)),
        served("ben", 1, 2, 3),
        shown("tia", 2, value),
        shown("tia", 4, value),
        shown("tia", 5, None),
    ]
    verify(shop.world(*calls), shop.never_back, *told)


def lost_write(submission, seed, turn):
    """A write is lost on its way. What never was is nothing to wait for, neither at once nor later, however long the write is open."""
    shop = Shop(submission, seed, 1 + (seed + turn) % 3)
    lost = [Rule(Drop(), kind="Store", from_ms=1_500)]
    calls = [shop.write(("tia", "ben")[turn % 2], 100, 5, "x", "old"), *shop.reads("tia", 1_000, "x", 6)]
    calls += [shop.write("tia", 2_000, 1, "x", "lost", within_ms=(600, 9_000)[turn // 2 % 2])]
    calls += shop.reads("tia", 2_050, "x", 2) + shop.reads("tia", 3_500, "x", 3, 4)
    if turn % 2:
        calls += [shop.out_of_reach(shop.primary, from_ms=1_900)]
    verify(shop.world(*calls, rules=lost), shop.never_back, served("tia", 6, 2, 3, 4), shown("tia", 3, "old"))


def one_is_fresh(submission, seed, turn):
    """One copy is fresh, whichever; of the others some are stale, some dead, some mute."""
    for place in range(3 + (seed + turn) % 3):
        shop = Shop(submission, seed, 2 + (seed + turn) % 3)
        fresh = shop.copies[place]
        rest = [name for name in shop.replicas if name != fresh]
        calls = [shop.write("ben", 100, 1, "x", "old"), shop.write("tia", 1_500, 1, "x", "new")]
        calls += [shop.keep_back(*rest, from_ms=1_000)]
        if place:
            calls += [shop.out_of_reach(shop.primary, from_ms=2_500)]
        if turn % 2:
            calls += [Crash(rest[0], 2_500, None)]
            calls += [OneWayCut((name,), (shop.front_end,), 2_500) for name in rest[2:]]
        calls += shop.reads("tia", 3_000, "x", 2, 3, 4)
        verify(shop.world(*calls, until_ms=8_000), shop.never_back, served("tia", 1, 2, 3, 4), shown("tia", 2, "new"))


def newcomers(submission, seed, turn):
    """Whoever has seen nothing yet is served by any copy, however stale, whatever others have seen or brought along."""
    shop = Shop(submission, seed, 1 + (seed + turn) % 3)
    moves = [(1_500, shop.front_end, Write(1, "y", "new", LONG_MS)), (0, shop.front_end, Read(2, "x", LONG_MS))]
    moves += [(0, shop.front_end, Export(3)), (0, shop.other, Import(4, None))]
    calls = [shop.write("eva", 100, 1, "x", "old"), shop.keep_back(*shop.replicas, from_ms=1_000)]
    calls += [shop.write("tia", 1_500, 1, "x", "new"), *shop.reads("tia", 1_800, "x", 2)]
    calls += [shop.out_of_reach(shop.primary, from_ms=2_500), *shop.reads("ben", 3_000, "x", 1, 2, within_ms=1_500)]
    calls += shop.reads("ti", 3_000, "ax", 1)  # not tia, and not x
    calls += shop.reads("una", 500, "x", 1, within_ms=400) + shop.reads("una", 3_000, "x", 2)  # she has seen something, long ago
    calls += [*shop.reads("Tia", 3_000, "x", 1), *shop.reads("tia " * 30, 3_000, "x", 1)]
    calls += [shop.write(LONG_NAME + "1", 1_500, 1, "v", "new"), *shop.reads(LONG_NAME + "2", 3_000, "v", 1)]
    calls += shop.reads(LONG_NAME.replace("é", "e\u0301") + "1", 3_000, "v", 1)
    calls += [shop.elsewhere("zoe", 3_000, Read(nth, key, LONG_MS)) for nth, key in enumerate("xy")]
    calls += shop.reads("tia", 3_000, "x", 3, within_ms=(SOON_MS, 3_000)[turn % 2])
    new = ("ben", "ti", "una", "zoe", "Tia", "tia " * 30, LONG_NAME + "2", LONG_NAME.replace("é", "e\u0301") + "1")
    verify(shop.world(*calls, users=[("ida", moves)]), shop.never_back, *[served(user, 0, 1, 2) for user in new])


def busy_and_quiet_keys(submission, seed, turn):
    """One key was written often, another once."""
    shop = Shop(submission, seed, 1 + (seed + turn) % 3)
    calls = [shop.write("tia", 100 + 100 * nth, nth, BUSY, nth) for nth in range(1, 13)]
    calls += [shop.write("ben", 1_500, 20, "quiet", "once"), shop.out_of_reach(shop.primary, from_ms=2_500)]
    calls += [
        shop.write("ben", 1_550, 21, BUSY.title(), "also once"),
        *shop.reads("tia", 2_700, BUSY.title(), 34),
        *[call for nth, key in enumerate(ALIKE) for call in shop.reads("tia", 2_700, key, 40 + nth)],
        *[shop.write("tia", 1_300 + 20 * nth, 50 + nth, "7", nth) for nth in range(2)],
        *shop.reads("tia", 2_700, "007", 46),
    ]
    calls += shop.reads("tia", 2_600, BUSY, 30) + shop.reads("tia", 3_000, "quiet", 31, 32) + shop.reads("tia", 3_500, BUSY, 33)
    told = [served("tia", *range(30, 35), *range(40, 47)), shown("tia", 32, "once"), shown("tia", 33, 12), shown("tia", 34, "also once")]
    verify(shop.world(*calls), shop.never_back, *told)


def empty_token(submission, seed, turn):
    """A session that has seen nothing moves, and any copy will do for it, and for a friend who brings the same token later."""
    shop = Shop(submission, seed, 1 + (seed + turn) % 3)
    here, there = shop.front_end, shop.other
    script = [(1_700, here, Export(1)), (0, there, Import(2, None)), (2_000, here, Write(4, "x", "newer", LONG_MS))]
    script += [(3_000, there, Read(3, "x", LONG_MS))]
    friend = [(3_000, here, Import(11, None)), (0, here, Read(12, "x", LONG_MS))]
    calls = [shop.write("eva", 100, 1, "x", "old"), shop.keep_back(*shop.replicas, from_ms=1_000)]
    calls += [shop.write("ben", 1_500, 1, "x", "new"), shop.out_of_reach(shop.primary, from_ms=2_500)]
    world = shop.world(*calls, users=[("tia", script), ("ida", friend)], lender="tia", friend="ida")
    verify(world, shop.never_back, served("tia", 1, 2, 3, 4), served("ida", 11, 12))


def full_token(submission, seed, turn):
    """A session moves, and the replicas have all that it has seen."""
    shop, key = Shop(submission, seed, 1 + (seed + turn) % 3), KEYS[-1 - turn % 3]
    script = [(100, shop.front_end, Write(1, key, 0, LONG_MS)), (0, shop.front_end, Export(2)), (0, shop.other, Import(3, None))]
    script += [(3_000, shop.other, Read(4, key, LONG_MS)), (0, shop.other, Read(5, "y", LONG_MS))]
    calls = [shop.out_of_reach(shop.primary, from_ms=2_500)]
    verify(shop.world(*calls, users=[("tia", script)]), shop.never_back, served("tia", 1, 2, 3, 4, 5), shown("tia", 4, 0))


def back_again(submission, seed, turn):
    """Nobody could serve a while ago: everybody was cut off, or stale. Now they can."""
    shop = Shop(submission, seed, 1 + (seed + turn) % 3)
    calls = [shop.write("tia", 100, 1, "x", "old"), shop.keep_back(*shop.replicas, from_ms=1_000, until_ms=6_000)]
    calls += [shop.write("tia", 1_500, 2, "x", "new"), shop.out_of_reach(shop.primary, from_ms=2_000, until_ms=6_000)]
    gone = shop.replicas if turn % 2 else ()
    calls += [shop.out_of_reach(*gone, from_ms=2_000, until_ms=6_000), *shop.reads("tia", 2_500, "x", 3, 4, within_ms=SOON_MS)]
    calls += shop.reads("tia", 2_800, "x", 7, within_ms=9_000)  # may be served in the end, and is in nobody's way
    calls += [shop.out_of_reach(shop.primary, from_ms=8_000), *shop.reads("tia", 8_500, "x", 5, 6)]
    calls += [shop.write("ben", 3_000, 1, "y", "late", within_ms=SOON_MS), shop.write("ben", 6_500, 2, "y", "again")]
    calls += [shop.write("ben", 5_100, 3, "y", "too late", within_ms=SOON_MS), *shop.reads("tia", 5_100, "x", 8, within_ms=SOON_MS)]
    calls += [shop.write("zoe", 6_050, 1, "z", "in time"), *shop.reads("una", 6_050, "x", 1)]
    told = [served("tia", 1, 2, 5, 6), served("ben", 2), served("zoe", 1), served("una", 1), shown("tia", 6, "new")]
    verify(shop.world(*calls), shop.never_back, *told)


def many_at_once(submission, seed, turn):
    """Many users ask at the same moment, under the same numbers; one writes the same twice, in a hurry."""
    shop = Shop(submission, seed, 1 + (seed + turn) % 3)
    calls = [shop.write("eva", 100 + 20 * nth, nth, f"key {nth}", VALUES[nth]) for nth in range(10)]
    calls += [shop.write("ida", 1_000, nth, "likes", "+1") for nth in range(2)]
    calls += [shop.out_of_reach(shop.primary, from_ms=2_000)]
    told = [served("ida", 0, 1)]
    for user in ("tia", "tia1", "zoe", "ben", "una"):
        calls += [Call(user, 2_500, shop.front_end, Read(number, f"key {nth % 10}", LONG_MS)) for nth, number in enumerate(NUMBERS)]
        told += [served(user, *NUMBERS), *[shown(user, number, VALUES[nth % 10]) for nth, number in enumerate(NUMBERS)]]
    near = [Rule(Deliver(1), kind=kind) for kind in ("Read", "Write")]
    verify(shop.world(*calls, rules=near), shop.never_back, *told)


def one_waits_in_vain(submission, seed, turn):
    """Nobody can serve ben. One of three replicas can serve tia, who asks again and again meanwhile."""
    shop = Shop(submission, seed, 3)
    fresh = shop.replicas[(seed + turn) % 3]
    calls = [shop.write("eva", 100, 1, "x", "old"), shop.keep_back(*[name for name in shop.replicas if name != fresh], from_ms=600)]
    calls += [shop.write("tia", 1_000, 1, "x", "new"), shop.keep_back(fresh, from_ms=1_500), shop.write("ben", 1_700, 1, "y", "new")]
    calls += [shop.out_of_reach(shop.primary, from_ms=2_500), *shop.reads("ben", 2_900, "y", 2, within_ms=9_000)]
    calls += [call for nth in range(4) for call in shop.reads("tia", 3_000 + 2_100 * nth, "x", 2 + nth, within_ms=2_000)]
    verify(shop.world(*calls), shop.never_back, served("tia", *range(1, 6)))


def stale_and_loud(submission, seed, turn):
    """The stale replicas answer first, and more than once; the primary answers last, and in time, be it in a large network."""
    replicas, retry_ms, late_ms, within_ms = ((1 + seed % 3, RETRY_MS, 25, LONG_MS), (1, 1_000, 300, 9_000))[turn % 2]
    shop = Shop(submission, seed, replicas, retry_ms=retry_ms)
    loud = [Rule(Deliver(1, (2, 3, 4)), sender=name, kind="Found") for name in shop.replicas]
    loud += [Rule(Deliver(late_ms), sender=shop.primary, kind="Found")]
    calls = [shop.write("ben", 100, 1, "x", "old"), shop.keep_back(*shop.replicas, from_ms=1_000), shop.write("tia", 1_500, 1, "x", "new")]
    calls += shop.reads("tia", 2_000, "x", 2, 3, 4, 5, within_ms=within_ms)
    verify(shop.world(*calls, rules=loud), shop.never_back, served("tia", *range(1, 6)), shown("tia", 5, "new"))


def only_the_primary(submission, seed, turn):
    """All replicas are dead or cut off. Who has seen nothing, and who has written, can still read, though the clock is set meanwhile."""
    shop = Shop(submission, seed, 1 + (seed + turn) % 3)
    gone = [Crash(name, 1_500, None) for name in shop.replicas] if turn % 2 else [shop.out_of_reach(*shop.replicas, from_ms=1_500)]
    calls = [shop.write("ben", 100, 1, "x", "old"), *gone, *shop.reads("zoe", 2_000, "x", 1, 2), *shop.reads("zoe", 2_000, "unwritten", 3)]
    calls += [shop.write("tia", 2_000, 1, "x", "new"), *shop.reads("tia", 2_500, "x", 2)]
    calls += [ClockStep(shop.front_end, 2_060, 90_000_000)]
    verify(shop.world(*calls, until_ms=8_000), shop.never_back, served("zoe", 1, 2, 3), served("tia", 1, 2))


def crowd(submission, seed, turn):
    """Hundreds of requests at the same moment, and dozens of one user among them."""
    shop = Shop(submission, seed, 2)
    calls = [shop.write(f"user {nth}", 500, 1, f"key {nth}", nth) for nth in range(130)]
    calls += [Call(f"user {nth % 260}", 2_000, shop.front_end, Read(2 + nth, f"key {nth}", LONG_MS)) for nth in range(280)]
    calls += [Call("tia", 2_000, shop.front_end, Read(nth, f"key {nth}", LONG_MS)) for nth in range(60)]
    verify(shop.world(*calls, rules=[Rule(Deliver(1), kind="Read"), Rule(Deliver(5))], until_ms=7_000), everybody_is_served(shop.front_end))


def stale_a_moment_ago(submission, seed, turn):
    """The replicas are too old for her; then they catch up, or the primary can be reached again."""
    shop = Shop(submission, seed, 2 - turn)
    calls = [shop.write("ben", 100, 1, "x", "old"), shop.write("tia", 1_500, 1, "x", "new")]
    calls += [call for nth in range(30) for call in shop.reads("tia", 2_500, "x", 10 + nth, within_ms=600)]
    calls += [shop.keep_back(*shop.replicas, from_ms=1_000, until_ms=(3_000, None)[turn])]
    calls += [shop.out_of_reach(shop.primary, from_ms=2_000, until_ms=(None, 3_400)[turn])]
    calls += shop.reads("tia", 2_500, "x", 2, 3, within_ms=600) + shop.reads("tia", 3_450, "x", 4, within_ms=1_000)
    verify(shop.world(*calls, until_ms=6_000), shop.never_back, served("tia", 1, 4))


def open_meanwhile(submission, seed, turn):
    """She waits for an answer while others write, and while she takes a token along, or brings one."""
    shop = Shop(submission, seed, 1 + (seed + turn) % 3)
    here, there = shop.front_end, shop.other
    calls = [shop.write("ben", 100, 1, "x", "old"), shop.keep_back(*shop.replicas, from_ms=1_000)]
    calls += shop.reads("zoe", 1_450, "z", 1, within_ms=300)  # nobody hears of it
    calls += [shop.write("ben", 1_500, 2, "x", "new"), shop.elsewhere("una", 1_500, Write(1, "y", "new", LONG_MS))]
    script = [(2_000, there, Read(1, "z", LONG_MS)), (0, there, Export(2)), (3_000, here, Import(3, None)), (3_300, here, Export(4))]
    for at_ms in (2_990, 3_290):
        calls += [*shop.reads("ida", at_ms, "z", at_ms), shop.write("ida", at_ms, at_ms + 1, f"w{at_ms}", 1)]
    calls += [shop.out_of_reach(shop.primary, from_ms=3_600), *shop.reads("zoe", 4_000, "x", 2)]
    rules = [Rule(Drop(), kind="Fetch", from_ms=1_400, until_ms=1_800), Rule(Deliver(1), sender="ida")]
    rules += [Rule(Deliver(40), kind=kind, from_ms=2_900) for kind in ("Found", "Stored")]
    told = [served("ben", 1, 2), served("zoe", 2), served("ida", 1, 2, 3, 4, 2_990, 2_991, 3_290, 3_291)]
    verify(shop.world(*calls, users=[("ida", script)], rules=rules), shop.never_back, shop.in_time, *told)


def anothers_write_is_lost(submission, seed, turn):
    """Her write is lost, and open for a long time. Somebody else writes the same key, and others read it."""
    shop = Shop(submission, seed, 1 + (seed + turn) % 3)
    calls = [shop.write("tia", 1_000, 1, "x", "lost", within_ms=9_000), shop.write("ben", 1_100, 1, "x", "new", within_ms=2_000)]
    calls += shop.reads("ben", 3_500, "x", 2, within_ms=2_000) + shop.reads("zoe", 1_100, "x", 1, within_ms=2_000)
    lost = [Rule(Drop(), kind="Store", nth=1), Rule(Deliver(1), sender="tia")]
    verify(shop.world(*calls, rules=lost), shop.never_back, served("ben", 1, 2), served("zoe", 1))


PLAYS = (
    as_new_as_mine,
    lost_write,
    one_is_fresh,
    newcomers,
    busy_and_quiet_keys,
    empty_token,
    full_token,
    back_again,
    many_at_once,
    one_waits_in_vain,
    stale_and_loud,
    only_the_primary,
)


FRESH_PLAYS = [(PLAYS[nth % len(PLAYS)], nth // len(PLAYS)) for nth in range(40)]
FRESH_PLAYS += [(stale_a_moment_ago, 0), (stale_a_moment_ago, 1), (open_meanwhile, 0), (anothers_write_is_lost, 0), (crowd, 0)]


@scenarios(len(FRESH_PLAYS))
def test_fresh_enough(submission, seed):
    play, turn = FRESH_PLAYS[variant(seed) % len(FRESH_PLAYS)]
    with case(play):
        play(submission, seed, turn)


# --- never back ---


def wrote(shop):
    """She wrote the newest version."""
    return [shop.keep_back(*shop.replicas, from_ms=1_000), shop.write("tia", 1_500, 1, "x", "new")]


def saw(shop):
    """She saw the newest version, which somebody else wrote."""
    seen = [shop.elsewhere("ben", 1_500, Write(1, "x", "new", LONG_MS)), *shop.reads("tia", 2_000, "x", 1, 2)]
    return [shop.keep_back(*shop.replicas, from_ms=1_000), shop.out_of_reach(*shop.replicas, from_ms=1_700, until_ms=3_500), *seen]


def saw_with_others(shop):
    """She saw the newest version when others read it, too, at the same moment."""
    crowd = [call for nth in range(8) for call in shop.reads(f"reader {nth}", 2_000, "x", 1)]
    seen = [shop.elsewhere("ben", 1_500, Write(1, "x", "new", LONG_MS)), *crowd, *shop.reads("tia", 2_000, "x", 1)]
    return [shop.keep_back(*shop.replicas, from_ms=1_000), shop.out_of_reach(*shop.replicas, from_ms=1_700, until_ms=3_500), *seen]


def wrote_while_the_clock_went_back(shop):
    """The primary's clock is set back before she writes."""
    return [*wrote(shop), ClockStep(shop.primary, 1_400, -10_000_000)]


def saw_while_the_clock_went_back(shop):
    """The primary's clock is set back before the write that she sees."""
    return [*saw(shop), ClockStep(shop.primary, 1_400, -10_000_000)]


def confirmed_late(shop, within_ms=LONG_MS):
    """She saw a newer version before her own write is confirmed."""
    newer = [shop.elsewhere("ben", 1_900, Write(1, "x", "new", LONG_MS)), *shop.reads("tia", 2_300, "x", 2)]
    cuts = [shop.keep_back(*shop.replicas, from_ms=1_750), shop.out_of_reach(*shop.replicas, from_ms=2_000, until_ms=3_500)]
    return [shop.write("tia", 1_500, 1, "x", "mine", within_ms), *newer, *cuts]


def confirmed_at_last(shop):
    """She saw a newer version before her own write is confirmed once more, or at last, when she has long been told Unknown."""
    return confirmed_late(shop, (LONG_MS, 300)[shop.seed % 2])


def wrote_and_lost(shop):
    """After she wrote the newest version another write of hers is lost."""
    cut = shop.out_of_reach(shop.primary, from_ms=2_000, until_ms=4_500)
    return [*wrote(shop), cut, shop.write("tia", 2_100, 2, "x", "lost", within_ms=SOON_MS)]


def wrote_another_key(shop):
    """After she wrote the newest version she used other keys, written more often or less, by her or by others."""
    more = [shop.write("tia", 1_700 + 20 * nth, 2 + nth, "y", f"y{nth}") for nth in range(4)]
    more += [shop.write("tia", 2_000, 7, "z", "z"), *shop.reads("tia", 2_200, "z", 8), *shop.reads("tia", 2_300, "unwritten", 9)]
    return [*wrote(shop), *more]


def wrote_a_younger_key(shop):
    """She used a key that has had many versions, and then wrote a new version of the other."""
    often = [shop.write("ben", 200 + 20 * nth, 2 + nth, "y", f"y{nth}") for nth in range(7)]
    return [*often, *shop.reads("tia", 600, "y", 2, 3, 4), *wrote(shop)]


def wrote_often(shop):
    """Hundreds of versions of the key were written, and then she wrote a new one."""
    return [*[shop.write("ben", 120 + nth, 200 + nth, "x", f"x{nth}") for nth in range(300)], *wrote(shop)]


def others_came_between(shop):
    """After she wrote the newest version other users came, some who had seen nothing, and many who wrote."""
    crowd = [shop.write(f"user {nth}", 2_400 + 20 * nth, 1, "v", f"v{nth}") for nth in range(25)]
    crowd += [call for nth in range(100) for call in shop.reads(f"reader {nth}", 3_000 + 8 * nth, "v", 1)]
    return [
        *crowd,
        *wrote(shop),
        *shop.reads("zoe", 2_000, "x", 1, 2),
        *shop.reads("ben", 2_100, "y", 1),
        shop.write("eva", 2_300, 1, "w", "w"),
        Call("tia", 4_300, shop.front_end, Export(2)),
    ]


def many_keys(shop):
    """After she wrote the newest version she wrote many other keys."""
    return [*wrote(shop), *[shop.write("tia", 1_600 + 6 * nth, 10 + nth, f"key {nth}", nth) for nth in range(260)]]


def saw_nothing_there(shop):
    """She deleted it, in a way, or saw that somebody did: None is a newer version too."""
    if shop.seed % 2:
        return [shop.keep_back(*shop.replicas, from_ms=1_000), shop.write("tia", 1_500, 1, "x", None)]
    seen = [shop.elsewhere("ben", 1_500, Write(1, "x", None, LONG_MS)), *shop.reads("tia", 2_000, "x", 1, 2)]
    return [shop.keep_back(*shop.replicas, from_ms=1_000), shop.out_of_reach(*shop.replicas, from_ms=1_700, until_ms=3_500), *seen]


def exported(shop):
    """She took a token, and stayed."""
    return [*wrote(shop), Call("tia", 2_000, shop.front_end, Export(2))]


WAYS = (
    wrote,
    saw,
    saw_with_others,
    wrote_while_the_clock_went_back,
    saw_while_the_clock_went_back,
    confirmed_late,
    confirmed_at_last,
    wrote_and_lost,
    wrote_another_key,
    wrote_a_younger_key,
    wrote_often,
    others_came_between,
    many_keys,
    saw_nothing_there,
    exported,
)


def only_old_copies(submission, seed, turn, way):
    """She comes to know the newest version; then only copies without it can be reached; then everybody can."""
    shop = Shop(submission, seed, 1 + turn % 3)
    again = (5, (1_500,)) if way is confirmed_at_last and seed % 2 == 0 else (1_500,)
    late = [Rule(Deliver(*again), to=shop.front_end, kind="Stored", from_ms=1_400)] if way in (confirmed_late, confirmed_at_last) else []
    calls = [shop.write("ben", 100, 100, "x", "old"), *shop.reads("tia", 500, "x", 1_000), *way(shop)]
    calls += [shop.out_of_reach(shop.primary, from_ms=4_500, until_ms=8_000)]
    calls += shop.reads("tia", 5_000, "x", *range(1_001, 1_007), within_ms=SOON_MS) + shop.reads("tia", 8_500, "x", 1_007)
    told = [served("tia", 1_000, 1_007), *([shop.true_outcome] if way is many_keys else [])]
    verify(shop.world(*calls, rules=late), shop.never_back, *told)


def both_at_hand(submission, seed, turn):
    """Fresh and stale copies can be reached at the same time, and everything arrives late, twice, or both."""
    shop = Shop(submission, seed, 2 + turn % 3)
    stale = shop.replicas[:: 2 if turn % 2 else -2]
    often = tuple(Rule(Deliver(5, (12 + 7 * nth, 60, 190)), kind="Found", nth=nth) for nth in range(1, 60, 3))
    late = tuple(
        Rule(Deliver(delay_ms), sender=name, kind="Found") for name, delay_ms in zip(shop.copies, (55, 3, 45, 30, 8), strict=False)
    )
    calls = [shop.write("ben", 100, 1, "x", "old"), shop.keep_back(*stale, from_ms=1_000)]
    calls += [shop.elsewhere("ben", 1_500 + 300 * nth, Write(2 + nth, "x", f"new {nth}", LONG_MS)) for nth in range(8)]
    calls += [Call("tia", 1_400 + 40 * nth, shop.front_end, Read(nth, "x", LONG_MS)) for nth in range(80)]
    calls += [shop.write("tia", 2_000 + 700 * nth, 200 + nth, "x", f"mine {nth}") for nth in range(3)]
    calls += shop.reads("tia", 10_000, "x", 300, 301, within_ms=2_000)
    verify(shop.world(*calls, rules=often + late), shop.never_back, served("tia", 300, 301))


def old_token(submission, seed, turn):
    """At the other front end she has seen more than her token says, of one key, and less of another."""
    shop = Shop(submission, seed, 1 + turn % 3)
    here, there = shop.front_end, shop.other
    script = [(500, here, Read(1, "x", 600)), (0, here, Write(2, "y", "newer y", LONG_MS)), (0, here, Export(3))]
    script += [(1_500, there, Write(4, "x", "newer x", LONG_MS)), (0, there, Import(5, None)), (0, there, Export(6))]
    if turn == 3:  # she goes back once more, and arrives with a newer token
        script += [
            (0, here, Write(20, "y", "newest y", LONG_MS)),
            (0, here, Export(21)),
            (0, there, Import(22, None)),
            (0, there, Export(23)),
        ]
    script += [(4_000, there, Read(7, "x", SOON_MS)), (0, there, Read(8, "y", SOON_MS)), (0, there, Read(9, "x", SOON_MS))]
    script += [(0, here, Import(10, None)), (0, here, Read(11, "x", SOON_MS)), (0, here, Read(12, "y", SOON_MS))]
    script += [(9_000, here, Read(13, "x", 1_500)), (0, there, Read(14, "y", 1_500))]
    calls = [shop.write("ben", 100, 1, "x", "old x"), shop.write("ben", 100, 2, "y", "old y")]
    calls += [shop.keep_back(*shop.replicas, from_ms=(490, 1_400)[turn % 2])]
    calls += [shop.out_of_reach(shop.primary, from_ms=3_500, until_ms=8_500)]
    verify(shop.world(*calls, users=[("tia", script)]), shop.never_back, served("tia", *range(1, 7), 10, 13, 14, *range(20, 24)))


def two_tokens(submission, seed, turn):
    """She brings a new token and then an older one; a friend brings it as well, and carries it on; so does somebody from elsewhere.

    One has been at the other front end for a look only, and brings an empty token home.
    """
    shop = Shop(submission, seed, 1 + turn % 3)
    here, there, key = shop.front_end, shop.other, KEYS[turn % 4].upper()
    script = [(500, here, Write(1, key, "mine", LONG_MS)), (1_000 * (turn % 2), here, Export(2)), (0, there, Import(3, None))]
    script += [(4_000, there, Read(4, key, SOON_MS)), (0, there, Export(5)), (0, here, Import(6, None)), (0, here, Read(7, key, SOON_MS))]
    script[3:3] = [(1_700, there, Read(8, "key 119", SOON_MS))]
    new = [(1_500, here, Export(1)), (0, there, Import(2, None)), (4_000, there, Read(3, key, SOON_MS))]
    one, two = (there, here) if turn < 2 else (here, there)  # where the friend goes first; the token was made here
    friend = [(3_000, one, Import(12, None)), (0, one, Export(15)), (0, two, Import(16, None)), (4_000, two, Read(17, key, SOON_MS))]
    friend += [(0, one, Read(13, key, SOON_MS)), (9_000, one, Read(14, key, LONG_MS))]
    late = [(200, there, Read(number, name, 400)) for number, name in ((1, key), (10, "p"), (11, "q"))]
    late += [(2_000, here, Read(2, key, 1_400)), (0, here, Export(3)), (0, there, Import(4, None))]
    late += [(4_000, there, Read(5, key, SOON_MS)), (9_000, there, Read(6, key, LONG_MS))]
    look = [
        (700, here, Write(1, "Home", "new", LONG_MS)),
        (0, there, Export(2)),
        (0, here, Import(3, None)),
        (4_000, here, Read(4, "Home", SOON_MS)),
    ]
    calls = [shop.write("ben", 100, 1, key, "old"), shop.keep_back(*shop.replicas, from_ms=490)]
    calls += [shop.write("tia", 600 + 2 * nth, 100 + nth, f"key {nth}", nth) for nth in range(120 * (turn % 2))]
    calls += [shop.elsewhere("tia", 990, Read(9, key, LONG_MS))]  # is answered by an old copy when she has brought the token
    slow = [Rule(Deliver(200), to=there, kind="Found", from_ms=985, until_ms=1_035)]
    calls += [shop.out_of_reach(*shop.replicas, from_ms=1_800, until_ms=3_000)]
    calls += [shop.out_of_reach(shop.primary, from_ms=3_500, until_ms=8_500)]
    users = [("tia", script), ("ida", friend), ("zoe", late), ("una", new), ("eva", look)]
    told = [
        served("una", 1, 2),
        served("eva", 1, 2, 3),
        served("tia", 1, 2, 3, 5, 6),
        served("ida", 12, 14, 15, 16),
        served("zoe", 1, 2, 3, 4, 6),
    ]
    verify(shop.world(*calls, rules=slow, users=users, lender="tia", friend="ida"), shop.never_back, *told)


def friends_token(submission, seed, turn):
    """She has written and brought her own token. Then the clock is set back where tokens are made, and she brings a friend's as well."""
    shop = Shop(submission, seed, 2)
    here, there = shop.front_end, shop.other
    friend = [(1_500, here, Write(1, "x", "new", LONG_MS)), (1_700, here, Export(2))]
    script = [
        (600, here, Write(5, "y", "own", LONG_MS)),
        (900, here, Export(1)),
        (0, there, Import(2, None)),
        (2_500, there, Import(3, None)),
    ]
    script += [(4_000, there, Read(4, "x", SOON_MS)), (0, there, Read(6, "y", SOON_MS))]
    calls = [shop.write("ben", 100, 1, "x", "old"), shop.keep_back(*shop.replicas, from_ms=500)]
    calls += [ClockStep(here, 1_300, -7_200_000), shop.out_of_reach(shop.primary, from_ms=3_500)]
    world = shop.world(*calls, users=[("tia", friend), ("ida", script)], lender="tia", friend="ida", until_ms=6_000)
    verify(world, shop.never_back, served("tia", 1, 2), served("ida", 5, 1, 2, 3))


def much_later(submission, seed, turn):
    """She comes back after two days in which the front end stood still for most of the time, and the replicas were cut off all the time."""
    shop = Shop(submission, seed, 1 + turn % 3, pull_ms=0)
    calls = [
        shop.write("ben", 100, 1, "x", "old"),
        *wrote(shop),
        shop.out_of_reach(shop.primary, from_ms=4_500, until_ms=TWO_DAYS_MS + 2_000),
    ]
    naps = [(5_000 + MINUTE_MS * nth, MINUTE_MS - 50) for nth in range(61)]
    naps += [(5_000 + MINUTE_MS * 61, TWO_DAYS_MS - 5_000 - MINUTE_MS * 61)]
    calls += [Pause(name, *nap) for nap in naps for name in (shop.front_end, shop.other)]
    calls += [ClockStep(shop.front_end, 6_000, 90_000_000), *shop.reads("tia", TWO_DAYS_MS + 500, "x", 2, 3, 4, within_ms=SOON_MS)]
    calls += shop.reads("tia", TWO_DAYS_MS + 2_300, "x", 5, within_ms=1_500)
    moves = [(2_000, shop.front_end, Write(1, "y", "new", LONG_MS)), (0, shop.front_end, Export(2))]
    moves += [(TWO_DAYS_MS + 300, shop.other, Import(3, None)), (0, shop.other, Read(4, "y", SOON_MS))]
    told = [served("tia", 1, 5), served("zoe", 1, 2, 3)]
    verify(shop.world(*calls, users=[("zoe", moves)], until_ms=TWO_DAYS_MS + 4_000), shop.never_back, *told)


def after_a_thousand(submission, seed, turn):
    """After she wrote the newest version a thousand others read, and she read hundreds of other keys. She stays, and moves."""
    shop = Shop(submission, seed, 1, pull_ms=0)
    calls = [shop.write("ben", 100, 1, "x", "old"), *wrote(shop)]
    calls += [shop.reads(f"user {nth}", 1_700 + nth, f"key {nth}", 1)[0] for nth in range(1_030)]
    calls += [shop.reads("tia", 3_000 + nth + 500 * (nth > 200), f"key {nth}", 10 + nth)[0] for nth in range(520)]
    calls += [shop.out_of_reach(*shop.replicas, from_ms=4_300, until_ms=5_400), *shop.reads("ava", 4_400, "x", 1, within_ms=900)]
    calls += [shop.out_of_reach(shop.primary, from_ms=5_500), *shop.reads("tia", 6_000, "x", 2, 3, within_ms=400)]
    calls += [shop.write("una", 5_300, 1, "u", "new"), *shop.reads("zoe", 6_000, "u", 1, within_ms=600)]
    moves = [(3_300, shop.front_end, Export(4)), (0, shop.other, Import(5, None)), (6_000, shop.other, Read(6, "x", 400))]

    world = shop.world(*calls, users=[("tia", moves)], rules=[Rule(Deliver(2))], until_ms=7_500)
    verify(world, shop.never_back, served("tia", 1, 4, 5), served("ava", 1), served("zoe", 1))


def explored(submission, seed, replicas, calls=(), users=(), bounds=Bounds()):
    """Every order of a small system."""
    shop = Shop(submission, seed, replicas, pull_ms=0)
    told = [Call(user, 0, shop.front_end, message) for user, message in calls]
    nodes = [spec for spec in shop.nodes if users or spec.id != shop.other]
    nodes += [Spec(name, User, {"script": script(shop)}, ()) for name, script in users]
    stored = Sometimes("a write is stored", lambda record: record.kind == "write" and record.name == "Entry")
    verify_every_order(World(tuple(nodes), seed, Faults(happenings=tuple(told))), shop.never_back, stored, bounds=bounds)


def every_order_of_a_write(submission, seed):
    """Somebody writes, she writes, she reads: one replica, and a timer."""
    calls = [("ben", Write(1, "x", "a", LONG_MS)), ("tia", Write(1, "x", "b", LONG_MS)), ("tia", Read(2, "x", LONG_MS))]
    explored(submission, seed, 1, calls, bounds=Bounds(timers=1, states=2_500))


def every_order_of_reads(submission, seed):
    """Somebody writes, she reads twice: two replicas, and a timer."""
    calls = [("ben", Write(1, "x", "a", LONG_MS)), ("tia", Read(1, "x", LONG_MS)), ("tia", Read(2, "x", LONG_MS))]
    explored(submission, seed, 2, calls, bounds=Bounds(timers=1, states=2_500))


def one_after_the_other(shop):
    here = shop.front_end
    return ((0, here, Write(1, "x", "a", LONG_MS)), (0, here, Read(2, "x", LONG_MS)), (0, here, Read(3, "x", LONG_MS)))


def every_order_of_a_session(submission, seed):
    """She writes, reads, and reads again, while somebody else writes."""
    calls = [("ben", Write(1, "x", "b", LONG_MS))]
    explored(submission, seed, 1, calls, [("tia", one_after_the_other)], Bounds(timers=2, states=6_000))


def from_here_to_there(shop):
    here, there = shop.front_end, shop.other
    first = ((0, here, Write(1, "x", "a", LONG_MS)), (0, here, Export(2)), (0, there, Import(3, None)))
    return (*first, (0, there, Read(4, "x", LONG_MS)), (0, there, Read(5, "x", LONG_MS)))


def every_order_of_a_move(submission, seed):
    """She writes, moves to another front end, and reads there."""
    calls = [("ben", Write(1, "x", "b", LONG_MS))]
    explored(submission, seed, 1, calls, [("tia", from_here_to_there)], Bounds(timers=1, states=6_000))


TOKENS_AND_DELAYS = (old_token, two_tokens, both_at_hand, much_later)
EVERY_ORDER = (every_order_of_a_write, every_order_of_reads, every_order_of_a_session, every_order_of_a_move)


NEVER_BACK_PLAYS = [(only_old_copies, turn, way) for turn in (0, 1) for way in WAYS]
NEVER_BACK_PLAYS += [(TOKENS_AND_DELAYS[nth % 4], nth // 4) for nth in range(14)]
NEVER_BACK_PLAYS += [(friends_token, 0), (after_a_thousand, 0), *[(play,) for play in EVERY_ORDER]]


@scenarios(len(NEVER_BACK_PLAYS))
def test_never_back(submission, seed):
    play, *details = NEVER_BACK_PLAYS[variant(seed) % len(NEVER_BACK_PLAYS)]
    with case(details[1] if len(details) > 1 else play):
        play(submission, seed, *details)


# --- outcomes ---


def lost_confirmations(submission, seed, turn):
    """Writes are stored, and nobody says so: for a while, or at all."""
    shop = Shop(submission, seed, 1 + (seed + turn) % 3)
    until_ms = (None, 1_500)[turn % 2]
    lost = [Rule(Drop(), kind="Stored", from_ms=900, until_ms=until_ms)]
    calls = [shop.write("tia", 100, 1, "x", "first"), shop.write("tia", 1_000, 2, "x", "second", within_ms=SOON_MS)]
    calls += [shop.write("ben", 1_010, 2, "x", "third"), *shop.reads("tia", 6_000, "x", 3), *shop.reads("ben", 6_000, "x", 3)]
    for nth, within_ms in enumerate((0, 10, 30, 60, 6_000, 7_000)):
        calls += [shop.write("ida", at_ms, at_ms + nth, "y", f"{at_ms} {nth}", within_ms) for at_ms in (200, 1_020)]
    verify(shop.world(*calls, rules=lost), shop.true_outcome, shop.one_answer, shop.in_time, served("tia", 1, 3), served("ben", 3))


def slow_stores(submission, seed, turn):
    """Writes reach the primary long after their deadline."""
    shop = Shop(submission, seed, 1 + (seed + turn) % 3)
    slow = [Rule(Deliver(3_000 + 700 * (turn % 3)), kind="Store", from_ms=900, until_ms=3_000)]
    calls = [shop.write("tia", 100, 1, "x", "first"), shop.write("tia", 1_000, 2, "x", "second", within_ms=SOON_MS)]
    calls += [*shop.reads("tia", 2_500, "x", 3), shop.write("tia", 3_500, 4, "x", "third"), *shop.reads("tia", 9_000, "x", 5)]
    verify(shop.world(*calls, rules=slow), shop.true_outcome, shop.one_answer, shop.in_time, served("tia", 1, 3, 4, 5))


def dead_primary(submission, seed, turn):
    """The primary crashes while it stores a write: before anything happened, or with the write on its disk and nobody told."""
    shop = Shop(submission, seed, 1 + (seed + turn) % 3)
    crash = Crash(shop.primary, 900, (50, 300, None)[turn % 3], turn // 3 % 3)
    calls = [shop.write("tia", 100, 1, "x", "first"), crash, shop.write("tia", 1_000, 2, "x", "second", within_ms=SOON_MS)]
    calls += [shop.write("ben", 1_200, 1, "x", "third"), *shop.reads("tia", 2_500, "x", 3, within_ms=SOON_MS)]
    verify(shop.world(*calls), shop.true_outcome, shop.one_answer, shop.in_time, served("tia", 1))


def cut_off_primary(submission, seed, turn):
    """The primary is cut off, and comes back before the deadline, after it, or never; or only its answers are lost."""
    shop = Shop(submission, seed, 1 + (seed + turn) % 3)
    until_ms = (1_500, 5_000, None)[turn % 3]
    cut = shop.out_of_reach(shop.primary, from_ms=900, until_ms=until_ms)
    if turn // 3 % 2:
        cut = OneWayCut((shop.primary,), (shop.front_end, shop.other), 900, until_ms)
    calls = [shop.write("tia", 100, 1, "x", "first"), cut, shop.write("tia", 1_000, 2, "x", "second", within_ms=2_000)]
    calls += [shop.elsewhere("ben", 1_000, Write(2, "x", "third", 2_000)), *shop.reads("tia", 7_000, "x", 3, within_ms=SOON_MS)]
    calls += [shop.write("zoe", 1_000, 1, "w", "fourth", within_ms=10_000)]
    calls += [ClockStep(name, 1_300, -7_200_000) for name in (shop.front_end, shop.other)]
    verify(shop.world(*calls), shop.true_outcome, shop.one_answer, shop.in_time, served("tia", 1))


def same_numbers(submission, seed, turn):
    """Two users write at the same moment under the same number, at one front end and at two."""
    shop = Shop(submission, seed, 1 + (seed + turn) % 3)
    users = ("tia", "ben", "zoe")
    calls = [shop.write(user, 1_000, 1, key, f"{user}'s {key}") for user, key in zip(users, ("x", "x", "y"), strict=True)]
    calls += [
        shop.elsewhere("ida", 1_000, Write(1, "x", "ida's", LONG_MS)),
        shop.elsewhere("tia", 1_000, Write(2, "z", "tia's z", LONG_MS)),
    ]
    calls += [ClockStep(name, 1_026, 90_000_000) for name in (shop.front_end, shop.other)]  # all are on their way then
    slow = [Rule(Deliver(30), kind="Stored")]
    calls += [call for user in users for call in shop.reads(user, 3_000, "x", 7, 8)]
    told = [served(user, 1, 7, 8) for user in users] + [served("ida", 1), served("tia", 2)]
    verify(shop.world(*calls, rules=slow), shop.true_outcome, shop.one_answer, shop.in_time, *told)


def overtaken(submission, seed, turn):
    """Of two writes of one user the first is lost, or overtaken by the second, or confirmed after it; confirmations come twice."""
    shop = Shop(submission, seed, 1 + (seed + turn) % 3)
    first = (Rule(Drop(), kind="Store", nth=1), Rule(Deliver(400), kind="Store", nth=1), Rule(Deliver(400), kind="Stored", nth=1))[turn % 3]
    twice = Rule(Deliver(5, (15, 300, 1_200)), kind="Stored")
    calls = [shop.write("tia", 1_000, 1, "x", "first", within_ms=1_000), shop.write("tia", 1_050, 2, "y", "second")]
    calls += [*shop.reads("tia", 6_000, "y", 3), *shop.reads("tia", 6_000, "x", 4)]
    verify(shop.world(*calls, rules=[first, twice]), shop.true_outcome, shop.one_answer, shop.in_time, served("tia", 2, 3, 4))


def alike(submission, seed, turn):
    """Somebody writes what was there before somebody else changed it; the write is stored, or lost while old copies show its value."""
    shop = Shop(submission, seed, 1 + (seed + turn) % 3)
    value, other = (("on", "off"), (None, "a"), (0, 1))[turn % 3]
    user, later_ms = ("tia", "una")[turn // 2 % 2], 300 * (turn == 4)  # later, the old copies have what somebody else wrote
    calls = [shop.write("tia", 100, 1, "x", value), *shop.reads("tia", 600, "x", 2)]
    calls += [shop.keep_back(*shop.replicas, from_ms=900 + later_ms)]
    calls += [shop.elsewhere("ben", 1_000, Write(1, "x", other, LONG_MS)), shop.write(user, 1_500, 4, "x", value, within_ms=2_000)]
    calls += [*shop.reads(user, 1_520 + later_ms, "x", 5, 6, within_ms=1_000), *shop.reads(user, 6_000, "x", 7)]
    lost = [Rule(Drop(), kind="Store", from_ms=1_400)] if turn % 2 else []
    told = [served("tia", 1), served("ben", 1), *([] if lost else [served(user, 4, 7), shown(user, 7, value)])]
    each = EachStored((shop.front_end, shop.other), shop.primary)
    verify(shop.world(*calls, rules=lost), each, shop.one_answer, shop.in_time, *told)


def one_of_two_is_lost(submission, seed, turn):
    """Two writes of one key are open, and one is lost. Only stale copies can be reached then: they do not show what never was."""
    shop = Shop(submission, seed, 1 + (seed + turn) % 3)
    rules = [Rule(Deliver(1), sender="tia"), Rule(Drop(), kind="Store", nth=2 - turn)]
    calls = [shop.keep_back(*shop.replicas), shop.out_of_reach(shop.primary, from_ms=2_500)]
    calls += [shop.write("tia", 1_000 + 3 * nth, nth, "x", f"new {nth}", within_ms=1_000) for nth in range(2)]
    calls += shop.reads("tia", 3_000, "x", 2, 3, within_ms=SOON_MS)
    verify(shop.world(*calls, rules=rules, until_ms=8_000), shop.true_outcome, shop.one_answer, shop.in_time, shop.never_back)


def several_deadlines(submission, seed, turn):
    """One user asks for much at once, and has little time or none, while the primary is cut off and the replicas are behind. Another has
    no time for the one read, and much for the other."""
    shop = Shop(submission, seed, 1 + (seed + turn) % 3)
    calls = [shop.write("ben", 100, 1, "x", "old"), shop.write("ben", 100, 2, "y", "old"), shop.keep_back(*shop.replicas, from_ms=1_000)]
    calls += [shop.write("tia", 1_500, 1, "x", "new"), shop.out_of_reach(shop.primary, from_ms=1_900, until_ms=2_500)]
    waits = ((800, 0, 60, 300), (700, 300, 60, 0))[turn % 2]
    calls += [call for nth in range(4) for call in shop.reads("tia", 2_000, "x", 10 + nth, within_ms=waits[nth])]
    calls += [*shop.reads("tia", 2_000, "y", 14), *shop.reads("zoe", 2_000, "y", 1), *shop.reads("zoe", 2_001, "y", 2, within_ms=0)]
    calls += [shop.write("tia", 2_001, 20 + nth, f"z{nth}", nth, within_ms=waits[nth]) for nth in range(4)]
    calls += [*shop.reads("tia", 5_000, "x", 30), *[shop.write("tia", 5_000, 31 + nth, f"u{nth}", nth) for nth in range(3)]]
    told = [shop.true_outcome, shop.one_answer, shop.in_time, shop.never_back, served("ben", 1, 2), served("tia", 1, 30, 31, 32, 33)]
    near = [Rule(Deliver(1), sender=user) for user in ("tia", "zoe")]
    verify(shop.world(*calls, rules=near), *told, served("zoe", 1))


OUTCOMES = (lost_confirmations, slow_stores, dead_primary, cut_off_primary, same_numbers, overtaken)


OUTCOME_PLAYS = [(OUTCOMES[nth % len(OUTCOMES)], nth // len(OUTCOMES)) for nth in range(40)]
OUTCOME_PLAYS += [(alike, turn) for turn in range(6)]
OUTCOME_PLAYS += [(play, turn) for play in (several_deadlines, one_of_two_is_lost) for turn in range(2)]


@scenarios(len(OUTCOME_PLAYS))
def test_true_outcome(submission, seed):
    play, turn = OUTCOME_PLAYS[seed % len(OUTCOME_PLAYS)]
    with case(play):
        play(submission, seed, turn)


# --- rough weather, then calm ---

CALM_MS = 7_000


def without_a_pause(submission, seed):
    """In calm weather she reads all the time, and somebody else writes; another one reads a key that is nearly the same.

    Meanwhile the clock of the front end is set back.
    """
    shop = Shop(submission, seed, 1 + seed % 3)
    calls = [shop.write("ben", 100, 1, "x", "old"), shop.write("ben", 1_500, 2, "x", "new")]
    calls += [*shop.reads("tia", 500, "x", *range(50), within_ms=SOON_MS), *shop.reads("una", 500, "X", *range(50), within_ms=SOON_MS)]
    calls += [ClockStep(shop.front_end, 1_200, -3_600_000)]
    verify(shop.world(*calls, until_ms=9_000), shop.never_back, shop.one_answer, newest_in_the_end(shop.primary, 7_000))


def rough_weather(submission, seed):
    """Everything happens to everybody, and then nothing does for a while."""
    draw = random.Random(f"in the end/{seed}")
    shop = Shop(submission, seed, draw.randint(1, 4))
    users = {"tia": shop.front_end, "ben": shop.other, "zoe": draw.choice((shop.front_end, shop.other))}
    calls = []
    for user, front_end in users.items():
        for number in range(draw.randrange(12, 25)):
            key, at_ms, within_ms = draw.choice("xyz"), draw.randrange(50, 6_000), draw.choice((300, 1_000, 3_000))
            message = Read(number, key, within_ms) if draw.random() < 0.6 else Write(number, key, f"{user} {number}", within_ms)
            calls.append(Call(user, at_ms, front_end, message))
        calls += [
            Call(user, 11_000 + 400 * again, front_end, Read(100 + 10 * again + nth, key, 2_500))
            for again in (0, 1)
            for nth, key in enumerate("xyz")
        ]
    everybody = (*shop.copies, shop.front_end, shop.other)
    happenings = chaos(seed, shop.copies, 6_000, crashes=3, pauses=2, steps=2, longest_ms=1_000)
    happenings += chaos(f"{seed}, cuts", everybody, 6_000, partitions=4, pauses=1, longest_ms=2_000)
    near = [Rule(Deliver(1), sender=user) for user in users] + [Rule(Deliver(1), to=user) for user in users]
    rough = {"loss_ratio": draw.choice((0, 0.1, 0.3)), "duplicate_ratio": 0.2, "reorder_ratio": 0.2, "reorder_ms": 600}
    world = shop.world(*calls, *happenings, rules=[*near, Rule(Deliver(10), from_ms=CALM_MS)], **rough)
    front_ends = (shop.front_end, shop.other)
    in_time = answered_in_time(front_ends, LONG_MS, slack_ms=2_500)
    finally_served = [served(user, *[100 + 10 * again + nth for again in (0, 1) for nth in range(3)]) for user in users]
    guarantees = session_guarantees(front_ends, shop.primary)
    verify(
        world,
        shop.never_back,
        shop.one_answer,
        shop.true_outcome,
        guarantees,
        in_time,
        *finally_served,
        newest_in_the_end(shop.primary, 10_000),
    )


@scenarios(17)
def test_in_the_end(submission, seed):
    if seed % 17 < 16:
        rough_weather(submission, seed)
    else:
        with case(without_a_pause):
            without_a_pause(submission, seed)
