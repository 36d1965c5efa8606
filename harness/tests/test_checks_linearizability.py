"""The search for a linearization: against brute force, against its budget, and in the words it finds."""

import random
from dataclasses import replace

import pytest

from harness import Node
from harness.checks.linearizability import check, linearizable
from harness.checks.models import (
    FAILED,
    UNKNOWN,
    Acquire,
    Audit,
    Balance,
    Bank,
    Lock,
    Operation,
    Read,
    Register,
    Release,
    Swap,
    Transfer,
    Write,
)
from harness.errors import Broken, Inconclusive
from harness.properties import Holds
from harness.testing import PromiseBroken, Spec, World, verify

HISTORIES = 30_000

# --- what each object does, said a second time: as functions from (what it holds, call) to (outcome, what it holds then) ---


def plain_register(held, call):
    kind, *args = call
    if kind == "Read":
        return held.get(args[0]), held
    if kind == "Write":
        return None, {**held, args[0]: args[1]}
    key, old, new = args
    return (True, {**held, key: new}) if held.get(key) == old else (False, held)


def plain_lock(held, call):
    kind, lock, client = call
    if kind == "Acquire":
        return (False, held) if held.get(lock) else (True, {**held, lock: client})
    return (True, {**held, lock: None}) if held.get(lock) == client else (False, held)


def plain_bank(held, call):
    kind, *args = call
    if kind == "Balance":
        return held[args[0]], held
    if kind == "Audit":
        return dict(held), held
    source, target, amount = args
    if held[source] < amount:
        return False, held
    after = dict(held)
    after[source] -= amount
    after[target] += amount
    return True, after


def draw_register(draw, client):
    key = draw.choice("xy") if draw.random() < 0.2 else "x"
    return ("Read", key) if draw.random() < 0.5 else ("Write", key, draw.randrange(3))


def draw_swap(draw, client):
    if draw.random() < 0.5:
        return draw_register(draw, client)
    return "Swap", "x", draw.choice((None, 0, 1, 2)), draw.randrange(3)


def draw_lock(draw, client):
    return draw.choice(("Acquire", "Acquire", "Release")), "l" if draw.random() < 0.8 else "m", client


def draw_bank(draw, client):
    if draw.random() < 0.6:
        return "Transfer", draw.choice("abc"), draw.choice("abc"), draw.randint(1, 3)
    return ("Balance", draw.choice("abc")) if draw.random() < 0.5 else ("Audit",)


KINDS = {kind.__name__: kind for kind in (Read, Write, Swap, Acquire, Release, Transfer, Balance, Audit)}
START = {"a": 2, "b": 1, "c": 0}
FAMILIES = {
    "register": (plain_register, {}, draw_register, Register()),
    "swap": (plain_register, {}, draw_swap, Register()),
    "lock": (plain_lock, {}, draw_lock, Lock()),
    "bank": (plain_bank, START, draw_bank, Bank(START)),
}


def drawn(draw, spec, start, call_of, most=5):
    """Draw a history: calls of up to three clients take effect at random moments, or not; then some answers are spoiled."""
    held, now, operations = dict(start), 0, []
    busy = dict.fromkeys(("ann", "ben", "eve")[: draw.randint(1, 3)])
    budget = draw.randint(2, most)
    while budget or any(busy.values()):
        client = draw.choice(list(busy))
        now += 1
        if busy[client] is None:
            if budget:
                budget -= 1
                busy[client] = [now, call_of(draw, client), None]
            continue
        begun, call, done = busy[client]
        if done is None and draw.random() < 0.7:
            outcome, held = spec(held, call)
            busy[client][2] = (outcome,)
            continue
        busy[client] = None
        end = draw.random()
        if done is None or end < 0.2:
            operations.append((client, call, FAILED if done is None and end < 0.3 else UNKNOWN, begun, now if end < 0.1 else None))
        else:
            operations.append((client, call, done[0], begun, now))
    if draw.random() < 0.6:
        at = draw.randrange(len(operations))
        client, call, outcome, begun, end = operations[at]
        if outcome is not UNKNOWN and outcome is not FAILED:
            wrong = draw.choice((None, 0, 1, 2)) if call[0] in ("Read", "Balance") else not outcome if type(outcome) is bool else outcome
            operations[at] = client, call, wrong, begun, end
    return operations


def brute(spec, start, operations):
    """Try every order of the operations that happened, with every choice of the unknown ones."""
    wanted = [operation for operation in operations if operation[2] is not FAILED]

    def go(held, left):
        if all(operation[2] is UNKNOWN for operation in left):
            return True
        first_end = min(operation[4] for operation in left if operation[2] is not UNKNOWN)
        for number, (_, call, outcome, begun, _) in enumerate(left):
            if begun < first_end:
                told, after = spec(held, call)
                right = outcome is UNKNOWN or call[0] == "Write" or (told == outcome and type(told) is type(outcome))
                if right and go(after, left[:number] + left[number + 1 :]):
                    return True
        return False

    return go(dict(start), wanted)


def built(operations):
    return [Operation(client, KINDS[call[0]](*call[1:]), *rest) for client, call, *rest in operations]


@pytest.mark.parametrize("family", FAMILIES)
def test_the_verdict_is_that_of_brute_force(family):
    spec, start, call_of, model = FAMILIES[family]
    draw = random.Random(f"histories/{family}")
    words = {True: 0, False: 0}
    for _ in range(HISTORIES):
        operations = drawn(draw, spec, start, call_of)
        right = brute(spec, start, operations)
        found = check(built(operations), model)
        assert found.word == ("linearizable" if right else "violated"), operations
        words[right] += 1
    assert min(words.values()) > HISTORIES // 10


@pytest.mark.parametrize("family", FAMILIES)
def test_a_proof_is_wrong_by_itself_and_nothing_can_be_left_out(family):
    spec, start, call_of, model = FAMILIES[family]
    draw = random.Random(f"proofs/{family}")
    proofs = 0
    while proofs < 300:
        operations = drawn(draw, spec, start, call_of, most=9)
        history = built(operations)
        proof = check(history, model).proof
        if proof:
            proofs += 1
            forgetful = [op if op in proof or op.outcome is FAILED else replace(op, outcome=UNKNOWN) for op in history]
            assert check(forgetful, model).word == "violated"
            for one in proof:
                assert check([replace(op, outcome=UNKNOWN) if op == one else op for op in forgetful], model).word == "linearizable"


# --- budgets ---


def hard_part(key, writers=14):
    """So many writes at once, and reads that would fit any order but for the last one."""
    history = [Operation(f"w{number}", Write(key, number), None, number, 1_000 + number) for number in range(writers)]
    at = 100
    for number in (*range(writers), 0, 1, 2):
        history.append(Operation("reader", Read(key), number, at, at + 1))
        at += 2
    return history


def test_a_history_that_exceeds_the_budget_is_inconclusive():
    history = hard_part("x")
    assert check(history, Register(), steps=2_000).word == "ran out"
    with pytest.raises(Inconclusive, match="31 operations"):
        linearizable(history, Register(), steps=2_000)


def test_a_hard_part_does_not_hide_a_violated_one():
    wrong = [Operation("a", Write("y", 1), None, 5_000, 5_001), Operation("b", Read("y"), None, 5_002, 5_003)]
    found = check([*hard_part("x"), *wrong], Register(), steps=2_000)
    assert found.word == "violated"
    assert {operation.call.key for operation in found.proof} == {"y"}


def test_jokers_do_not_multiply_what_is_searched():
    """A wrong answer at the end of a history with jokers: twice as many of them may double the work, not square it."""

    def wrong(jokers):
        history = [Operation(f"lost{number}", Write("x", number % 8), UNKNOWN, number) for number in range(jokers)]
        at = 100
        for number in range(20):
            history += [Operation("a", Write("x", 100 + number), None, at, at + 3), Operation("b", Read("x"), number % 8, at + 5, at + 6)]
            at += 10
        return [*history, Operation("c", Read("x"), "never written", at, at + 1)]

    few, many = check(wrong(40), Register()), check(wrong(80), Register())
    assert few.word == many.word == "violated"
    assert many.steps < 4 * few.steps


# --- in a check ---


def quiet_run(judge):
    return verify(World((Spec("a", Node),), until_ms=10), Holds("x", judge))


def test_a_run_is_inconclusive_if_the_history_is():
    with pytest.raises(Inconclusive):
        quiet_run(lambda trace: linearizable(hard_part("x"), Register(), steps=2_000))


def test_what_is_certainly_broken_comes_before_what_is_not_known():
    def broken(trace):
        raise Broken("this is certain", code="certain")

    undecided = Holds("x", lambda trace: linearizable(hard_part("x"), Register(), steps=2_000))
    with pytest.raises(PromiseBroken, match="this is certain"):
        verify(World((Spec("a", Node),), until_ms=10), undecided, Holds("y", broken))


# --- in words ---


def broken_by(*operations, model=None):
    with pytest.raises(Broken) as caught:
        linearizable(operations, model or Register())
    return caught.value


def test_a_stale_read_is_told_with_the_write_that_it_missed():
    write, read = Operation("ann", Write("x", 1), None, 3, 5), Operation("ben", Read("x"), None, 8, 9)
    found = broken_by(Operation("eve", Read("x"), 1, 6, 20), write, read)
    assert found.text == "no order explains these answers: ann writes x = 1; then ben reads x: None"
    assert (found.code, found.records) == ("no_order", (3, 5, 8, 9))


def test_a_value_from_nowhere_needs_no_other_proof():
    found = broken_by(Operation("ann", Write("x", 1), None, 3, 5), Operation("ben", Read("x"), 7, 6, 9))
    assert (found.text, found.code, found.records) == ("nothing explains this answer: ben reads x: 7", "from_nowhere", (6, 9))


def test_a_failed_write_that_happened_is_named():
    found = broken_by(Operation("ann", Write("x", 1), FAILED, 3, 5), Operation("ben", Read("x"), 1, 6, 9))
    assert found.text == "no order explains these answers: ann writes x = 1 (failed); then ben reads x: 1"
    assert (found.code, found.records) == ("failed_and_happened", (3, 5, 6, 9))


def test_an_unknown_write_may_happen_after_its_answer_but_not_before_its_begin():
    late = Operation("ann", Write("x", 1), UNKNOWN, 3, 5)
    reads = [Operation("ben", Read("x"), None, 6, 7), Operation("ben", Read("x"), 1, 8, 9)]
    linearizable([late, *reads], Register())
    assert broken_by(Operation("ben", Read("x"), 1, 1, 2), late).code == "from_nowhere"


@pytest.mark.parametrize(("wrote", "told"), [(1, True), (True, 1), (0, False), (0, ""), ("", None), (1, 1.0)])
def test_values_that_python_calls_equal_or_false_are_told_apart(wrote, told):
    linearizable([Operation("ann", Write("x", wrote), None, 1, 2), Operation("ann", Read("x"), wrote, 3, 4)], Register(start="start"))
    broken_by(Operation("ann", Write("x", wrote), None, 1, 2), Operation("ann", Read("x"), told, 3, 4), model=Register(start="start"))


def test_an_audit_may_be_a_sum():
    bank = Bank({"a": 2, "b": 1})
    linearizable([Operation("ann", Audit(), 3, 1, 2), Operation("ann", Transfer("a", "a", 2), True, 3, 4)], bank)
    for wrong in (2, {"a": 2, "b": True}, {"a": 2}, None):
        assert broken_by(Operation("ann", Audit(), wrong, 1, 2), model=bank).code == "from_nowhere"
