"""Every way in which a check can end has its verdict, and says where in the student's file it happened."""

import pytest

from harness import catalogue
from harness.errors import Broken, Misuse, Nondeterministic
from harness.running import load_checks, replay, run_check, run_exercise, seeds_of, submission_of
from harness.testing import Inconclusive, PromiseBroken, Setting, scenarios, scene
from harness.testing.setting import shape_of
from harness.tests.course_copy import ROOT, copy_of_the_course
from harness.trace import Trace


@pytest.fixture
def course(tmp_path):
    return copy_of_the_course(tmp_path)


@pytest.fixture
def exercise(course):
    return catalogue.exercise("00", course.root)


def outcome(exercise, check):
    return run_check(exercise, exercise.checks[0], check, submission_of(exercise, exercise.folder))


def raising(error):
    def check(submission):
        raise error

    return check


@pytest.mark.parametrize(
    "error, way",
    [
        (PromiseBroken(Broken("it broke", code="two"), Trace([])), "wrong:two"),
        (Broken("it broke", code="two"), "wrong:two"),
        (Inconclusive("the budget was spent"), "inconclusive"),
        (Nondeterministic("two answers"), "nondeterministic"),
    ],
)
def test_what_a_check_raises_has_a_verdict(exercise, error, way):
    assert outcome(exercise, raising(error)).way == way


def test_what_breaks_in_a_scene_has_its_name_in_the_code(exercise):
    @scene("after_a_crash")
    def breaks(submission):
        raise PromiseBroken(Broken("it broke", code="two"), Trace([]), shape="Read+Values")

    def check(submission):
        with scene("calm"):
            pass
        breaks(submission)

    assert outcome(exercise, check).way == "wrong:two:after_a_crash:Read+Values"
    assert outcome(exercise, scene("calm")(raising(Inconclusive("the budget was spent")))).way == "inconclusive"


@pytest.mark.parametrize("error", [KeyError("x"), MemoryError(), RecursionError()])
def test_a_bug_in_a_check_or_a_small_machine_is_not_the_students_fault(exercise, error):
    with pytest.raises(type(error)):
        outcome(exercise, raising(error))


def test_a_program_that_fills_the_memory_is(course, exercise):
    course.change("self.waiting_for = 1", "self.waiting_for = bytearray(1 << 62)")
    assert {result.verdict for result in run_exercise(exercise, exercise.folder)} == {"memory"}


def test_a_check_that_returns_is_a_pass_and_has_its_points(exercise):
    found = outcome(exercise, lambda submission: None)
    assert found.passed and found.text == "" and found.place == "" and found.points == found.max_points


def test_the_stub_is_not_attempted_and_the_reference_passes(exercise):
    assert {result.verdict for result in run_exercise(exercise, exercise.folder)} == {"not_attempted"}
    results = run_exercise(exercise, exercise.solution)
    assert [result.check for result in results] == [check.id for check in exercise.checks]
    assert all(result.passed for result in results)


@pytest.mark.parametrize(
    "old, new, place, said",
    [
        ("def on_pong(self, sender: str, pong: Pong)", "def on_pong(self)", "def on_pong", "write def on_pong(self, sender, pong)"),
        ("def on_start(self)", "def on_start(self, now)", "def on_start", "write def on_start(self)"),
        ("def retry(self, seq: int)", "def retry(self)", "def retry", "a timer's method takes what"),
        ("Ping(seq)", "Ping()", "Ping()", "give each field of Ping one value; which fields it has is said where"),
        ("Ping(seq)", "Ping(seq, 2)", "Ping(seq, 2)", "give each field of Ping one value"),
        ("class PingClient(Node)", "class PingClient", "class PingClient", "is not a node"),
        ("self.waiting_for = 1", "self.waiting_for = (1 for _ in ())", "self.waiting_for = (1", "a generator"),
        ("self.waiting_for += 1", "self.waiting_for += one", "self.waiting_for += one", "NameError"),
    ],
)
def test_a_mistake_is_placed_in_the_students_file(course, exercise, old, new, place, said):
    course.change(old, new)
    failed = next(result for result in run_exercise(exercise, exercise.folder) if not result.passed)
    number = next(number for number, line in enumerate(course.stub.read_text(encoding="utf-8").splitlines(), 1) if place in line)
    assert failed.verdict in ("exception", "load_error") and said in failed.text
    assert failed.place == f"ping.py:{number}"


@pytest.mark.parametrize(
    "old, new, said",
    [
        ("def tick(self, physical_ms)", "def tick(self)", "give tick the parameters that the stub had"),
        ("def __init__(self, max_drift_ms, saved)", "def __init__(self, max_drift_ms)", "give HybridClock(...) what its __init__ takes"),
    ],
)
def test_where_there_are_no_nodes_nobody_is_told_of_timers(tmp_path, old, new, said):
    result = checked(tmp_path, "08", "local_events", (old, new))
    assert result.verdict == "exception" and said in result.text and "self.after" not in result.text


def test_what_stands_in_for_a_function_and_raises_is_the_students_mistake(tmp_path):
    cached = ("def compare(a, b):", "import functools\n\n\n@functools.cache\ndef compare(a, b):")
    result = checked(tmp_path, "07", "any_history", cached)
    assert result.verdict == "exception" and result.code == "TypeError" and "unhashable" in result.text


def test_a_run_that_an_exception_ended_is_kept_until_then(course, exercise):
    course.change("self.waiting_for += 1", "self.waiting_for += one")
    failed = next(result for result in run_exercise(exercise, exercise.folder) if result.place)
    assert failed.verdict == "exception" and failed.trace[-1].name == "Pong"


def test_seeds_come_in_families_that_do_not_overlap():
    @scenarios(3)
    def check(submission, seed):
        return None

    assert seeds_of(check) == [0, 1, 2]
    assert not set(seeds_of(check, 1, 1000)) & set(seeds_of(check, 2, 1000))
    assert seeds_of(lambda submission: None, 7) == [None]


def test_a_submission_is_found_as_file_folder_or_folder_of_folders(exercise):
    for path in (exercise.folder, exercise.stub, exercise.folder.parent):
        assert submission_of(exercise, path).path == exercise.stub


def test_a_test_without_an_entry_and_a_missing_test_file_are_misuse(exercise):
    exercise.public_tests.write_text(
        exercise.public_tests.read_text(encoding="utf-8") + "\ndef test_more(submission): ...\n", encoding="utf-8"
    )
    with pytest.raises(catalogue.CatalogueError, match="has no check 'more'"):
        load_checks(exercise)
    exercise.public_tests.unlink()
    with pytest.raises(Misuse, match="is missing"):
        load_checks(exercise)


def test_a_replay_id_names_the_very_run(course, exercise):
    course.change("            self.ping(seq)\n", "            pass\n")
    failed = next(result for result in run_exercise(exercise, exercise.folder) if result.seed is not None and not result.passed)
    again = replay(failed.replay_id, None, course.root)
    assert again.trace.dumps() == failed.trace.dumps() and again.text == failed.text


@pytest.mark.parametrize("name, said", [("00", "looks like"), ("00.answered.x", "looks like"), ("00.nothing.1", "has no check")])
def test_an_id_that_names_nothing_is_refused(course, name, said):
    with pytest.raises((Misuse, catalogue.CatalogueError), match=said):
        replay(name, None, course.root)


def test_a_hidden_check_cannot_be_replayed_where_it_is_not(course):
    for path in (course.root / "solutions/00_ping/hidden").glob("*.py"):
        path.unlink()
    with pytest.raises(Misuse, match="decided at grading"):
        replay("00.one_at_a_time.1", None, course.root)


def checked(tmp_path, number, check, change):
    """Return the result of a check of an exercise on our own solution, with one thing in it changed."""
    exercise = catalogue.exercise(number, ROOT)
    text = (exercise.solution / exercise.stub.name).read_text()
    assert text.count(change[0]) == 1
    path = tmp_path / exercise.stub.name
    path.write_text(text.replace(*change))
    return run_check(exercise, exercise.check(check), load_checks(exercise)[check], submission_of(exercise, tmp_path), [0, 1])


@pytest.mark.parametrize("check", ["first_grant", "one_holder"])
def test_a_message_with_its_fields_mixed_up_is_the_programs_fault(tmp_path, check):
    result = checked(tmp_path, "03", check, ("Granted(request.lock, token, ", "Granted(token, request.lock, "))
    assert (result.verdict, result.points) == ("protocol", 0)
    assert result.text.startswith("Granted.lock is a int, which no lock of a Granted should be")


@pytest.mark.parametrize("change", [("    return sorted(events)", "    sorted(events)"), ("    return sorted(events)", "    return 7")])
def test_a_function_that_forgets_to_return_its_list_is_told_so(tmp_path, change):
    result = checked(tmp_path, "06", "total_order", change)
    assert result.way.startswith("wrong:no_list")
    assert "it returns the events, as a list" in result.text


@pytest.mark.parametrize("returned", ["None", "3.5", '("many",)'])
def test_a_method_that_a_given_class_asks_and_that_returns_something_else_is_told_so(tmp_path, returned):
    result = checked(tmp_path, "10", "majority_first", ("return self.log_term, len(self.log)", f"return {returned}"))
    assert result.way == "exception:Mistake"
    assert "it returns a tuple of whole numbers" in result.text


def test_how_a_check_fails_does_not_depend_on_what_ran_before():
    exercise = catalogue.exercise("06", ROOT)
    path = exercise.solution / "wrong" / "one_counter_for_all.py"
    functions = load_checks(exercise)
    few = {name: functions[name] for name in ("local_events", "own_machine")}
    alone = run_exercise(exercise, path, {"own_machine": functions["own_machine"]}, count=2, using=Setting(shrinks=False))
    later = run_exercise(exercise, path, few, count=2, using=Setting(shrinks=False))
    assert alone[-1].way == later[-1].way == "wrong:shared:call_tick"


def test_what_did_not_happen_is_not_told_apart_by_what_led_to_nothing():
    trace = Trace([(0, "crash", "ada", None, None, None)])
    assert shape_of(trace, Broken("nobody noticed", records=(0,), by_ms=9)) == "-"
    assert shape_of(trace, Broken("it crashed", records=(0,))) == "crash"
