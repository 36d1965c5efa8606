"""Public checks. Reading them is part of the exercise: they say what must hold, and how it is tried."""

import random

from vector_clock_protocol import Person

from harness.checks.causal import RELATIONS, CausalOrder, ShownOnce, all_shown, join, latest_of, relation, stamp, vector_condition
from harness.checks.clocks import drawn_history
from harness.testing import Faults, Holds, Spec, World, names, scenarios, variant, verify, verify_calls

VECTOR_CONDITION = Holds("stamps tell what happened before what", vector_condition)


def play(game, steps):
    """Do the steps of a history with one VectorClock for each machine."""
    for machine in dict.fromkeys(who for _, who, _ in steps):
        game.new(machine, "VectorClock", machine, stamp({}))
    stamps = {}
    for what, who, number in steps:
        if what == "tick":
            game.call(who, "tick")
        elif what == "send":
            stamps[number] = game.call(who, "send", carries=number)
        elif number in stamps:
            game.call(who, "receive", stamps[number], carries=-number)


@scenarios(5)
def test_local_events(submission, seed):
    one, other = names(seed, 2)
    steps = [("tick", one, 0), ("tick", one, 0), ("tick", other, 0), ("tick", one, 0), ("tick", other, 0)]
    verify_calls(submission, steps, play, VECTOR_CONDITION)


@scenarios(40)
def test_messages(submission, seed):
    machines = names(seed, 2 + seed % 2)
    one, other = machines[:2]
    news = [("tick", one, 0), ("send", one, 1), ("tick", one, 0), ("tick", other, 0), ("receive", other, 1), ("send", other, 2)]
    old_news = [("tick", one, 0), ("send", one, 1), ("send", one, 2), ("receive", other, 2), ("receive", other, 1), ("tick", other, 0)]
    for steps in (news, old_news):
        verify_calls(submission, steps, play, VECTOR_CONDITION)
    verify_calls(submission, drawn_history(seed, machines, 12), play, VECTOR_CONDITION)


@scenarios(20)
def test_four_outcomes(submission, seed):
    one, other = sorted(names(seed, 2))
    pairs = [
        (stamp({one: 1, other: 1}), stamp({one: 1, other: 2})),
        (stamp({one: 3, other: 2}), stamp({one: 1, other: 2})),
        (stamp({one: 2, other: 1}), stamp({one: 2, other: 1})),
        (stamp({one: 3, other: 1}), stamp({one: 2, other: 3})),
        (stamp({one: 2, other: 3}), stamp({one: 3, other: 1})),
        (stamp({one: 2, other: 1}), stamp({one: 1, other: 2})),
        (stamp({one: 1, other: 4}), stamp({one: 2, other: 1})),
        (stamp({one: 1}), stamp({one: 1, other: 1})),
    ]

    def compared(game, pairs):
        for a, b in pairs:
            answer, right = game.apply("compare", a, b), relation(a, b)
            if answer != right:
                told_as = answer if answer in RELATIONS else "other"
                game.refuse(f"compare({a}, {b}) is {answer!r}, but it should be {right!r}", f"{right}_told_as_{told_as}")

    verify_calls(submission, pairs, compared, name="compare tells before, after, equal and concurrent apart")


@scenarios(40)
def test_siblings(submission, seed):
    draw = random.Random(f"siblings/{seed}")
    carts = names(seed, 2 + seed % 2)
    values = ("milk", "eggs", "milk and eggs", "")
    stamps = [stamp({draw.choice(carts): 1} | {name: draw.randrange(1, 4) for name in carts if draw.random() < 0.5}) for _ in range(6)]
    written = [(each, values[sum(each.values()) % 4]) for each in stamps]

    def arrive(game, written):
        kept = []
        for place, (each, value) in enumerate(written):
            kept = kept_versions(game, kept, (each, value))
            right = latest_of(written[: place + 1])
            if missing := right - latest_of(kept):
                told = f"nothing has replaced {tell(missing)}, but keep left it out"
                game.refuse(told, how_lost(missing, right, latest_of([(each, value)])))
            if len(kept) > len(right):
                told = f"what is to be kept is {tell(right)}, but keep returned {tell(kept)}"
                game.refuse(told, how_kept(kept, right, latest_of([(each, value)])))

    for each in (*by_hand(*carts[:2]), written):
        verify_calls(submission, each, arrive, name="a version is kept until another one replaces it")
    if variant(seed) == 0:
        verify_calls(submission, range(120), many_siblings, name="a version is kept until another one replaces it")


def kept_versions(game, kept, new):
    """Return what `keep` makes of the versions kept so far, and a new one."""
    kept = game.apply("keep", list(kept), new)
    if not is_list_of_versions(kept):
        game.refuse(f"keep returned {kept!r:.80}; it is a list of pairs (stamp, value)", "no_versions")
    return kept


def by_hand(one, other):
    """Small lists of versions, each for one rule.

    Siblings, equal values, an empty value, a late arrival, a version that replaces two, one that comes twice, a stamp that knows
    nothing, values that are nearly equal, or long, and names that are nearly equal.
    """
    lists = (
        (({one: 2}, "milk"), ({other: 1}, "eggs"), ({one: 1, other: 2}, "bread")),
        (({one: 1}, "milk"), ({other: 1}, "milk")),
        (({one: 1}, "milk"), ({other: 2}, "milk"), ({one: 2}, "milk")),
        (({one: 1}, ""), ({other: 1}, "eggs")),
        (({one: 2}, "milk"), ({one: 1}, "eggs")),
        (({one: 1}, "milk"), ({other: 1}, "eggs"), ({one: 1, other: 1}, "milk and eggs")),
        (({one: 1, other: 0}, "milk"), ({one: 1}, "milk"), ({one: 2}, "eggs")),
        tuple(({one: count, other: 9 - count}, "milk") for count in range(1, 6)),
        (({}, "milk"), ({}, "milk"), ({one: 1}, "eggs"), ({one: 0}, "milk")),
        (({one: 1}, "milk"), ({other: 1}, "Milk")),
        (({one: 1}, "0"), ({other: 1}, "milk, " * 1_000)),
        *[(({name: 1}, "milk"), ({look_alike: count}, "milk")) for name, look_alike, count in LOOK_ALIKES],
    )
    return [[(stamp(counts), value) for counts, value in versions] for versions in lists]


LOOK_ALIKES = (("zoa", "Zoa", 1), ("zoa", "zoa ", 1), ("zoa1", "zoa", 11), ("x" * 40, "x" * 40 + "y", 1))


def many_siblings(game, numbers):
    """Many siblings, of which the first and the last come twice, one more, and then one that replaces all but two."""
    carts = [f"cart {number}" for number in numbers]
    siblings = [(stamp({cart: 1}), f"{cart}: eggs") for cart in carts]
    more, replaces = (stamp({"a cart": 1}), "eggs"), (stamp(dict.fromkeys((*carts[1:-1], "one cart"), 1)), "many eggs")
    kept, ends = siblings, tuple(dict.fromkeys((*siblings[:1], *siblings[-1:])))
    for new, right in (*((sibling, siblings) for sibling in ends), (more, [*siblings, more]), (replaces, [*ends, more, replaces])):
        kept = kept_versions(game, kept, new)
        if len(kept) != len(right) or {(join(each, {}), value) for each, value in kept} != set(right):
            game.refuse(f"of {len(siblings)} siblings and {new!r:.60}, {len(right)} are to be kept; keep returned {len(kept)}", "of_many")


def how_lost(missing, right, newcomer):
    """Say which version was left out."""
    values = [value for _, value in missing]
    if "" in values:
        return "empty_value_lost"
    if any(value in values for _, value in right - missing):
        return "equal_value_lost"
    return "newcomer_lost" if newcomer & missing else "sibling_lost"


def how_kept(kept, right, newcomer):
    """Say which version should not have been kept."""
    if not newcomer <= right:
        return "newcomer_kept"
    return (
        "kept_twice"
        if latest_of(kept) == right and len(kept) > len({repr(latest_of([each])) for each in kept})
        else "replaced_version_kept"
    )


def is_list_of_versions(kept):
    return isinstance(kept, tuple) and all(isinstance(item, tuple) and len(item) == 2 and hasattr(item[0], "items") for item in kept)


def tell(versions):
    return " and ".join(f"{value!r} with {each}" for each, value in sorted(versions, key=repr))


def chat(submission, seed, size, faults, says, answers):
    """A world of nodes with a person each, and who is whose user."""
    draw = random.Random(f"chat/{seed}")
    everybody = names(seed, 2 * size)
    users = dict(zip(everybody[:size], everybody[size:], strict=True))
    specs = []
    for node, user in users.items():
        specs.append(Spec(node, submission.CausalBroadcast, {"user": user}, tuple(sorted({*users} - {node}))))
        given = {"node": node, "says_ms": tuple(draw.randrange(1, 200) for _ in range(says)), "answers": answers}
        specs.append(Spec(user, Person, given, ()))
    draw.shuffle(specs)
    return World(tuple(specs), seed, faults, until_ms=60_000), users


@scenarios(20)
def test_first_chat(submission, seed):
    calm = Faults(fifo=True, latency_ms=(5, 5))
    world, users = chat(submission, seed, size=2 + seed % 2, faults=calm, says=1 + seed // 2 % 2, answers=seed // 4 % 2)
    verify(world, ShownOnce(users), Holds("everybody is shown everything", all_shown(users)), CausalOrder())
