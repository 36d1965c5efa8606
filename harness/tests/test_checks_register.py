"""Judges of a replicated register, tried on made-up traces: what they accept, what they refuse, and how they say it."""

import random
from pathlib import Path

import pytest

from harness import catalogue
from harness.checks.availability import in_time, refused, serves_without
from harness.checks.convergence import converges, nothing_comes_back, nothing_lost, shows
from harness.checks.register import Linearizable, as_one_machine, questions
from harness.errors import Broken, Misuse
from harness.loading import load_given
from harness.trace import Trace

EXERCISE = catalogue.exercise("02", Path(__file__).parents[2])
P = load_given("cap_register_protocol", EXERCISE.folder / "cap_register_protocol.py")


class Run:
    """Builds a trace; every record is one ms later than the one before unless told."""

    def __init__(self, *nodes):
        self.records = [(0, "start", node, 1, None, None) for node in nodes]
        self.now = 0
        self.asked = 0

    def add(self, kind, node, number, other, data):
        self.now += 1
        self.records.append((self.now, kind, node, number, other, data))

    def ask(self, replica, kind, *value):
        self.asked += 1
        self.add("deliver", replica, self.asked, f"c{self.asked}", kind(self.asked, *value))
        return self.asked

    def answer(self, replica, number, kind, *value):
        self.add("send", replica, 1_000 + len(self.records), f"c{number}", kind(number, *value))

    def write(self, replica, value):
        number = self.ask(replica, P.Write, value)
        self.answer(replica, number, P.Written)

    def delete(self, replica):
        self.answer(replica, self.ask(replica, P.Delete), P.Written)

    def read(self, replica, *values):
        self.answer(replica, self.ask(replica, P.Read), P.Values, values)

    def tell(self, sender, to):
        """A message of the program's own."""
        number = 5_000 + len(self.records)
        self.add("send", sender, number, to, "news")
        self.add("deliver", to, number, sender, "news")

    @property
    def trace(self):
        return Trace(list(self.records))


def refusal(judge, run):
    with pytest.raises(Broken) as caught:
        getattr(judge, "judge", judge)(run.trace)
    return caught.value


# --- questions and answers ---


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda run: run.answer("a", 9, P.Written), "unasked_answer"),
        (lambda run: run.answer("b", run.ask("a", P.Read), P.Values, ()), "unasked_answer"),
        (lambda run: run.answer("a", run.ask("a", P.Read), P.Written), "wrong_kind"),
        (lambda run: run.answer("a", run.ask("a", P.Read), P.Values, 7), "no_tuple"),
        (lambda run: [run.answer("a", 1, kind) for kind in (P.Unknown, P.Failed) if run.asked or run.ask("a", P.Delete)], "two_answers"),
    ],
)
def test_answers_fit_their_questions(act, code):
    run = Run("a", "b")
    act(run)
    assert refusal(questions, run).code == code


def test_the_same_answer_twice_is_fine():
    run = Run("a")
    run.write("a", 1)
    run.answer("a", 1, P.Written)
    assert questions(run.trace)[0].told == "Written"


# --- one machine ---


def test_a_stale_read_is_told_in_the_words_of_the_exercise():
    run = Run("a", "b")
    run.write("a", 1)
    run.read("b")
    assert refusal(as_one_machine, run).text == "no order explains these answers: c1 writes 1; then c2 reads nothing"


@pytest.mark.parametrize(("told", "fine"), [(P.Unknown, True), (P.Unavailable, True), (None, True), (P.Failed, False)])
def test_only_what_failed_must_not_be_seen(told, fine):
    run = Run("a", "b")
    number = run.ask("a", P.Write, 0)
    if told is not None:
        run.answer("a", number, told)
    run.read("b")
    run.read("b", 0)
    if fine:
        as_one_machine(run.trace)
    else:
        assert refusal(as_one_machine, run).code.startswith("failed_and_happened:")


def test_two_values_at_once_are_no_answer_in_cp():
    run = Run("a")
    run.write("a", 1)
    run.write("a", 2)
    run.read("a", 1, 2)
    assert refusal(as_one_machine, run).code.startswith("from_nowhere:")


# --- what is seen where no order explains the answers ---


def heard_by(run, replica, *others):
    for other in others:
        run.tell(other, replica)


def read_after(run, replica, heard, *values):
    number = run.ask(replica, P.Read)
    heard_by(run, replica, *heard)
    run.answer(replica, number, P.Values, values)


def written_after(run, replica, value, heard):
    number = run.ask(replica, P.Write, value)
    heard_by(run, replica, *heard)
    run.answer(replica, number, P.Written)


@pytest.mark.parametrize(
    ("values", "heard", "seen"),
    [
        ((), "", "no_order:shows_nothing:read_hearing_nobody"),
        (("one",), "", "no_order:old_value:read_hearing_nobody"),
        (("one", "two"), "", "from_nowhere:several_values:read_hearing_nobody"),
        (("one",), "d", "no_order:old_value:read_hearing_few"),
        (("one",), "dd", "no_order:old_value:read_hearing_few"),
        (("one",), "de", "no_order:old_value:read_hearing_most"),
    ],
)
def test_the_code_says_what_a_read_shows_and_whom_its_replica_had_heard_from(values, heard, seen):
    run = Run(*"abcde")
    written_after(run, "a", "one", "bc")
    written_after(run, "b", "two", "ac")
    read_after(run, "c", heard, *values)
    assert refusal(as_one_machine, run).code == seen


def test_the_code_says_which_question_was_answered_after_hearing_fewest():
    run = Run(*"abcde")
    written_after(run, "a", "one", "b")
    read_after(run, "c", "de")
    assert refusal(as_one_machine, run).code == "no_order:shows_nothing:write_hearing_few"


def test_the_code_says_that_a_timer_made_a_replica_answer():
    run = Run(*"abc")
    written_after(run, "a", "one", "bc")
    number = run.ask("c", P.Read)
    run.add("fire", "c", 1, "give_up", ())
    run.answer("c", number, P.Values, ())
    assert refusal(as_one_machine, run).code == "no_order:shows_nothing:read_hearing_nobody_when_a_timer_fired"


def test_the_code_says_that_two_reads_differ():
    run = Run(*"abc")
    written_after(run, "a", "zero", "bc")
    run.ask("a", P.Write, "one")
    read_after(run, "b", "ac", "one")
    read_after(run, "c", "ab", "zero")
    assert refusal(as_one_machine, run).code.startswith("no_order:differs_from_an_earlier_read:")


@pytest.mark.parametrize("saves", [False, True])
def test_the_code_says_that_a_machine_had_crashed_and_if_anything_was_on_its_disk(saves):
    run = Run(*"abc")
    written_after(run, "a", "one", "bc")
    if saves:
        run.add("write", "a", 0, "newest", "one")
    run.add("crash", "a", 0, -1, None)
    read_after(run, "c", "ab")
    crashed = "after_a_crash" if saves else "after_a_crash_with_an_empty_disk"
    assert refusal(as_one_machine, run).code == f"no_order:shows_nothing:read_hearing_most:{crashed}"


def random_run(draw):
    """Up to five questions, overlapping, with answers that are often right."""
    run, held, open_ = Run("a"), (), {}
    for _ in range(draw.randint(3, 10)):
        if open_ and (draw.random() < 0.5 or run.asked >= 5):
            number = draw.choice(list(open_))
            kind, seen = open_.pop(number)
            if kind is P.Read:
                run.answer("a", number, P.Values, draw.choice((seen, held, seen, (0,))))
            else:
                run.answer("a", number, draw.choice((P.Written, P.Written, P.Unknown, P.Failed)))
        elif run.asked < 5:
            kind = draw.choice((P.Read, P.Write, P.Read, P.Delete))
            number = run.ask("a", kind, *([draw.randrange(2)] if kind is P.Write else []))
            if kind is not P.Read and draw.random() < 0.8:
                held = (run.records[-1][5].value,) if kind is P.Write else ()
            open_[number] = (kind, held)
    return run


def test_the_fold_and_the_search_agree():
    draw, words = random.Random("fold"), {True: 0, False: 0}
    for _ in range(4_000):
        trace, fold = random_run(draw).trace, Linearizable()
        verdicts = []
        for judge in (as_one_machine, lambda trace, fold=fold: super(Linearizable, fold).judge(trace)):
            try:
                judge(trace)
                verdicts.append(True)
            except Broken:
                verdicts.append(False)
        assert verdicts[0] == verdicts[1], trace.dumps()
        words[verdicts[0]] += 1
    assert min(words.values()) > 400


# --- in time ---


def test_no_answer_a_late_one_and_a_refusal_are_told():
    run = Run("a")
    run.ask("a", P.Read)
    assert refusal(in_time(100), run).code == "no_answer"
    run.now = 200
    run.answer("a", 1, P.Values, ())
    assert refusal(in_time(100), run).code == "late"
    in_time(200).judge(run.trace)
    number = run.ask("a", P.Write, 1)
    run.answer("a", number, P.Failed)
    in_time(200).judge(run.trace)
    assert refusal(in_time(200, everyone=True), run).code == "refuses_write"
    assert refusal(in_time(200, [("c2", 2)]), run).code == "refuses_write"


@pytest.mark.parametrize("fault", ["crash", "pause"])
def test_a_replica_that_is_not_up_owes_no_answer(fault):
    run = Run("a")
    run.ask("a", P.Read)
    run.add(fault, "a", 50, None, None)
    run.add("start" if fault == "crash" else "resume", "a", 2, None, None)
    in_time(100).judge(run.trace)


def test_one_machine_may_be_indispensable_and_no_second_one():
    run = Run("a", "b", "c")
    for replica in ("b", "c"):
        run.answer(replica, run.ask(replica, P.Read), P.Unavailable)
    once = serves_without(100, {frozenset("a"): [("c1", 1)], frozenset("b"): []})
    twice = serves_without(100, {frozenset("a"): [("c1", 1)], frozenset("b"): [("c2", 2)]})
    once.judge(run.trace)
    assert refusal(twice, run).code == "majority_refuses"


def test_an_answer_without_a_majority_is_told():
    run = Run("a")
    run.read("a")
    assert refusal(refused([("c1", 1)]), run).code == "serves_in_the_minority"
    refused([("c2", 2)]).judge(run.trace)


# --- siblings ---


def test_a_value_that_nobody_wrote_is_invented():
    run = Run("a", "b")
    run.write("a", 1)
    run.read("b", 1)  # no message can have told b
    assert refusal(nothing_lost, run).code == "invented"


def test_a_concurrent_write_replaces_nothing():
    run = Run("a", "b")
    run.write("a", 1)
    run.write("b", 2)
    run.tell("a", "b")
    run.tell("b", "a")
    run.read("b", 2, 1)
    nothing_lost(run.trace)
    run.read("a", 2)
    assert refusal(nothing_lost, run).code == "sibling_lost"


def test_what_replaced_a_value_must_be_there_itself():
    run = Run("a", "b")
    run.write("a", 1)
    run.tell("a", "b")
    run.write("b", 2)
    run.tell("b", "a")
    run.read("a")  # 2 may have replaced 1, but where is 2?
    assert refusal(nothing_lost, run).code == "lost"
    run = Run("a", "b")
    run.write("a", 1)
    run.tell("a", "b")
    run.write("b", 2)
    run.delete("b")
    run.tell("b", "a")
    run.read("a")
    nothing_lost(run.trace)


def test_a_write_without_an_answer_replaces_nothing_unless_it_is_seen():
    run = Run("a")
    run.write("a", 1)
    run.ask("a", P.Write, 2)  # and the replica crashes
    run.read("a", 1)
    for judge in (nothing_lost, nothing_comes_back):
        judge(run.trace)
    run.read("a")
    assert refusal(nothing_lost, run).code == "lost"
    run = Run("a")
    run.write("a", 1)
    run.ask("a", P.Write, 2)
    run.read("a", 2)
    for judge in (nothing_lost, nothing_comes_back):
        judge(run.trace)
    run.read("a", 1, 2)
    assert refusal(nothing_comes_back, run).code == "comes_back"


def test_a_write_that_may_have_known_may_replace():
    run = Run("a", "b")
    run.write("a", 1)
    run.tell("a", "b")
    run.write("b", 2)  # whether b has taken over 1 by now, nobody can say
    run.tell("b", "a")
    run.read("a", 2)
    nothing_lost(run.trace)
    nothing_comes_back(run.trace)


def test_what_was_shown_and_deleted_does_not_come_back():
    run = Run("a", "b")
    run.write("a", 1)
    run.tell("a", "b")
    run.read("b", 1)
    run.delete("b")
    nothing_comes_back(run.trace)
    run.read("b", 1)
    assert refusal(nothing_comes_back, run).code == "deleted_comes_back"


def test_a_value_beside_the_one_that_replaced_it():
    run = Run("a", "b")
    run.write("a", 1)
    run.write("a", 2)
    run.tell("a", "b")
    run.read("b", 1, 2)
    assert refusal(nothing_comes_back, run).code == "shown_beside_its_successor"


def test_falsy_values_are_values():
    for value in (0, "", None, False):
        run = Run("a")
        run.write("a", value)
        run.read("a")
        assert refusal(nothing_lost, run).code == "lost"


def test_in_the_end_all_show_the_same():
    run = Run("a", "b")
    run.write("a", 1)
    run.tell("a", "b")
    run.now = 99
    run.read("a", 1)
    assert refusal(converges("ab", 100), run).code == "no_answer"
    run.read("b", 1)
    converges("ab", 100).judge(run.trace)
    shows("ab", 100, 1).judge(run.trace)
    run.read("b")
    assert refusal(converges("ab", 100), run).code == "lost"
    assert refusal(shows("ab", 100, 1), run).code == "other_values"


def test_in_the_end_nothing_that_was_replaced_is_left():
    run = Run("a", "b")
    run.write("a", 1)
    run.tell("a", "b")
    run.delete("a")
    run.now = 99
    run.read("a")
    run.read("b", 1)
    assert refusal(converges("ab", 100), run).code == "still_there"


def test_a_write_without_an_answer_may_be_anywhere_but_is_the_same_everywhere():
    run = Run("a", "b")
    run.ask("a", P.Write, 1)
    run.tell("a", "b")
    run.now = 99
    run.read("a")
    run.read("b", 1)
    assert refusal(converges("ab", 100), run).code == "differ"


def test_values_must_be_unique_in_a_run():
    run = Run("a")
    run.write("a", 1)
    run.write("a", 1)
    with pytest.raises(Misuse, match="another value"):
        nothing_lost(run.trace)
