"""Planted bugs whose shortest failing schedules are known: the shrinker comes close to them, and never changes what failed."""

import statistics

import pytest

from harness import Node, message
from harness.shrink import smallest
from harness.testing import (
    Always,
    Broken,
    Call,
    Crash,
    Faults,
    Partition,
    Pause,
    PromiseBroken,
    Setting,
    Spec,
    World,
    setting,
    verify,
)


@message
class Add:
    amount: int


@message
class Total:
    value: int


@message
class Copy:
    value: int


@message
class Beat:
    number: int


class Counter(Node):
    """Counts what it is told; `bug` says how it is wrong. `keeper` keeps a copy, beats make the run noisy."""

    bug: str
    keeper: str

    def on_start(self):
        self.total = self.disk.get("total", 0) if self.bug != "forgets" else 0
        self.seen = 0
        self.beats = 0
        self.beat()

    def beat(self):
        self.beats += 1
        self.broadcast(Beat(self.beats))
        self.after(200, self.beat)

    def on_beat(self, sender, beat):
        pass

    def on_add(self, sender, add):
        self.seen += 1
        if self.bug == "third" and self.seen >= 3:
            self.total -= 1000
        self.total += add.amount
        if self.bug == "answers first":
            self.send(sender, Total(self.total))
            self.disk["total"] = self.total
        else:
            self.disk["total"] = self.total
            self.send(sender, Total(self.total))
        self.send(self.keeper, Copy(self.total))


class Keeper(Node):
    """Keeps the last copy; `bug` 'overtaken' lets an old copy overwrite a newer one and shows it."""

    bug: str
    client: str

    def on_start(self):
        self.value = 0

    def on_copy(self, sender, copy):
        if self.bug != "overtaken" and copy.value < self.value:
            return
        self.value = copy.value
        self.send(self.client, Copy(copy.value))

    def on_beat(self, sender, beat):
        pass


class AlwaysMore(Always):
    """What is told is always more than before."""

    name = "totals grow"
    initial = ()

    def __init__(self, kind, event):
        self.kind, self.event = kind, event

    def watches(self, record):
        return record.kind == self.event and record.name == self.kind

    def step(self, memory, record, index):
        last = dict(memory)
        value, before = record.data.value, last.get(record.node, (-1, index))
        if value <= before[0]:
            raise Broken(f"{record.node} told {value} after {before[0]}", code="less", records=(before[1], index))
        return tuple(sorted({**last, record.node: (value, index)}.items()))


def world(bug, seed, faults):
    nodes = (
        Spec("counter", Counter, {"bug": bug, "keeper": "keeper"}),
        Spec("keeper", Keeper, {"bug": bug, "client": "client"}),
        *[Spec(f"bystander{n}", Counter, {"bug": "", "keeper": "other"}) for n in range(2)],
    )
    calls = [Call("client", 100 + 97 * n, "counter", Add(5)) for n in range(12)]
    others = [Call("other", 80 + 151 * n, "bystander0", Add(1)) for n in range(8)]
    return World(nodes, seed, faults.plus(*calls, *others), until_ms=4_000, clients=("client", "other"))


def noise(seed):
    return Faults(latency_ms=(1, 60), duplicate_ratio=0.1, reorder_ratio=0.3, reorder_ms=300)


CRASHES = (
    Crash("counter", 150, 40),
    Crash("bystander0", 300, 40),
    Crash("counter", 620, 40),
    Pause("keeper", 700, 200),
    Partition((("keeper",), ("counter", "bystander0", "bystander1")), 900, 1_100),
)
TORN = (*CRASHES[1:2], *[Crash("counter", at, 40, effects=1) for at in (210, 250, 410, 500, 610, 800)])

KNOWN = {
    # bug: (what is watched, faults beyond the noise, events of the shortest schedule that tells it)
    "third": (("Total", "send"), (), 3),  # three calls arrive
    "forgets": (("Total", "send"), CRASHES, 3),  # a call arrives, a crash, a call
    "answers first": (("Total", "send"), TORN, 3),  # a call, a crash between answer and write, a call
    "overtaken": (("Copy", "send"), (), 3),  # a call arrives, and its copy twice
}


def found(bug, seed, shrinks=True):
    watched, happenings, _ = KNOWN[bug]
    token = setting.set(Setting(shrinks=shrinks))
    try:
        verify(world(bug, seed, noise(seed).plus(*happenings)), AlwaysMore(*watched))
    except PromiseBroken as broken:
        return broken
    finally:
        setting.reset(token)
    return None


def length(broken):
    from harness.report import length as events

    return events(broken.trace, broken.broken)


@pytest.mark.parametrize("bug", KNOWN)
def test_what_is_found_is_close_to_the_shortest_known(bug):
    ratios = [length(broken) / KNOWN[bug][2] for seed in range(8) if (broken := found(bug, seed)) is not None]
    assert len(ratios) >= 4, "the planted bug is not found often enough to say anything"
    print(bug, sorted(ratios))
    assert statistics.median(ratios) <= 1.3


@pytest.mark.parametrize("bug", KNOWN)
def test_shrinking_keeps_what_broke_and_is_never_longer(bug):
    for seed in range(4):
        before, after = found(bug, seed, shrinks=False), found(bug, seed)
        assert (before is None) == (after is None)
        if before is not None:
            assert after.broken.code == before.broken.code and after.shape == before.shape
            assert length(after) <= length(before)


def test_the_same_failure_shrinks_to_the_same_run():
    assert found("overtaken", 1).trace.dumps() == found("overtaken", 1).trace.dumps()


@pytest.mark.parametrize("culprits", [set(), {3}, {0, 19}, {5, 6, 7}, {1, 8, 13, 17}])
def test_delta_debugging_leaves_exactly_the_culprits(culprits):
    assert set(smallest(list(range(20)), lambda kept: culprits <= set(kept))) == culprits


def test_no_single_item_can_be_left_out_of_what_delta_debugging_returns():
    def fails(kept):
        return sum(kept) >= 40

    kept = smallest(list(range(15)), fails)
    assert fails(kept) and not any(fails(kept[:place] + kept[place + 1 :]) for place in range(len(kept)))


@pytest.mark.parametrize(("max_runs", "records", "tries"), [(25, None, 25), (400, 10_000, 100), (400, 50_000, 60)])
def test_shrinking_ends_on_its_budget(max_runs, records, tries):
    from harness.shrink import Failure, shrink
    from harness.trace import Trace

    tried = []

    def attempt(tried_world):
        tried.append(tried_world)

    broken = found("third", 0, shrinks=False)
    many = [broken.trace.records[place % len(broken.trace)] for place in range(records or len(broken.trace))]
    calls = tuple(Call("ann", 10 + 7 * nth, "a", Add(1)) for nth in range(200))
    failure = Failure(world("third", 0, Faults(happenings=(*CRASHES, *calls))), Trace(many, broken.trace.header), broken.broken, 99)
    assert shrink(failure, attempt, max_runs=max_runs) is failure and len(tried) == tries
