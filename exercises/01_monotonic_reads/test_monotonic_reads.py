"""Public checks. Reading them is part of the exercise: they say what must hold, and how it is tried.

`tia` and `ben` are users. They say what they want at set times, whatever they have heard so far.
"""

from monotonic_reads_protocol import Export, Import, Primary, Read, Replica, User, Write

from harness.checks.never_back import NeverBack, OneAnswer, TrueOutcome
from harness.checks.serving import answered_in_time, served, shown
from harness.testing import Call, Crash, Deliver, Faults, Partition, Rule, Spec, World, names, scenarios, verify

RETRY_MS = 100
PULL_MS = 250
SOON_MS = 800
LONG_MS = 4_000
END_MS = 12_000


class Shop:
    """Two front ends, a primary and some replicas, under names and in an order that change with the seed."""

    def __init__(self, submission, seed, replicas):
        ids = names(seed, 3 + replicas)
        self.front_end, self.other, self.primary, *self.replicas = ids
        self.copies = (self.primary, *self.replicas)
        self.seed = seed
        told = {"primary": self.primary, "replicas": tuple(self.replicas), "retry_ms": RETRY_MS}
        nodes = [Spec(name, submission.FrontEnd, told, ()) for name in (self.front_end, self.other)]
        nodes += [Spec(self.primary, Primary, {"replicas": tuple(self.replicas)}, ())]
        nodes += [Spec(name, Replica, {"primary": self.primary, "pull_ms": PULL_MS}, ()) for name in self.replicas]
        self.nodes = tuple(nodes[seed % len(nodes) :] + nodes[: seed % len(nodes)])
        both = (self.front_end, self.other), self.primary
        self.never_back, self.one_answer, self.true_outcome = NeverBack(*both), OneAnswer(*both), TrueOutcome(*both)

    def world(self, *happenings, users=(), rules=()):
        """Everybody, with calls and faults; `users` are (name, script) of users who do one thing after the other."""
        nodes = self.nodes + tuple(Spec(name, User, {"script": script}, ()) for name, script in users)
        return World(nodes, self.seed, Faults((1, 20), happenings=happenings, rules=rules), END_MS)

    def keep_back(self, *replicas, from_ms=0, until_ms=None):
        """From then on these replicas hear nothing new from the primary; users still reach them."""
        return Partition(((self.primary,), replicas), from_ms, until_ms)

    def out_of_reach(self, *copies, from_ms=0, until_ms=None):
        """From then on no front end reaches these copies."""
        return Partition(((self.front_end, self.other), copies), from_ms, until_ms)


@scenarios(3)
def test_written(submission, seed):
    shop = Shop(submission, seed, 1 + seed % 3)
    calls = [
        Call("tia", 100, shop.front_end, Write(1, "post", "hello", LONG_MS)),
        Call("ben", 150, shop.front_end, Write(7, "post", "hi", LONG_MS)),
        Call("tia", 500, shop.front_end, Write(2, "likes", 0, LONG_MS)),
    ]
    verify(shop.world(*calls), shop.true_outcome, shop.one_answer, served("tia", 1, 2), served("ben", 7))


@scenarios(3)
def test_value(submission, seed):
    shop = Shop(submission, seed, 1 + seed % 3)
    values = {"likes": 0, "post": "", "public": False, "draft": None, "tags": ("a", "b")}
    calls = [
        Call("tia", 100 + 50 * place, shop.front_end, Write(place, key, value, LONG_MS))
        for place, (key, value) in enumerate(values.items())
    ]
    told = [served("tia", *range(5))]
    for place, (key, value) in enumerate([*values.items(), ("never written", None)]):
        calls += [Call("ben", 3_000 + 50 * place, shop.front_end, Read(place, key, LONG_MS))]
        told += [served("ben", place), shown("ben", place, value)]
    calls += [Call("zoe", 3_000, shop.front_end, Read(0, "tags", LONG_MS))]  # while ben's request of the same number is open
    verify(shop.world(*calls), shop.one_answer, *told, served("zoe", 0), shown("zoe", 0, ("a", "b")))


@scenarios(6)
def test_read_your_writes(submission, seed):
    shop = Shop(submission, seed, 1 + seed % 3)
    happenings = [
        Call("ben", 100, shop.front_end, Write(1, "post", "first", LONG_MS)),
        shop.keep_back(*shop.replicas, from_ms=1_000, until_ms=6_000),
        Call("tia", 1_500, shop.front_end, Write(1, "post", "second", LONG_MS)),
        Call("tia", 2_000, shop.front_end, Read(2, "post", LONG_MS)),
        Call("tia", 2_000, shop.front_end, Read(3, "post", LONG_MS)),
        Call("tia", 2_500, shop.front_end, Write(4, "photo", "sea", LONG_MS)),
        Call("tia", 3_000, shop.front_end, Read(5, "photo", LONG_MS)),
    ]
    verify(shop.world(*happenings), shop.never_back, served("tia", 1, 2, 3, 4, 5))


@scenarios(6)
def test_monotonic_reads(submission, seed):
    shop = Shop(submission, seed, 2 + seed % 2)
    ahead, *behind = shop.replicas[seed // 2 % 2 :] + shop.replicas[: seed // 2 % 2]
    writes = [Call("ben", at_ms, shop.other, Write(at_ms, "balance", amount, LONG_MS)) for at_ms, amount in ((100, 100), (1_500, 50))]
    reads = [Call("tia", 2_000 + 150 * nth, shop.front_end, Read(nth, "balance", LONG_MS)) for nth in range(8)]
    later = [Call("tia", 7_000 + 150 * nth, shop.front_end, Read(20 + nth, "balance", SOON_MS)) for nth in range(6)]
    happenings = [
        shop.keep_back(*behind, from_ms=1_000),
        shop.out_of_reach(shop.primary, from_ms=6_500),
        Crash(ahead, 6_500, None),  # from now on only those that are behind can be reached
    ]
    verify(shop.world(*writes, *reads, *later, *happenings), shop.never_back, served("tia", *range(8)))


@scenarios(6)
def test_by_the_deadline(submission, seed):
    shop = Shop(submission, seed, 1 + seed % 3)
    calls = [
        Call("tia", 100, shop.front_end, Write(1, "post", "hello", LONG_MS)),
        Call("tia", 200, shop.front_end, Read(6, "photo", SOON_MS)),
        Call("tia", 1_500, shop.front_end, Read(2, "post", SOON_MS)),  # only stale copies can be reached
        Call("tia", 1_500, shop.front_end, Write(3, "post", "hi", SOON_MS)),
        Call("tia", 5_000, shop.front_end, Read(4, "photo", SOON_MS)),  # whatever is asked is answered much too late
        Call("tia", 5_000, shop.front_end, Write(5, "photo", "sea", SOON_MS)),
    ]
    happenings = [shop.keep_back(*shop.replicas), shop.out_of_reach(shop.primary, from_ms=1_000, until_ms=4_000)]
    slow = tuple(Rule(Deliver(2_000, (2_500,)), kind=kind, from_ms=4_500) for kind in ("Found", "Stored"))
    in_time = answered_in_time((shop.front_end, shop.other), LONG_MS, slack_ms=2 * RETRY_MS)
    safe = (shop.one_answer, shop.true_outcome, shop.never_back)
    verify(shop.world(*calls, *happenings, rules=slow), *safe, in_time, served("tia", 1, 6))


@scenarios(6)
def test_moves_along(submission, seed):
    shop = Shop(submission, seed, 1 + seed % 3)
    phone, laptop = shop.front_end, shop.other
    writes, reads = Write(1, "post", "second", LONG_MS), Read(1, "post", 1_400)
    script = [
        (1_000, phone, writes if seed % 2 else reads),
        (1_000, phone, Export(2)),
        (3_000, laptop, Import(3, None)),
        (3_000, laptop, Read(4, "post", SOON_MS)),
        (6_000, laptop, Read(5, "post", LONG_MS)),
    ]
    happenings = [
        Call("ben", 100, phone, Write(1, "post", "first", LONG_MS)),
        shop.keep_back(*shop.replicas, from_ms=500),
        Call("ben", 700, phone, Write(2, "post", "better", LONG_MS)),
        shop.out_of_reach(*shop.replicas, from_ms=900, until_ms=2_000),
        shop.out_of_reach(shop.primary, from_ms=2_500, until_ms=5_000),
        Crash(phone, 2_500, None),  # it fell into the lake
    ]
    verify(shop.world(*happenings, users=(("tia", tuple(script)),)), shop.never_back, served("tia", 1, 2, 3, 5))
