"""The reference of exercise 08 against two clocks that others wrote, over 100,000 random steps."""

import random

import pytest
from accordsync_core import ClockSkewError, Hlc

from harness import catalogue
from harness.running import submission_of

STEPS = 100_000
DRIFT_MS = 60
NODES = ("a", "b", "c", "d")


class FourCases:
    """Figure 5 of Kulkarni et al. 2014, case by case, with the guard before it."""

    def __init__(self):
        self.l, self.c = 0, 0

    def tick(self, pt):
        before, self.l = self.l, max(self.l, pt)
        self.c = self.c + 1 if self.l == before else 0
        return self.l, self.c

    def receive(self, stamp, pt):
        ml, mc = stamp
        if ml - pt > DRIFT_MS:
            return None
        before, self.l = self.l, max(self.l, ml, pt)
        if self.l == before == ml:
            self.c = max(self.c, mc) + 1
        elif self.l == before:
            self.c += 1
        elif self.l == ml:
            self.c = mc + 1
        else:
            self.c = 0
        return self.l, self.c


class Theirs:
    """The independent package, as a clock with state."""

    def __init__(self, node):
        self.last = Hlc.initial(node)

    def tick(self, pt):
        self.last = self.last.tick(pt)
        return self.last.wall, self.last.counter

    def receive(self, stamp, pt):
        try:
            self.last = self.last.receive(Hlc(*stamp, "other"), pt, DRIFT_MS)
        except ClockSkewError:
            return None
        return self.last.wall, self.last.counter


@pytest.mark.parametrize("seed", range(2))
def test_three_clocks_agree_on_every_stamp(seed):
    exercise = catalogue.exercise("08_hybrid_clock")
    reference = submission_of(exercise, exercise.solution / "hybrid_clock.py").load()
    draw = random.Random(seed)
    clocks = {node: (reference.HybridClock(DRIFT_MS, (0, 0)), FourCases(), Theirs(node)) for node in NODES}
    skew = dict.fromkeys(NODES, 0)
    true_ms, sent, refused = 1_000, [(1_000, 0)], 0
    for _ in range(STEPS // 2):
        true_ms += draw.random() < 0.4
        node = draw.choice(NODES)
        if draw.random() < 0.01:
            skew[node] = draw.randrange(-50, 50)
        pt = true_ms + skew[node]
        if draw.random() < 0.5:
            stamps = [clock.tick(pt) for clock in clocks[node]]
            sent.append(stamps[0])
        else:
            stamp = draw.choice(sent[-8:])
            stamps = [clock.receive(stamp, pt) for clock in clocks[node]]
            refused += stamps[0] is None
        assert stamps[0] == stamps[1] == stamps[2]
    assert 100 < refused < STEPS // 4
