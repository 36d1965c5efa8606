"""Public checks. Reading them is part of the exercise: they say what must hold, and how it is tried."""

import random

from lamport_clock_protocol import Person

from harness.checks.clocks import OneInside, clock_condition, drawn_history
from harness.testing import Eventually, Faults, Holds, Spec, World, names, scenarios, verify, verify_calls

CLOCK_CONDITION = Holds("what happened before has the smaller stamp", clock_condition)


def play(game, steps):
    """Do the steps of a history with one LamportClock for each machine."""
    for machine in dict.fromkeys(who for _, who, _ in steps):
        game.new(machine, "LamportClock")
    stamps = {}
    for what, who, number in steps:
        if what == "tick":
            game.call(who, "tick")
        elif what == "send":
            stamps[number] = game.keep(who, "send", carries=number)
        elif number in stamps:
            game.call(who, "receive", stamps[number], carries=-number)


@scenarios(5)
def test_local_events(submission, seed):
    one, other = names(seed, 2)
    steps = [("tick", one, 0), ("tick", one, 0), ("tick", other, 0), ("tick", one, 0), ("tick", other, 0)]
    verify_calls(submission, steps, play, CLOCK_CONDITION)


@scenarios(40)
def test_messages(submission, seed):
    machines = names(seed, 2 + seed % 2)
    verify_calls(submission, drawn_history(seed, machines, 12), play, CLOCK_CONDITION)


@scenarios(20)
def test_total_order(submission, seed):
    draw = random.Random(seed)
    nodes = names(seed, 3)
    stamps = range(1, 5) if seed % 2 else range(7, 13)
    events = list(dict.fromkeys((draw.choice(stamps), draw.choice(nodes)) for _ in range(6)))

    def listed(game, known):
        for arrived in (known, known[::-1], known[1:] + known[:1]):
            answer = game.apply("total_order", list(arrived))
            if list(answer) != sorted(known):
                game.refuse(f"the order on which everybody agrees is {sorted(known)}, but this node lists {list(answer)}", "other_order")

    verify_calls(submission, events, listed, name="one order for everybody")


def darkroom(submission, seed, size, asks_ms):
    """Nodes that guard a darkroom, each with a person who asks at some time.

    Every link keeps its order and loses nothing. The clocks on the walls are wrong, each in its own way.
    """
    draw = random.Random(f"darkroom/{seed}")
    everybody = names(seed, 2 * size)
    nodes, people = everybody[:size], everybody[size:]
    specs = []
    for node, person in zip(nodes, people, strict=True):
        specs.append(Spec(node, submission.MutexNode, {"user": person}, tuple(other for other in nodes if other != node)))
        given = {"node": node, "asks_ms": (draw.randrange(*asks_ms),), "again": 0, "work_ms": draw.randrange(1, 30)}
        specs.append(Spec(person, Person, given, ()))
    draw.shuffle(specs)
    skew = tuple((node, draw.randrange(-5_000, 5_000)) for node in nodes)
    return World(tuple(specs), seed, Faults(fifo=True, skew_ms=skew), until_ms=60_000), people


def let_in(person):
    return Eventually(f"{person} is let in", lambda r: r.kind == "deliver" and r.name == "Enter" and r.node == person, by_ms=60_000)


@scenarios(20)
def test_first_turns(submission, seed):
    world, people = darkroom(submission, seed, size=2 + seed % 2, asks_ms=(1, 60))
    verify(world, OneInside(), *map(let_in, people))
