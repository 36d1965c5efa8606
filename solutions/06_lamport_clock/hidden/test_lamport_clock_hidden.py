"""Hidden checks of the Lamport clock."""

import random

from lamport_clock_protocol import Person

from harness.checks.clocks import (
    EntriesAreAsked,
    EntriesInOrder,
    OneInside,
    clock_condition,
    drawn_history,
    short_histories,
)
from harness.testing import (
    Bounds,
    Broken,
    Faults,
    Holds,
    Sometimes,
    Spec,
    World,
    names,
    scenarios,
    scene,
    variant,
    verify,
    verify_calls,
    verify_every_order,
)

CLOCK_CONDITION = Holds("what happened before has the smaller stamp", clock_condition)
SMALL = (((1, 0), (1, 0)), ((1, 1), (1, 0)), ((2, 0), (1, 0)), ((1, 0), (1, 0), (0, 0)))
"""Darkrooms of which every order is tried: how often each person asks at once, and again after leaving."""
ABSENT, ONCE, TWICE, AGAIN = ((), 0, 0), ((0,), 0, 0), ((0, 0), 0, 0), ((0,), 1, 0)
RUSH = (((0,) * 40 + (6,), 0, 0), ((0, 0), 0, 0))
"""One who has asked often hears from one who has asked twice, and asks again: no stamp may come back."""
DOZEN = (((0,) * 12 + (6,), 0, 0), ((0, 0), 0, 0))
"""The same, while stamps of one digit are compared with stamps of two."""
IN_TURNS = (((0,), 50, 0), ((0,), 50, 0))
"""Two who ask again and again, each after leaving: stamps grow slowly, past everything that has one digit, or two, or eight bits."""
PAUSES = ((tuple(range(0, 44_000, 200)), 0, 5), (tuple(range(100, 44_000, 200)), 0, 5))
"""Two who ask in turns, more than two hundred times each, and never at the same time: stamps grow past three digits, and past ten bits."""
OFTEN = (((0,), 120, 0), ABSENT)
"""One who asks again and again, each after leaving: every time somebody has to answer."""
QUIET = {
    "one_of_three": (ONCE, ABSENT, ABSENT),
    "one_of_two": (ONCE, ABSENT),
    "again": (AGAIN, ABSENT),
    "the_other_one": (ABSENT, ONCE),
    "twice": (TWICE, ABSENT),
    "one_asks_while_the_other_is_inside": (((0,), 0, 50), ((20,), 0, 50)),
    "then_both_at_once": (((0, 200), 0, 50), ((20, 200), 0, 50)),  # with clocks that have counted differently
    "both": (ONCE, ONCE),
    "twice_and_once": (TWICE, ONCE),
    "all_three": (ONCE, ONCE, ONCE),
    "rush": RUSH,
    "often": OFTEN,
    "three_times_while_inside": (((0, 20, 25, 30), 0, 50), ABSENT),
}
"""Darkrooms with few people by name: when each asks (ms), how often once more, how long each works (ms)."""
LONG = "z" * 40
CALLED = {
    "by_number": ("n9", "n10"),
    "by_length": ("annabel", "bo"),
    "with_capitals": ("Zoe", "ann"),
    "alike": ("darkroom-2", "darkroom-1"),
    "with_a_blank": ("zoe ", "zoe"),
    "alike_at_length": (LONG + "2", LONG + "1"),
}
"""Pairs of names that people put in another order than Python, or in another than by length, or that differ late; both ask at once."""
DOORS = ("ZOE", "Zoe", "a", "zo", "zoe", "zoe ", "zoe01", "zoe1", "zoe10", LONG + "0", LONG + "1", LONG + "2")
"""The nodes of a group of twelve, in the order of their names, which are easily taken for each other."""
LONG_MS = 100_000  # for two nodes; a program may send all the time, and larger groups are not watched that long
MOST = 1_000  # what a gap or a first stamp may be
HUGE = 2**64  # no float, and no half of 64 bits, tells it from its neighbour
A_TIME = 15 * 10**11  # milliseconds since 1970 are beyond it


def first_of_its_family(seed):
    """True for the seed that also tries everything small; what is exhaustive need not be done again for each seed."""
    return variant(seed) == 0


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
        elif what == "hear":  # from a machine that is not part of the history and has counted that far
            stamp = game.call(who, "receive", number)
            if type(stamp) is int and stamp <= number:
                size = "large" if number else "smallest"
                game.refuse(f"{who} heard stamp {number:,}, and its receipt got {stamp:,}, which is not larger", f"{size}_stamp_passed")
        elif what == "works":
            for _ in range(number):
                for call in (("tick",), ("send",), ("receive", 1)):  # the same old message comes again and again
                    game.call(who, *call)
        elif number in stamps:
            game.call(who, "receive", stamps[number], carries=-number)


def far_apart(one, other, ahead, behind):
    """A message from a clock that is far ahead to one that is behind, and one back; then news from machines that are old."""
    return [
        *[("tick", one, 0)] * ahead,
        *[("tick", other, 0)] * behind,
        ("send", one, 1),
        ("receive", other, 1),
        ("tick", other, 0),
        ("send", other, 2),
        ("tick", one, 0),
        ("receive", one, 2),
        ("hear", other, 70_000),
        ("tick", other, 0),
        ("hear", one, 10**12),
        ("send", one, 3),
        ("receive", other, 3),
        ("hear", other, HUGE + 1),
    ]


@scenarios(20)
def test_every_short_history(submission, seed):
    machines = names(seed, 4)
    histories = [far_apart(*machines[:2], 10 + seed % 5, behind) for behind in (0, 2, 5, 8, 9)]
    for steps in (*[[step for step in each if step[0] != "hear"] for each in histories], *histories):
        verify_calls(submission, steps, play, CLOCK_CONDITION)
    first_news = [("hear", machines[0], 0), ("tick", machines[0], 0), ("hear", machines[0], 0)]  # from a clock that starts at 0
    for steps in (first_news, [("works", machines[0], 400)]) if first_of_its_family(seed) else ():
        verify_calls(submission, steps, play, CLOCK_CONDITION)
    for steps in short_histories(machines[:2], 5) if first_of_its_family(seed) else ():
        verify_calls(submission, steps, play, CLOCK_CONDITION)
    verify_calls(submission, drawn_history(seed, machines, 60), play, CLOCK_CONDITION)


@scenarios(20)
def test_own_machine(submission, seed):
    """Two clocks get the same calls, in turns, while a third is busy: each must believe that it is alone."""
    draw = random.Random(f"own/{seed}")
    one, other, third = names(seed, 3)
    calls = [(draw.choice(("tick", "send", "receive")), draw.randrange(1, 100), draw.randrange(3)) for _ in range(12)]

    def twins(game, calls):
        for machine in (one, other, third):
            game.new(machine, "LamportClock")
        game.call(third, "receive", 10**9)
        largest = 0
        for what, stamp, busy in calls:
            for _ in range(busy):
                game.call(third, "tick")
            args = (stamp,) if what == "receive" else ()
            stamps = [game.call(machine, what, *args) for machine in (one, other)]
            largest = max(largest, *args, 0)
            told = f"{one}.{what} returned {stamps[0]!r}; nothing that {one} saw is that far"
            if type(stamps[0]) is int and stamps[0] > largest + A_TIME:
                game.refuse(told, "like_the_time_of_day", calls=2)
            if stamps[0] != stamps[1]:
                text = f"{one} and {other} had the same calls, yet {one}.{what} got {stamps[0]} and {other}.{what} got {stamps[1]}"
                game.refuse(f"{text}: something passes between them without a message", "shared", calls=2)
            if type(stamps[0]) is not int or stamps[0] > largest + MOST:
                game.refuse(told, "too_far", calls=2)
            largest = max(largest, stamps[0])

    first = [("tick", 1, 0), ("send", 1, 1), ("receive", 5, 1)]
    late = [("receive", 10**6, 0), ("receive", 10**6, 0), ("tick", 1, 0), ("send", 1, 0)]
    for each in (first, calls, late, *([[("tick", 1, 0)] * 200] if first_of_its_family(seed) else ())):
        verify_calls(submission, each, twins, name="a clock knows only its own machine")


@scenarios(20)
def test_happened_before(submission, seed):
    """The same two stamps, in a history where a caused b and in one where it did not: no function can tell them apart."""
    one, other = names(seed, 2)
    alike = "".join(list(one))  # the same name, but not the same object
    small, large = sorted(random.Random(f"before/{seed}").sample(range(1, 15), 2))

    def asked(game, cases):
        for a, b, right in cases:
            answer = game.apply("happened_before", a, b)
            if answer != right:
                told_as = answer if answer in ANSWERS else "other"
                game.refuse(_why(a, b, answer, right), f"{right}_told_as_{told_as}_{_how_they_stand(a, b)}")

    cases = [
        ((large, one), (small, other), "no"),
        ((small, one), (small, other), "no"),
        ((small, other), (small, one), "no"),
        ((small, one), (large, other), "unknown"),
        ((small, one), (large, one), "yes"),
        ((large, one), (small, one), "no"),
        ((small, one), (small, one), "no"),
        ((0, one), (large, other), "unknown"),  # a clock may start at 0
        ((0, one), (small, one), "yes"),
        ((large, one), (0, other), "no"),
        ((small, one), (small, alike), "no"),
        ((small, one), (small + 1, alike), "yes"),
        ((small, one), (small + 1, other), "unknown"),  # a receipt may get the very next stamp
        ((0, other), (1, one), "unknown"),
        ((large, one), (10**6, other), "unknown"),  # the other may have counted that far by itself
        ((small, one), (HUGE, other), "unknown"),
        ((HUGE, other), (small, one), "no"),
        ((small, one), (HUGE, one), "yes"),
        ((HUGE, one), (HUGE + 1, one), "yes"),
        ((HUGE, one), (int(str(HUGE)), other), "no"),  # the same number, but not the same object
        ((0, one), (0, other), "no"),
        *[((small, a), (large, b), "unknown") for a, b in (("Zoe", "zoe"), ("n1", "n10"), ("zoe ", "zoe"), (LONG + "1", LONG + "2"))],
    ]
    verify_calls(submission, cases, asked, name="no more than two stamps can prove")


ANSWERS = ("yes", "no", "unknown")


def _how_they_stand(a, b):
    """Say in one word what the case is about."""
    if a == b:
        return "itself"
    zero = "_with_zero" if 0 in (a[0], b[0]) else "_and_huge" if HUGE in (a[0], b[0]) else ""
    if a[1] == b[1]:
        return f"one_machine{zero}" + ("" if a[1] is b[1] else "_of_two_objects")
    return f"equal{zero}" if a[0] == b[0] else "smaller" if a[0] < b[0] else "larger"


def _why(a, b, answer, right):
    (stamp_a, node_a), (stamp_b, node_b) = a, b
    said = f"the answer to happened_before({a}, {b}) is {answer!r}"
    if right == "unknown":
        possible = f"{node_a}'s event {stamp_a} may have caused {node_b}'s event {stamp_b}, or not"
        return f"{said}, but {possible}: {node_b} may just have been busier"
    if right == "yes":
        return f"{said}, but both are events of {node_a}, and {stamp_a} came first"
    if a == b:
        return f"{said}, but no event happened before itself"
    return f"{said}, but whatever {node_a}'s event {stamp_a} causes has a stamp above {stamp_a}"


def darkroom(submission, seed, people, faults, until_ms=20_000, in_order=False, called=()):
    """Nodes that guard a darkroom, each with a person; `people` says for each when to ask, how often again, how long to work.

    With `in_order`, names and start follow the order of `people`: then nothing but the names changes with the seed.
    With `called`, the nodes have these names.
    """
    everybody = names(seed, len(people) if called else 2 * len(people))
    everybody = sorted(everybody) if in_order else everybody
    nodes, users = called or everybody[: len(people)], everybody[-len(people) :]
    specs = []
    for node, user, (asks_ms, again, work_ms) in zip(nodes, users, people, strict=True):
        specs.append(Spec(node, submission.MutexNode, {"user": user}, tuple(other for other in nodes if other != node)))
        specs.append(Spec(user, Person, {"node": node, "asks_ms": asks_ms, "again": again, "work_ms": work_ms}, ()))
    if not in_order:
        random.Random(f"order/{seed}").shuffle(specs)
    return World(tuple(specs), seed, faults, until_ms, max_events=160_000)


def calm(submission, seed, people, called=()):
    """A darkroom in which every message takes as long as the others."""
    until_ms = LONG_MS if len(people) == 2 else 10_000
    return darkroom(submission, seed, people, Faults(fifo=True, latency_ms=(5, 5)), until_ms, in_order=True, called=called)


def rough(submission, seed):
    """A darkroom of 2 to 4 nodes on links that are fast, slow or both, with people who ask once or often."""
    draw = random.Random(f"rough/{seed}")
    size = draw.choice((2, 3, 3, 4))
    hurry = draw.choice((20, 100, 400))
    people = [
        (tuple(draw.randrange(hurry) for _ in range(draw.choice((0, 1, 1, 2, 3)))), draw.choice((0, 0, 1, 2)), draw.choice((0, 5, 30)))
        for _ in range(size)
    ]
    nodes = names(seed, 2 * size)[:size]
    slow = tuple((one, other, 1, draw.choice((5, 20, 100))) for one in nodes for other in nodes if one != other)
    skew = tuple((node, draw.randrange(-5_000, 5_000)) for node in nodes)  # no two agree on the time of day
    return darkroom(submission, seed, people, Faults(fifo=True, link_latency_ms=slow, skew_ms=skew))


def slow_peer(submission, seed, late, size=12):
    """A darkroom of many. The last node and one before it ask at once; between these two, messages take long."""
    people = [((0,), 0, 50) if place in (late, size - 1) else ABSENT for place in range(size)]
    links = (DOORS[late], DOORS[size - 1], 300, 300), (DOORS[size - 1], DOORS[late], 300, 300)
    slow = Faults(fifo=True, latency_ms=(5, 5), link_latency_ms=links)
    return darkroom(submission, seed, people, slow, 2_000, in_order=True, called=DOORS[:size])


SLOW_PEERS = (*((0, size) for size in range(5, 12)), *((late, 12) for late in range(11)))


def late_answer(submission, seed):
    """The answer to a request comes when others have followed it, and before it is known what the first of them is up against."""
    nodes = sorted(names(seed, 4))[:2]
    people = [((540,), 0, 60), ((0, 250, 250, 250, 250), 0, 60)]
    slow = Faults(fifo=True, latency_ms=(5, 5), link_latency_ms=((nodes[1], nodes[0], 300, 300),))
    return darkroom(submission, seed, people, slow, in_order=True)


def whole_numbers(trace):
    """Judge what requests and entries carry."""
    for index, record in trace.messages("send", "Request", "Enter"):
        if type(record.data.stamp) is not int:
            text = f"{record.node} sends {record.name}({record.data.stamp!r}); a stamp is a whole number (int)"
            raise Broken(text, code="no_number", records=(index,))


WHOLE_NUMBERS = Holds("stamps are whole numbers", whole_numbers)


def every_peer_asked(nodes):
    """Return the property that whoever enters has sent the request to every other one of these nodes."""

    def judge(trace):
        asked = {}
        for index, record in trace.messages("send", "Request", "Enter"):
            peers = asked.setdefault((record.node, record.data.stamp), {record.node})
            if record.name == "Request":
                peers.add(record.other)
            elif not peers.issuperset(nodes):
                missing = min({*nodes} - peers)
                text = f"{record.node} enters with request {record.data.stamp}, which it has not sent to {missing}; it goes to every peer"
                raise Broken(text, code="peer_not_asked", records=(index,))

    return Holds("a request goes to every peer", judge)


def let_in(user):
    return Sometimes(f"{user} is let in", lambda r: r.kind == "deliver" and r.name == "Enter" and r.node == user)


def explored(submission, seed, asks, *properties):
    """Try every order of messages in a small darkroom: `asks` says how often each person asks at once, and again after leaving."""
    people = [((0,) * at_once, again, 0) for at_once, again in asks]
    world = darkroom(submission, seed, people, Faults(), in_order=True)
    users = [spec.id for spec in world.nodes if spec.program is Person and spec.given["asks_ms"]]
    verify_every_order(world, *properties, *map(let_in, users), bounds=Bounds(network="fifo", states=30_000))


def look_alikes(submission, seed):
    """Darkrooms of two by name of the scene: what they are called looks alike, or like another order."""
    return {f"called_{name}": calm(submission, seed, (ONCE, ONCE), nodes) for name, nodes in CALLED.items()}


def slow_peers(submission, seed):
    """Darkrooms of five to twelve by name of the scene, each with a peer far away."""
    return {f"slow_peer_{late}_of_{size}": slow_peer(submission, seed, late, size) for late, size in SLOW_PEERS}


@scenarios(60)
def test_never_two_inside(submission, seed):
    if first_of_its_family(seed):
        with scene("every_order"):
            for asks in SMALL:
                explored(submission, seed, asks, OneInside())
        worlds = slow_peers(submission, seed) | look_alikes(submission, seed) | {"in_turns": calm(submission, seed, IN_TURNS)}
        for name, world in worlds.items():
            with scene(name):
                verify(world, OneInside())
    verify(rough(submission, seed), OneInside())


@scenarios(60)
def test_entries_in_order(submission, seed):
    if first_of_its_family(seed):
        with scene("every_order"):
            for asks in SMALL:
                explored(submission, seed, asks, EntriesInOrder(), EntriesAreAsked())
        worlds = look_alikes(submission, seed) | {"late_answer": late_answer(submission, seed)} | slow_peers(submission, seed)
        for name, world in worlds.items():
            nodes = [spec.id for spec in world.nodes if spec.program is not Person]
            with scene(name):
                verify(world, EntriesInOrder(), EntriesAreAsked(), every_peer_asked(nodes))
        for name, people in {"rush": RUSH, "dozen": DOZEN, "in_turns": IN_TURNS, "with_pauses": PAUSES}.items():
            with scene(name):
                verify(calm(submission, seed, people), EntriesInOrder(), EntriesAreAsked(), WHOLE_NUMBERS)
    verify(rough(submission, seed), EntriesInOrder(), EntriesAreAsked())


@scenarios(100)
def test_everyone_gets_in(submission, seed):
    if first_of_its_family(seed):  # few people first: a short story
        worlds = {name: calm(submission, seed, people) for name, people in QUIET.items()}
        worlds["twelve"] = calm(submission, seed, (ONCE,) * 12, DOORS)
        worlds["far_away"] = darkroom(submission, seed, (ONCE, ONCE), Faults(fifo=True, latency_ms=(3_000, 3_000)), LONG_MS, in_order=True)
        for name, world in worlds.items():
            with scene(name):
                verify(world, Holds("everybody is let in", everybody_served))
    verify(rough(submission, seed), Holds("everybody is let in", everybody_served))


def everybody_served(trace):
    """Judge a run that is over: each person came in as often as asked."""
    asked, entered, node_of = {}, {}, {}
    for _, record in trace.messages("deliver", "Want", "Enter"):
        if record.name == "Want":
            asked[record.other] = asked.get(record.other, 0) + 1
            node_of[record.other] = record.node
        else:
            entered[record.node] = entered.get(record.node, 0) + 1
    waiting = [person for person, count in asked.items() if entered.get(person, 0) < count]
    for person, count in asked.items():
        came = entered.get(person, 0)
        if came < count:
            text = f"{person} asked {_times(count)}, was let in {_times(came)}, and waits for ever"
            nodes = [node_of[each] for each in waiting]
            raise Broken(text, code=_how_it_waits(trace, nodes, count, came, alone=len(asked) == 1))
        if came > count:
            raise Broken(f"{person} asked {_times(count)}, but was let in {_times(came)}", code="let_in_too_often")


def _how_it_waits(trace, nodes, asked, came, alone):
    """Say in which situation the first of the nodes that have somebody waiting is."""
    node = nodes[0]
    stamps = {each: list(dict.fromkeys(r.data.stamp for _, r in trace.messages("send", "Request") if r.node == each)) for each in nodes}
    if len(stamps[node]) < asked:
        return "waits_unrequested"
    if alone:
        return "waits_alone_again" if came else "waits_alone"
    if len(nodes) > 1:
        latest = [each[-1] for each in stamps.values() if each]
        return "wait_with_equal_stamps" if len(set(latest)) < len(latest) else "wait_for_each_other"
    left = [(index, record.node) for index, record in trace.messages("deliver", "Leave") if record.node != node]
    index, leaver = left[-1] if left else (len(trace), "")
    told = any(record.node == node and record.other == leaver for place, record in trace.of("deliver") if place > index)
    return "waits_though_told" if told else "waits_untold"


def _times(count):
    return ("never", "once", "twice")[count] if count < 3 else f"{count} times"
