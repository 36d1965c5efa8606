"""Hidden checks of vector clocks, versions and the causal chat."""

import itertools
import random

from vector_clock_protocol import Person, Say

from harness.checks.causal import CausalOrder, ShownOnce, all_shown, is_stamp, join, relation, stamp, vector_condition
from harness.checks.clocks import drawn_history, short_histories
from harness.testing import (
    Bounds,
    Broken,
    Call,
    Deliver,
    Faults,
    Holds,
    Rule,
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

VECTOR_CONDITION = Holds("stamps tell what happened before what", vector_condition)
SMALL_STAMPS = 20  # pairs that are tried for every seed, of all small ones


def play(game, steps):
    """Do the steps of a history; a message brings the very stamp that was returned, so nothing may hang on to it."""
    for machine in dict.fromkeys(who for _, who, _ in steps):
        game.new(machine, "VectorClock", machine, stamp({}))
    stamps, latest = {}, {}
    for what, who, number in steps:
        if what == "tick":
            latest[who] = game.call(who, "tick")
        elif what == "send":
            stamps[number] = game.keep(who, "send", carries=number)
            latest[who] = stamps[number].plain
        elif what == "restart":
            game.new(who, "VectorClock", who, latest[who] if is_stamp(latest.get(who)) else stamp({}))
        elif number in stamps:
            latest[who] = game.call(who, "receive", stamps[number], carries=-number)


def given_away(game, machines):
    """Hand stamps on, to clocks, to those that go on from them, to merge and compare, while the clocks go on: none of them may change."""
    for machine in machines:
        game.new(machine, "VectorClock", machine, stamp({}))
    given = [game.keep(who, what) for who in machines for what in ("tick", "send")]
    for who in machines:
        given.append(game.keep(who, "receive", given[-1]))
    if not all(is_stamp(each.plain) for each in given):
        return  # told elsewhere
    for who, last in zip(machines, given[-len(machines) :], strict=True):
        game.apply("merge", given[0], last)
        game.apply("compare", given[0], last)
        game.call(who, "tick")
        game.new(f"{who} again", "VectorClock", who, last)
        game.call(f"{who} again", "tick")
    for each in given:
        now = game.apply("merge", each, stamp({}))
        if is_stamp(now) and join(now, {}) != join(each.plain, {}):
            game.refuse(f"a stamp was returned as {each.plain}; later the same stamp is {now}", "stamp_changed")


ALIKE = ("zoa", "Zoa", "ZOA", "zoa ", " zoa", "zoa1", "zoa01", "zoa10", "zoa:1", "zoa,1", "zoa.1", "zoa-1", "zo\u00e1", "zoa\u0301")
CHAIN = (*ALIKE, "z", "zo", "zzo", "ozo", "ozoa", "0", "00", "None", *("x" * 40 + end for end in "123"))
"""Two dozen names that are easily taken for each other."""
PASSED_ON = [("tick", who, 0) for who in CHAIN]
PASSED_ON += [step for nth, who in enumerate(CHAIN) for step in (("receive", who, nth), ("send", who, nth + 1))]
"""Each of many machines hears of all before it."""
CROWD = [f"{nth * 77 % 300}" for nth in range(300)]


def goes_on(game, rounds):
    """Let one clock go on and on, and at last receive a stamp of a crowd: each stamp comes after all that was known before."""
    game.new("zoa", "VectorClock", "zoa", stamp({}))
    last = stamp({})
    for nth, what in itertools.product(range(rounds), ("tick", "receive", "send")):
        news = stamp({"moe": nth + 1} if nth < rounds - 1 else dict.fromkeys(CROWD, 1))
        given = game.call("zoa", what, *((news,) if what == "receive" else ()))
        if not is_stamp(given) or relation(last, given) != "before" or (what == "receive" and relation(news, given) != "before"):
            game.refuse(f"zoa had {last!r:.80} and then returned {given!r:.80}, which does not come after all it knew", f"{what}_goes_back")
        last = given


@scenarios(20)
def test_any_history(submission, seed):
    machines = names(seed, 4)
    if variant(seed) == 0:
        for steps in short_histories(machines[:2], 4):
            verify_calls(submission, steps, play, VECTOR_CONDITION)
        with scene("given_away"):
            verify_calls(submission, machines, given_away, name=VECTOR_CONDITION.name)
        with scene("many_machines"):
            verify_calls(submission, PASSED_ON, play, VECTOR_CONDITION)
        with scene("many_events"):
            verify_calls(submission, (200,), lambda game, rounds: [goes_on(game, each) for each in rounds], name=VECTOR_CONDITION.name)
    one, other, third = machines[:3]
    late = [
        ("send", one, 1),
        ("tick", one, 0),
        ("tick", one, 0),
        ("receive", other, 1),
        ("tick", one, 0),
        ("receive", third, 1),
        ("tick", third, 0),
    ]
    verify_calls(submission, late, play, VECTOR_CONDITION)
    verify_calls(submission, drawn_history(seed, machines, 40), play, VECTOR_CONDITION)


LARGE_COUNTS = (2**8 - 1, 999, 2**16 - 1, 2**32 - 1, 2**53, 2**64 - 1, 10**40)


def went_on(game, counts, one, other, third):
    """Restart a clock that has counted far: its next stamps come after the saved one, and after each other; also where they arrive."""
    for count in counts:
        last = stamp({one: count, other: count})
        game.new(one, "VectorClock", one, last)
        for _ in range(2):
            given = game.call(one, "tick")
            if not is_stamp(given) or relation(last, given) != "before":
                game.refuse(f"{one} had {last} and then returned {given!r:.80}, which does not come after it", "large_count_passed")
            last = given
        game.new(third, "VectorClock", third, stamp({}))
        given = game.call(third, "receive", last)
        if not is_stamp(given) or relation(last, given) != "before":
            game.refuse(f"{third} received {last} and returned {given!r:.80}, which does not come after it", "large_count_not_received")


@scenarios(20)
def test_after_a_restart(submission, seed):
    draw = random.Random(f"restart/{seed}")
    machines = names(seed, 3)
    steps = drawn_history(seed, machines, 24)
    for _ in range(4):
        steps.insert(draw.randrange(4, len(steps)), ("restart", draw.choice(machines), 0))
    one, other = machines[:2]
    with scene("large_counts"):
        verify_calls(submission, LARGE_COUNTS, lambda game, counts: went_on(game, counts, *machines), name=VECTOR_CONDITION.name)
    of_others = [("tick", one, 0), ("send", one, 1), ("receive", other, 1), ("restart", other, 0), ("tick", other, 0)]
    with scene("after_a_message"):
        verify_calls(submission, of_others, play, VECTOR_CONDITION)
    plain = [
        ("tick", one, 0),
        ("tick", one, 0),
        ("send", one, 1),
        ("receive", other, 1),
        ("restart", one, 0),
        ("tick", one, 0),
        ("tick", other, 0),
    ]
    with scene("between_events"):
        verify_calls(submission, plain, play, VECTOR_CONDITION)
    verify_calls(submission, steps, play, VECTOR_CONDITION)


def small_pairs(machines, choice):
    """Return every pair of stamps over these machines with counts of this choice; None leaves the machine out."""
    found = []
    for counts in itertools.product(choice, repeat=len(machines)):
        found.append(stamp({name: count for name, count in zip(machines, counts, strict=True) if count is not None}))
    return list(itertools.product(found, repeat=2))


def large_stamp(draw, machines, most=120):
    """Return a stamp with counts up to `most`, naming its machines in any order."""
    some = draw.sample(machines, draw.randrange(1, len(machines) + 1))
    return stamp({name: min(most, draw.choice((0, 1, 9, 10, 11, 99, 100, draw.randrange(120)))) for name in some})


def asked(game, pairs):
    """Compare and merge pairs of stamps."""
    for a, b in pairs:
        answer, right = game.apply("compare", a, b), relation(a, b)
        if answer != right:
            game.refuse(
                f"compare({a}, {b}) is {answer!r}, but it should be {right!r}",
                f"{right}_told_as_{answer:.20}" if type(answer) is str else "no_word",
            )
        both, right = game.apply("merge", a, b), join(a, b)
        if not is_stamp(both):
            game.refuse(f"merge({a}, {b}) is {both!r:.60}; a stamp is a dict from names to whole numbers", "no_stamp")
        if join(both, {}) != right:
            game.refuse(f"merge({a}, {b}) is {both}; together they know {right}", "merge_wrong")


@scenarios(20)
def test_any_two_stamps(submission, seed):
    draw = random.Random(f"pairs/{seed}")
    machines = names(seed, 5)
    if variant(seed) == 0:
        few = sorted(machines[:3])
        pairs = small_pairs(few[:2], (None, 0, 1, 2)) + small_pairs(few, (None, 1, 2))
        pairs += small_pairs(few[:2], (9, 10))  # as numbers, not as text
        pairs += small_pairs(few[:2], (255, 256, 10**40))  # of any size
        pairs += small_pairs(("zoa", "zoa1"), (None, 1, 11))  # names are whole names
        pairs += small_pairs(few[:2], (0, 2**53, 2**53 + 1, 2**64))
        pairs += [(stamp({few[0]: 1000}), stamp({few[0]: int("1000")}))]  # equal, though not the same object
        for many, ones in ((CHAIN, CHAIN), (CROWD, (CROWD[0], CROWD[-1], min(CROWD), max(CROWD)))):
            everybody = dict.fromkeys(many, 1)
            pairs += [(stamp(everybody), stamp(everybody | {one: 2})) for one in ones]  # any of many makes the difference
    else:
        pairs = draw.sample(small_pairs(machines[1:4], (None, 0, 1)), SMALL_STAMPS)
    verify_calls(submission, pairs, asked, name="any two stamps")
    more = names(seed, 12)
    larger = [large_stamp(draw, (machines, more)[nth // 2 % 2], (120, 1)[nth % 2]) for nth in range(40)]
    pairs = [*zip(larger[:20], larger[20:], strict=True), *[(each, join(each, larger[0])) for each in larger[:10]]]
    verify_calls(submission, pairs, asked, name="any two stamps")


def crowd(submission, seed, faults, sizes=(2, 3, 3, 4)):
    """A chat of people who talk and answer, and who is whose user."""
    draw = random.Random(f"crowd/{seed}")
    size = draw.choice(sizes)
    everybody = names(seed, 2 * size)
    users = dict(zip(everybody[:size], everybody[size:], strict=True))
    hurry_ms = draw.choice((30, 200, 1_000))
    specs = []
    for place, (node, user) in enumerate(users.items()):
        specs.append(Spec(node, submission.CausalBroadcast, {"user": user}, tuple(sorted({*users} - {node}))))
        says_ms = tuple(draw.randrange(1, hurry_ms) for _ in range(draw.choice((0, 1, 2, 3)) or place == 0))
        specs.append(Spec(user, Person, {"node": node, "says_ms": says_ms, "answers": draw.choice((0, 1, 2))}, ()))
    draw.shuffle(specs)
    # A person and a node are one machine: what passes between them stays in order, and none of it arrives twice.
    near = tuple(pair for node, user in users.items() for pair in ((node, user), (user, node)))
    links = tuple((*pair, 1, 1) for pair in near)
    slow = tuple((one, two, 1, draw.choice((5, 50, 500))) for one in users for two in users if one != two)
    once = tuple(Rule(Deliver(1), *pair) for pair in near)
    return World(tuple(specs), seed, _with(faults, links + slow, once), until_ms=30_000), users


def _with(faults, latency, rules):
    return Faults(
        latency_ms=faults.latency_ms,
        link_latency_ms=latency,
        duplicate_ratio=faults.duplicate_ratio,
        reorder_ratio=faults.reorder_ratio,
        reorder_ms=faults.reorder_ms,
        rules=rules,
    )


def scripted(submission, seed, size, says, rules=(), texts=(), until_ms=30_000):
    """A chat in which clients say given texts at given times, on links with given fates: says = ((at_ms, who, how often), ...).

    Instead of its size, the names of its nodes may be given.
    """
    nodes = names(seed, size) if type(size) is int else size
    users = {node: f"{node}'s user" for node in nodes}
    calls = []
    for at_ms, who, times in says:
        for time in range(times):
            user = users[nodes[who]]
            text = texts[len(calls)] if texts else f"{user} {len(calls) + 1 if at_ms else time + 1}"
            calls.append(Call(user, at_ms, nodes[who], Say(text)))
    first = tuple(Rule(Deliver(1), sender=user) for user in users.values())
    specs = tuple(Spec(node, submission.CausalBroadcast, {"user": user}, tuple(sorted({*nodes} - {node}))) for node, user in users.items())
    fates = tuple(Rule(fate, nodes[a], None if b is None else nodes[b], nth=nth) for a, b, nth, fate in rules)
    return World(specs, seed, Faults(happenings=tuple(calls), rules=(*first, *fates)), until_ms, tuple(users.values())), users


def explored(submission, seed, size, says, causal=True, duplicates=0):
    """Try every order of messages in a small chat; `says` is how often each node's user speaks."""
    world, users = scripted(submission, seed, size, [(0, who, times) for who, times in enumerate(says) if times])
    world = World(world.nodes, seed, Faults(happenings=world.faults.happenings), clients=world.clients)
    promise = CausalOrder() if causal else ShownOnce(users)
    verify_every_order(world, promise, SHOWN_TO_OTHERS, bounds=Bounds(duplicates=duplicates, states=5_000))


SHOWN_TO_OTHERS = Sometimes(
    "a post is shown by another node than its author's", lambda r: r.kind == "send" and r.name == "Show" and r.node != r.data.author
)

SMALL = (
    (2, (2, 0)),
    (2, (2, 1)),
    (3, (1, 1, 0)),
    (3, (2, 0, 0)),
    (3, (1, 1, 1)),
    (3, (2, 1, 0)),
)
"""Chats of which every order is tried: nodes, and how often each node's user speaks."""


@scenarios(30)
def test_causes_first(submission, seed):
    if variant(seed) == 0:
        for size, says in SMALL:
            explored(submission, seed, size, says)
        with scene("answer_overtakes"):
            for size in range(3, 12):
                verify(scripted(submission, seed, size, *DIRECTED["answer_overtakes"][1:], until_ms=1_000)[0], CausalOrder())
        with scene("many_wait"):
            verify(scripted(submission, seed, *in_reverse(50))[0], CausalOrder())
        with scene("long_talk"):
            verify(answers_overtake(submission, seed)[0], CausalOrder())
        with scene("many_people"):
            verify(many_overtake(submission, seed)[0], CausalOrder())
    verify(scripted(submission, seed, 2, ((10, seed % 2, 1),))[0], SHOWN_TO_OTHERS)
    rough = Faults(duplicate_ratio=0.1, reorder_ratio=0.3, reorder_ms=300)
    world, _ = crowd(submission, seed, rough)
    verify(world, CausalOrder())


def in_reverse(count):
    """So many posts of one author, which arrive the other way round within a fraction of a second: who speaks, and what becomes of it."""
    return 2, tuple((10 + n, 0, 1) for n in range(1, count + 1)), tuple((0, 1, n, Deliver(300 - 2 * n)) for n in range(1, count + 1))


ANSWERED = (*range(1, 18), 32, 33, 64, 65, 99, 100, 101, 127, 128, 129, 255, 256, 257)


def answers_overtake(submission, seed):
    """One talks and talks, another answers now and then, and every answer overtakes what it answers; at last, by half a minute."""
    talks = tuple((10 * nth, 0, 1) for nth in range(1, 259))
    says = sorted((*talks, *((10 * nth + 3, 1, 1) for nth in ANSWERED), (33_000, 1, 1)))
    rules = ((0, 2, len(talks), Deliver(40_000)), (0, 1, None, Deliver(1)), (0, 2, None, Deliver(8)), (1, 2, None, Deliver(1)))
    return scripted(submission, seed, 3, says, rules, until_ms=45_000)


def many_overtake(submission, seed):
    """All but two speak in turn, and then all at once; one of the two answers, and each answer overtakes on its way to the other.

    In turn, it overtakes what it answers; in the end, all that was said at once, which arrives the other way round, and of which none knew
    of another. The other one has spoken before, which nobody has heard yet.
    """
    answers, waits = len(CHAIN) - 2, len(CHAIN) - 1
    says = [(5, waits, 2)]
    rules = [(waits, None, None, Deliver(1_500)), (answers, waits, None, Deliver(1))]
    for who in range(answers):
        says += [(20 + 20 * who, who, 1), (25 + 20 * who, answers, 1), (600 + who, who, 1)]
        rules += [(who, answers, None, Deliver(1)), (who, waits, 1, Deliver(10)), (who, waits, 2, Deliver(250 - 4 * who))]
        rules += [(who, None, None, Deliver(100))]
    return scripted(submission, seed, CHAIN, sorted((*says, (640, answers, 1))), rules, until_ms=900)


def at_once(trace):
    """Judge that what somebody says is shown to themselves in the same millisecond."""
    shown = {(record.time_ms, record.node, record.data.text) for _, record in trace.messages("send", "Show")}
    for index, record in trace.messages("deliver", "Say"):
        if (record.time_ms, record.node, record.data.text) not in shown:
            text = f'"{record.data.text}" is said at {record.node}, which does not show it to its own user at once'
            raise Broken(text, code="own_not_at_once", records=(index,))


TEXTS = ("yes", "Yes", "yes ", "yes\nno", "yes\r\nno", "caf\u00e9", "cafe\u0301", "0", "None", "x" * 5_000, "x" * 5_000 + "y")
TEXTS += ("a|b,c:d;e/f\tg<h>&i \"j\" 'k' {l} [m] %s $n \\n \\ \U0001f600 #",)
LONG_MS = 90_000
AT_ONCE = Holds("what is said is shown at home at once", at_once)
DIRECTED = {
    # a post arrives twice
    "twice": (2, ((10, 0, 1),), ((0, 1, 1, Deliver(5, (50,))),)),
    # the second post of an author overtakes the first
    "overtaken": (2, ((10, 0, 1), (20, 0, 1)), ((0, 1, 1, Deliver(100)), (0, 1, 2, Deliver(5)))),
    # somebody's posts arrive first, then one whose author has seen none of them
    "another_author": (
        3,
        ((10, 0, 12), (12, 1, 1)),
        ((0, 2, None, Deliver(5)), (1, 2, 1, Deliver(100)), (1, 0, 1, Deliver(200)), (0, 1, None, Deliver(200))),
    ),
    # five posts of one author arrive in reverse, and each twice
    "five_in_reverse": (
        2,
        ((10, 0, 1), (20, 0, 1), (30, 0, 1), (40, 0, 1), (50, 0, 1)),
        tuple((0, 1, n, Deliver(200 - 20 * n, (400,))) for n in range(1, 6)),
    ),
    # the answer overtakes its question on one link
    "answer_overtakes": (
        3,
        ((10, 0, 1), (30, 1, 1)),
        ((0, 1, 1, Deliver(5)), (0, 2, 1, Deliver(300)), (1, 2, 1, Deliver(5)), (1, 0, 1, Deliver(5))),
    ),
    # one post arrives twice before, and twice after, the one that it waits for
    "copies_around_the_cause": (2, ((10, 0, 1), (20, 0, 1)), ((0, 1, 1, Deliver(100, (300,))), (0, 1, 2, Deliver(5, (10, 200, 250))))),
    # many posts wait at once
    "many_wait": (*in_reverse(120), (), LONG_MS),
    # many posts in order, and a copy of the first a minute later
    "long_talk": (2, tuple((10 * n, 0, 1) for n in range(1, 281)), ((0, 1, 1, Deliver(5, (60_000,))),), (), LONG_MS),
    # an empty text is a text
    "empty_text": (2, ((10, 0, 1), (20, 0, 1)), (), ("", "sorry, my cat")),
    # and blanks are part of it
    "blanks": (2, ((10, 0, 1), (20, 0, 1)), (), (" two\n", " ")),
    # whatever differs is another text, and all of it counts
    "any_text": (2, tuple((10 * n, 0, 1) for n in range(1, len(TEXTS) + 1)), (), TEXTS),
    # somebody speaks while something waits for a question that takes a minute, and once more when it has come
    "a_minute_late": (
        2,
        ((10, 0, 1), (20, 0, 1), (100, 1, 1), (75_000, 1, 1)),
        ((0, 1, 1, Deliver(60_000)), (0, 1, 2, Deliver(5))),
        (),
        LONG_MS,
    ),
    # the names of people are whole names: "zoa" and 11 are not "zoa1" and 1
    "look_alikes": (
        ("zoa", "Zoa", "ZOA", "zoa1", "zoa "),
        tuple((10 * n + 20 * who, who, 1) for n in range(1, 13) for who in (0, 1, 3, 4)),
        ((0, 3, 1, Deliver(5)), (0, 2, 1, Deliver(400))),
    ),
    # many people, of whom one speaks
    "one_of_many": (CHAIN[:18], ((10, 0, 1),), (), (), 11_000),
    # a question and its answer both arrive late, the answer twice
    "both_late": (
        4,
        ((10, 0, 1), (30, 1, 1), (60, 2, 1)),
        (
            (0, 3, 1, Deliver(300)),
            (1, 3, 1, Deliver(200, (220,))),
            (2, 3, 1, Deliver(5)),
            (0, 2, 1, Deliver(5)),
            (1, 2, 1, Deliver(5)),
            (0, 1, 1, Deliver(5)),
        ),
    ),
}
"""Schedules by name: nodes; (at_ms, who, how often) speaks; (from, to, n-th message, its fate); what is said, if that matters; how long."""


@scenarios(30)
def test_everything_once(submission, seed):
    if variant(seed) == 0:
        for name, schedule in DIRECTED.items():
            world, users = scripted(submission, seed, *schedule)
            with scene(name):
                verify(world, ShownOnce(users), Holds("everybody is shown everything", all_shown(users)), AT_ONCE)
        explored(submission, seed, 2, (2, 0), causal=False, duplicates=1)
        explored(submission, seed, 3, (1, 1, 0), causal=False, duplicates=1)
    rough = Faults(duplicate_ratio=0.3, reorder_ratio=0.3, reorder_ms=300)
    world, users = crowd(submission, seed, rough)
    verify(world, ShownOnce(users), Holds("everybody is shown everything", all_shown(users)), AT_ONCE)
