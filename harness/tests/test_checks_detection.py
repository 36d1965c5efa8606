"""The checkers of failure detectors: hand-made runs, and a millisecond by millisecond comparison on random ones."""

import random
from functools import cache
from itertools import pairwise

import pytest

from harness import message
from harness.checks.detection import accurate, complete, steady, talkative, thrifty
from harness.checks.notices import OneNotice
from harness.checks.reach import DOWN, GONE, HERE, PAUSED, UNCLEAR, spans
from harness.errors import Broken
from harness.network import crossings
from harness.simulation import World, simulate
from harness.testing import Crash, Faults, Node, OneWayCut, Partition, Pause, Rule, Spec
from harness.testing import Deliver as Fate
from harness.trace import Trace

INTERVAL_MS, TIMEOUT_MS, SETTLE_MS, END_MS = 4, 6, 9, 70


@message
class Suspect:
    peer: str


@message
class Trust:
    peer: str


@message
class Hello:
    pass


class Silent(Node):
    """Does nothing; a clean world in which only the faults happen."""


def run(*happenings, nodes=("a", "b", "c")):
    return simulate(World(tuple(Spec(name, Silent) for name in nodes), 0, Faults(happenings=happenings), until_ms=END_MS))


def states(trace, node, peer):
    return [(span.from_ms, span.until_ms, span.state) for span in spans(trace, END_MS)[node, peer]]


def with_notices(trace, *notices):
    """A trace with (time, node, notice) added after everything that happens at that time."""
    records = list(trace.records)
    for time_ms, node, notice in notices:
        place = next((index for index, record in enumerate(records) if record[0] > time_ms), len(records))
        records.insert(place, (time_ms, "send", node, 0, "m", notice))
    return Trace(records)


def code_of(holds, trace):
    try:
        holds.judge(trace)
    except Broken as broken:
        assert all(0 <= index < len(trace) for index in broken.records)
        return broken.code
    return None


COMPLETE = complete("m", TIMEOUT_MS, END_MS)
ACCURATE = accurate("m", INTERVAL_MS, END_MS, SETTLE_MS)


def test_whoever_is_up_and_linked_is_here():
    assert states(run(), "a", "b") == [(0, END_MS, HERE)]


def test_a_crash_a_pause_and_a_cut_make_a_peer_gone():
    trace = run(Crash("b", 10, 5), Pause("b", 20, 5), Partition((("b",), ("a", "c")), 30, 35))
    gone = [(10, 15, GONE), (20, 25, GONE), (30, 35, GONE)]
    assert [span for span in states(trace, "a", "b") if span[2] == GONE] == gone
    assert states(trace, "b", "a")[1:4] == [(10, 15, DOWN), (15, 20, HERE), (20, 25, PAUSED)]


def test_a_third_node_that_hears_both_makes_it_unclear():
    assert (10, 20, UNCLEAR) in states(run(Partition((("a",), ("b",)), 10, 20)), "a", "b")
    assert (10, 20, GONE) in states(run(Partition((("a",), ("b",)), 10, 20), nodes=("a", "b")), "a", "b")


def test_a_mute_node_is_gone_for_the_others_and_hears_them():
    trace = run(OneWayCut(("b",), ("a", "c"), 10, 20))
    assert (10, 20, GONE) in states(trace, "a", "b")
    assert (10, 20, UNCLEAR) in states(trace, "b", "a")


def test_the_dead_must_be_suspected_in_time_and_for_good():
    death = run(Crash("b", 10, None), nodes=("a", "b"))  # due at 10 + 3.3 x 6 = 30
    assert code_of(COMPLETE, death) == "never_heard_of"
    assert code_of(COMPLETE, with_notices(death, (29, "a", Suspect("b")))) is None
    assert code_of(COMPLETE, with_notices(death, (31, "a", Suspect("b")))) == "too_late"
    assert code_of(COMPLETE, with_notices(death, (20, "a", Suspect("b")), (40, "a", Trust("b")))) == "trusts_the_dead"
    assert code_of(COMPLETE, with_notices(death, (20, "a", Suspect("b")), (25, "a", Trust("b")), (29, "a", Suspect("b")))) is None


def test_a_detector_that_was_wrong_before_may_take_longer():
    death = run(Crash("b", 10, None), nodes=("a", "b"))
    erred = with_notices(death, (3, "a", Suspect("b")), (5, "a", Trust("b")), (60, "a", Suspect("b")))  # due at 10 + 11 x 6 = 76
    assert code_of(COMPLETE, erred) is None


def test_a_restarted_detector_has_to_suspect_anew():
    trace = run(Crash("b", 2, None), Crash("a", 30, 5), nodes=("a", "b"))
    once = with_notices(trace, (15, "a", Suspect("b")))
    assert code_of(COMPLETE, once) == "never_heard_of"
    assert code_of(COMPLETE, with_notices(once, (50, "a", Suspect("b")))) is None


def test_the_living_must_not_be_suspected():
    calm = run(nodes=("a", "b"))
    assert code_of(ACCURATE, calm) is None
    assert code_of(ACCURATE, with_notices(calm, (20, "a", Suspect("b")))) == "false_suspicion"
    assert code_of(ACCURATE, with_notices(calm, (20, "a", Suspect("zoe")))) is None


def test_a_suspicion_that_is_withdrawn_in_the_same_moment_has_been_told():
    def at(time_ms):
        return (time_ms, "a", Suspect("b")), (time_ms, "a", Trust("b"))

    assert code_of(ACCURATE, with_notices(run(nodes=("a", "b")), *at(20))) == "false_suspicion"
    restart = run(Crash("b", 10, 5), nodes=("a", "b"))
    assert code_of(ACCURATE, with_notices(restart, *at(12))) == "too_early"
    for time_ms, code in ((14, None), (16, None), (23, None), (24, "false_suspicion")):  # it may be told of a death, for a while
        assert code_of(ACCURATE, with_notices(restart, *at(time_ms))) == code


def test_nobody_is_suspected_within_an_interval_of_its_death():
    death = run(Crash("b", 10, None), nodes=("a", "b"))
    assert code_of(ACCURATE, with_notices(death, (12, "a", Suspect("b")))) == "too_early"
    assert code_of(ACCURATE, with_notices(death, (14, "a", Suspect("b")))) is None


def test_a_suspicion_is_withdrawn_when_the_peer_is_back():
    back = with_notices(run(Crash("b", 10, 20), nodes=("a", "b")), (20, "a", Suspect("b")))
    assert code_of(ACCURATE, back) == "not_withdrawn"
    assert code_of(ACCURATE, with_notices(back, (38, "a", Trust("b")))) is None
    assert code_of(ACCURATE, with_notices(back, (40, "a", Trust("b")))) == "not_withdrawn"


class Chatty(Node):
    def on_start(self):
        self.hello()

    def hello(self):
        self.broadcast(Hello())
        self.after(INTERVAL_MS, self.hello)

    def on_hello(self, sender, hello):
        pass


@pytest.mark.parametrize(("slow", "code"), [((3,), "false_suspicion"), ((3, 4), None)])
def test_messages_that_are_late_excuse_a_suspicion_unless_it_is_only_one(slow, code):
    rules = tuple(Rule(Fate(8), "b", "a", nth=nth) for nth in slow)
    faults = Faults(latency_ms=(1, 1), rules=rules)
    trace = simulate(World(tuple(Spec(name, Chatty) for name in "ab"), 0, faults, until_ms=END_MS))
    notices = (15, "a", Suspect("b")), (17, "a", Trust("b"))
    assert code_of(ACCURATE, with_notices(trace, *notices)) == code


def test_a_missed_death_says_in_which_circumstances():
    def dead(nodes, *happenings):
        faults = Faults(latency_ms=(1, 1), happenings=(*happenings, Crash("b", 42, None)))
        return simulate(World(tuple(Spec(name, Chatty) for name in nodes), 0, faults, until_ms=END_MS))

    assert code_of(COMPLETE, dead("ab")) == "nobody_left"
    assert code_of(COMPLETE, dead("abc")) == "never_suspected"
    assert code_of(COMPLETE, with_notices(dead("abc"), (50, "c", Suspect("b")))) == "not_by_all"
    impatient = complete("m", TIMEOUT_MS, END_MS, after_trouble=3)
    assert code_of(impatient, dead("abc", Pause("a", 10, 2))) == "not_again"
    told = list(dead("abc").records)
    told.append((END_MS, "send", "a", 0, "c", Suspect("b")))
    assert code_of(COMPLETE, Trace(told)) == "told_its_peers"


def test_late_signs_of_life_put_the_bound_off():
    faults = Faults(latency_ms=(1, 1), rules=(Rule(Fate(1, (30,)), "b", "a", nth=1),), happenings=(Crash("b", 2, None),))
    trace = simulate(World(tuple(Spec(name, Chatty) for name in "ab"), 0, faults, until_ms=END_MS))
    twice = (15, "a", Suspect("b")), (30, "a", Trust("b")), (58, "a", Suspect("b"))
    assert code_of(complete("m", TIMEOUT_MS, END_MS, after_trouble=3), with_notices(trace, *twice)) == "too_late"
    assert code_of(complete("m", TIMEOUT_MS, END_MS, after_trouble=5), with_notices(trace, *twice)) is None


def test_one_notice_per_change():
    trace = run(Crash("a", 40, 5), nodes=("a", "b"))
    once = OneNotice("m", ("a", "b"))
    fine = (10, "a", Suspect("b")), (20, "a", Trust("b")), (30, "a", Suspect("b")), (50, "a", Suspect("b"))
    assert code_of(once, with_notices(trace, *fine)) is None
    assert code_of(once, with_notices(trace, *fine, (55, "a", Suspect("b")))) == "suspected_twice"
    assert code_of(once, with_notices(trace, (10, "a", Trust("b")))) == "trusted_twice"
    assert code_of(once, with_notices(trace, *fine[:1], (50, "a", Trust("b")))) == "trusted_twice"
    for peer in ("a", "zoe", 7, None):
        assert code_of(once, with_notices(trace, (10, "a", Suspect(peer)))) == "stranger"


def test_steady_and_thrifty():
    trace = simulate(World(tuple(Spec(name, Chatty) for name in "ab"), 0, until_ms=END_MS))
    assert code_of(steady("m", 30), trace) is None
    assert code_of(steady("m", 30), with_notices(trace, (10, "a", Suspect("b")), (29, "a", Trust("b")))) is None
    assert code_of(steady("m", 30), with_notices(trace, (10, "a", Suspect("b")), (31, "a", Trust("b")))) == "flaps"
    assert code_of(steady("m", 30), with_notices(trace, (10, "a", Suspect("b")))) == "not_withdrawn"
    assert code_of(thrifty(("a", "b"), INTERVAL_MS), trace) is None
    assert code_of(thrifty(("a", "b"), 2 * INTERVAL_MS, most=1), trace) == "chatty"


def test_signs_of_life_never_end():
    world = World(tuple(Spec(name, Chatty) for name in "ab"), 0, until_ms=END_MS)
    assert code_of(talkative(("a", "b"), TIMEOUT_MS, END_MS), simulate(world)) is None
    for from_ms, until_ms in ((20, 40), (20, None)):  # a stops for a while, or for good; what is lost has been sent
        mute = Trace(
            [
                record
                for record in simulate(world)
                if not (record.kind == "send" and record.node == "a" and _within(record, from_ms, until_ms))
            ]
        )
        assert code_of(talkative(("a", "b"), TIMEOUT_MS, END_MS), mute) == "falls_silent"


def _within(record, from_ms, until_ms):
    return from_ms <= record.time_ms and (until_ms is None or record.time_ms < until_ms)


# --- millisecond by millisecond ---


class Replay:
    """The same promises, read off word by word: every question looks at the whole trace again."""

    def __init__(self, trace):
        self.trace = list(trace)
        self.first = self.trace[0].time_ms
        self.nodes = sorted({record.node for record in self.trace if record.kind == "start"})
        self.state = cache(self.state_at)

    def state_at(self, node, peer, now):
        past = [record for record in self.trace if record.time_ms <= now]
        running = {}
        for record in past:
            if record.kind in ("start", "crash", "pause", "resume"):
                running[record.node] = {"start": "up", "crash": "down", "pause": "paused", "resume": "up"}[record.kind]
        if running.get(node, "down") != "up":
            return PAUSED if running.get(node) == "paused" else DOWN
        links = [
            (event.kind, link)
            for event in past
            if event.kind in ("cut", "heal")
            for link in crossings(OneWayCut(*event.other[1:], at_ms=0) if event.other[0] == "one way" else Partition(event.other, 0))
        ]
        works = {
            (one, other)
            for one in self.nodes
            for other in self.nodes
            if running.get(one) == running.get(other) == "up" and links.count(("cut", (one, other))) == links.count(("heal", (one, other)))
        }
        if (node, peer) in works and (peer, node) in works:
            return HERE
        roads = {peer}
        for _ in self.nodes:
            roads |= {to for sender, to in works if sender in roads}
        return UNCLEAR if running.get(peer) == "up" and node in roads else GONE

    def notices(self, node):
        return [
            r for r in self.trace if r.node == node and (r.kind == "start" or (r.kind == "send" and r.other == "m" and r.name != "Hello"))
        ]

    def suspects(self, node, peer, now):
        about = [r for r in self.notices(node) if r.time_ms <= now and (r.kind == "start" or r.data.peer == peer)]
        return bool(about) and about[-1].name == "Suspect"

    def suspected(self, node, peer, now):
        """For the whole millisecond, or only told within it."""
        return self.suspects(node, peer, now) or any(
            r.time_ms == now and r.name == "Suspect" and r.data.peer == peer for r in self.notices(node)
        )

    def since(self, node, peer, now):
        """When the state of now began."""
        begun = now
        while begun > self.first and self.state(node, peer, begun - 1) == self.state(node, peer, now):
            begun -= 1
        return begun

    def is_complete(self):
        for node in self.nodes:
            for peer in set(self.nodes) - {node}:
                for now in range(self.first, END_MS):
                    if self.state(node, peer, now) == GONE and self.overdue(node, peer, now) and not self.suspects(node, peer, now):
                        return False
        return True

    def overdue(self, node, peer, now):
        begun = self.since(node, peer, now)
        late = [r.time_ms for r in self.trace if r.kind == "deliver" and r.other == peer and begun < r.time_ms <= now]
        anchor = max([begun, *late])
        born = max([r.time_ms for r in self.notices(node) if r.kind == "start" and r.time_ms <= anchor], default=0)
        erred = any(r.name == "Trust" and born <= r.time_ms <= anchor for r in self.notices(node))
        trouble = any(self.state(node, peer, before) != HERE for before in range(born, begun))
        return now >= anchor + (66 if erred or trouble else 20)

    def is_accurate(self):
        for node in self.nodes:
            for peer in set(self.nodes) - {node}:
                for now in range(self.first, END_MS):
                    if self.clear(node, peer, now) and not self.rough({node, peer}, now) and self.suspected(node, peer, now):
                        return False
        return True

    def clear(self, node, peer, now):
        if self.state(node, peer, now) == GONE:
            begun = self.since(node, peer, now)
            return begun > self.first and now < begun + 4 and self.settled(node, peer, begun - 1, now)
        return self.state(node, peer, now) == HERE and self.settled(node, peer, now, now)

    def settled(self, node, peer, here, now):
        begun = self.since(node, peer, here)
        if self.state(node, peer, here) != HERE:
            return False
        fresh = begun == self.first or self.state(node, peer, begun - 1) == DOWN
        return now >= begun + (0 if fresh else SETTLE_MS)

    def rough(self, both, now):
        late = []
        for r in self.trace:
            if r.kind == "send" and {r.node, r.other} == both:
                fates = [
                    f for f in self.trace if f.number == r.number and (f.kind == "deliver" or (f.kind == "lose" and f.other[1] != "lost"))
                ]
                arrived = min([f.time_ms for f in fates], default=self.trace[-1].time_ms)
                late += [r.time_ms] if arrived > r.time_ms + INTERVAL_MS // 2 else []
        crowded = [after for before, after in pairwise(late) if after - before < 5 * INTERVAL_MS]
        return any(at <= now < at + SETTLE_MS for at in crowded)


class Erratic(Node):
    """Says hello, and at random moments whatever comes to its mind."""

    def on_start(self):
        self.suspected = set(self.peers) if self.random.random() < 0.1 else set()
        self.say()

    def say(self):
        self.broadcast(Hello())
        for peer in self.peers:
            if self.random.random() < self.share:
                self.suspected ^= {peer}
                self.send("m", Suspect(peer) if peer in self.suspected else Trust(peer))
                if peer in self.suspected and self.random.random() < 0.5:  # and takes it back at once
                    self.suspected.discard(peer)
                    self.send("m", Trust(peer))
        self.after(self.random.randrange(1, 6), self.say)

    def on_hello(self, sender, hello):
        if sender in self.suspected and self.random.random() < 0.7:
            self.suspected.discard(sender)
            self.send("m", Trust(sender))


def random_run(seed):
    draw = random.Random(f"detection/{seed}")
    ids = ("a", "b", "c")[: 2 + seed % 2]
    happenings = []
    for _ in range(draw.randrange(3)):
        kind, at_ms, length_ms = draw.randrange(4), draw.randrange(END_MS // 2), draw.choice((2, 12, 40))
        who = draw.choice(ids)
        rest = tuple(name for name in ids if name != who)
        happenings.append(
            (
                Crash(who, at_ms, draw.choice((length_ms, None))),
                Pause(who, at_ms, length_ms),
                Partition(((who,), rest), at_ms, at_ms + length_ms),
                OneWayCut((who,), rest[:1], at_ms, at_ms + length_ms),
            )[kind]
        )
    faults = Faults(latency_ms=(1, draw.choice((2, 2, 5))), loss_ratio=draw.choice((0.0, 0.0, 0.2)), happenings=tuple(happenings))
    given = {"share": draw.choice((0.0, 0.01, 0.05))}
    return simulate(World(tuple(Spec(name, Erratic, given) for name in ids), seed, faults, until_ms=END_MS, clients=("m",)))


def test_both_properties_agree_with_a_reading_of_every_millisecond():
    seen = set()
    for seed in range(30):
        trace = random_run(seed)
        replay = Replay(trace)
        found = replay.is_complete(), replay.is_accurate()
        assert (code_of(COMPLETE, trace) is None, code_of(ACCURATE, trace) is None) == found, f"seed {seed}"
        seen.add(found)
    assert seen == {(True, True), (True, False), (False, True), (False, False)}
