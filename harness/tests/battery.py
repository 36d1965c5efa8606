"""A battery of worlds that together use every kind of fault; prints a digest of each run's trace. Run by `test_determinism`.

python -I battery.py FOLDER_OF_HARNESS SEED
"""

import hashlib
import sys

if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])

from harness import Node, message
from harness.exploration import Bounds, explore
from harness.faults import Call, ClockStep, Crash, Deliver, Drop, Faults, OneWayCut, Partition, Pause, Rule, chaos
from harness.node import Spec
from harness.properties import Always
from harness.simulation import World, simulate
from harness.trace import Trace


@message
class Beat:
    seq: int
    seen: object = None


@message
class Ask:
    what: object


class Member(Node):
    """Uses everything a node may use."""

    def on_start(self):
        self.seq = self.disk.get("seq", 0)
        self.heard = {}
        self.names = set()
        self.timer = None
        self.tick()

    def tick(self):
        self.seq += 1
        with self.disk.atomic():
            self.disk["seq"] = self.seq
            self.disk["heard"] = self.heard
        self.broadcast(Beat(self.seq, {"names": self.names, "wall": self.clock.wall_ms(), "drift": self.clock.monotonic_ms() / 7}))
        self.cancel(self.timer)
        self.after(20 + self.random.randrange(10), self.tick)
        self.timer = self.after(self.random.choice((15, 60)), self.idle, [self.seq])

    def idle(self, seq):
        if self.random.random() < 0.3 and self.peers:
            self.send(self.random.choice(self.peers), Ask(frozenset(self.names)))

    def on_beat(self, sender, beat):
        self.heard[sender] = beat.seq
        self.names.add(sender)
        self.names |= set(beat.seen["names"])

    def on_ask(self, sender, ask):
        self.disk["asked", sender] = ask.what
        self.send(sender, Beat(-1, {"names": self.random.sample(sorted(self.names), min(2, len(self.names)))}))


def world(seed, faults=Faults(), nodes=4):
    return World(tuple(Spec(f"n{number}", Member) for number in range(nodes)), seed, faults, 1_500, ("client",))


def everything(nodes):
    one, two, *rest = nodes
    return Faults(
        latency_ms=(0, 30),
        link_latency_ms=((one, two, 5, 80),),
        loss_ratio=0.1,
        duplicate_ratio=0.1,
        reorder_ratio=0.1,
        fifo_links=((two, one),),
        skew_ms=((one, -250),),
        drift_ppm=((two, 900), (one, -400)),
        happenings=(
            Crash(one, 200, 70),
            Crash(two, 300, 40, effects=1),
            Crash(two, 0, 5, effects=2),
            Pause(one, 500, 90),
            Partition(((one,), (two, *rest)), 600, 750),
            OneWayCut((two,), (one,), 800, 900),
            ClockStep(one, 850, -4_000),
            Call("client", 40, one, Ask({"b": [1, {2, 3}], "a": b"x"})),
        ),
        rules=(Rule(Drop(), one, two, "Beat", 3), Rule(Deliver(90, (95,)), kind="Ask")),
    )


class Never(Always):
    name = "n0 never hears of n2 through n1"

    def watches(self, record):
        return record.kind == "deliver" and record.node == "n0"

    def step(self, memory, record, index):
        return memory

    def judge(self, trace):
        pass


def traces(seed):
    """Yield (name, trace) of every world."""
    nodes = [f"n{number}" for number in range(4)]
    yield "calm", simulate(world(seed))
    yield "fifo", simulate(world(seed, Faults(fifo=True, loss_ratio=0.2)))
    yield "everything", simulate(world(seed, everything(nodes)))
    for number in range(5):
        happenings = chaos(f"{seed}/{number}", nodes, 1_200, crashes=3, partitions=2, pauses=2, steps=2)
        yield f"chaos {number}", simulate(world(seed, Faults(loss_ratio=0.05, duplicate_ratio=0.05, happenings=happenings)))
    for network in ("bag", "set", "fifo"):
        bounds = Bounds(network, states=600, crashes=1, streams=2, monotonic_ms=(0, 5), timers=3)
        found = explore(World(tuple(Spec(f"n{number}", Member) for number in range(3)), seed), [Never()], bounds)
        numbers = [found.states, found.transitions, found.calls, *found.by_depth]
        yield f"explore {network}", Trace([(0, found.verdict, str(numbers), 0, None, None)])


if __name__ == "__main__":
    for name, trace in traces(sys.argv[2]):
        print(name, len(trace), hashlib.sha256(trace.dumps().encode()).hexdigest())
