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
    one, other = machines[:2]
    old_news = [("tick", one, 0), ("send", one, 1), ("tick", one, 0), *[("tick", other, 0)] * 4, ("receive", other, 1)]
    late_news = [*[("tick", one, 0)] * 3, ("send", one, 1), ("receive", other, 1), ("send", other, 2), ("receive", one, 2)]
    for steps in (old_news, late_news):
        verify_calls(submission, steps, play, CLOCK_CONDITION)
    verify_calls(submission, drawn_history(seed, machines, 12), play, CLOCK_CONDITION)


@scenarios(20)
def test_total_order(submission, seed):
    draw = random.Random(seed)
    nodes = one, two, _ = names(seed, 3)
    stamps = range(1, 5) if seed % 2 else range(7, 13)
    events = list(dict.fromkeys((draw.choice(stamps), draw.choice(nodes)) for _ in range(6)))

    def listed(game, known):
        for arrived in (known, known[::-1], known[1:] + known[:1]):
            answer = game.apply("total_order", list(arrived))
            if not isinstance(answer, list | tuple):
                game.refuse(f"total_order returned {answer!r:.60}; it returns the events, as a list", "no_list")
            if list(answer) != sorted(known):
                told = f"the order on which everybody agrees is {sorted(known)!s:.500}, but this node lists {list(answer)!s:.500}"
                game.refuse(told, how_listed(list(answer), known))

    as_python_compares = [(4, "bo"), (4, "Zoe"), (4, "ann"), (4, "annabel"), (3, "zed"), (4, "n9"), (4, "n10")]
    look_alikes = [
        "émile",
        "e\u0301mile",
        "zoe",
        "Zoe",
        "ZOE",
        "zoe ",
        " zoe",
        "zoe-1",
        "zoe1",
        "zoe01",
        "zoe 1",
        "x" * 40 + "2",
        "x" * 40 + "1",
    ]
    differ_late = [(4, "darkroom-2"), (4, "darkroom-1"), *[(4, name) for name in look_alikes], (4, "zed")]
    far_apart = [(2**64 + 1, one), (0, two), (2**64, two), (1_000, one), (999, two), (70_000, one), (9 * 10**11, two), (0, one), (1, two)]
    crowd = [(draw.randrange(10**6) * 2 + number % 2, nodes[number % 2]) for number in range(300)]
    for each in (events, as_python_compares, [], differ_late, far_apart, list(dict.fromkeys(crowd))):
        verify_calls(submission, each, listed, name="one order for everybody")


def how_listed(answer, known):
    """Say in which other way the events are listed."""
    if sorted(answer, key=repr) != sorted(known, key=repr):
        return "other_events"
    stamps = [stamp for stamp, _ in answer]
    if stamps == sorted(stamps):
        return "equal_stamps_in_another_order"
    return "names_first" if answer == sorted(known, key=lambda event: event[::-1]) else "stamps_in_another_order"


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
