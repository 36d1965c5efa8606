"""What a student reads: exact about success, within 80 columns, and no more of a hidden check than they may know."""

from pathlib import Path

import pytest

from harness.catalogue import Check, Exercise
from harness.errors import Broken
from harness.running import Result
from harness.telling import hints, speakable, standing, tell, tell_hidden
from harness.testing import PromiseBroken
from harness.trace import Trace
from harness.whereabouts import Spot

LONG = "a promise that goes on for longer than any line of a terminal can be, so that it has to be folded somewhere " * 2


def exercise(public=6, hidden=7, points=True):
    checks = [Check(f"public_{n}", LONG, 5 if n else 15, hint="Look at the first.", anchor="#here") for n in range(public)]
    checks += [Check(f"hidden_{n}", LONG, 8 if n else 12, "sealed", hint="Look at the second.") for n in range(hidden)]
    if not points:
        checks = [Check(check.id, check.promise, 0, check.visibility) for check in checks]
    root = Path("/nowhere")
    return Exercise("03_lock", "A lock", "lock", (), "03-lock", "", 30, tuple(checks), root / "exercises/03_lock", root)


def results(of, failing=(), only=None, verdict="wrong"):
    return [
        Result(
            of.slug,
            check.id,
            verdict if check.id in failing else "pass",
            0 if check.id in failing else check.points,
            check.points,
            text="x",
        )
        for check in of.checks
        if (check.public if only is None else check.id in only)
    ]


def test_success_is_told_exactly():
    lock = exercise()
    assert standing(lock, results(lock)) == "all 6 public checks hold; 7 hidden ones, 60 of 100 points, are decided at grading"


@pytest.mark.parametrize(
    "of, failing, only, said",
    [
        (
            exercise(),
            ["public_1"],
            None,
            "5 of 6 public checks hold (35 of 40 points); 7 hidden ones, 60 of 100 points, are decided at grading",
        ),
        (exercise(1, 1), [], None, "the only public check holds; 1 hidden one, 12 of 27 points, is decided at grading"),
        (exercise(3, 2, points=False), [], None, "all 3 public checks hold; 2 hidden ones are decided at grading"),
        (exercise(3, 0), [], None, "all 3 public checks hold"),
        (
            exercise(),
            [],
            ["public_0"],
            "1 of 1 public check that ran holds; there are 6 of them; 7 hidden ones, 60 of 100 points, are decided at grading",
        ),
        (
            exercise(),
            ["public_0"],
            ["public_0", "public_1", "public_2"],
            "2 of 3 public checks that ran hold (10 of 25 points); there are 6 of them; "
            "7 hidden ones, 60 of 100 points, are decided at grading",
        ),
        (exercise(0, 2), [], ["hidden_0", "hidden_1"], "all 2 hidden checks hold"),
        (exercise(0, 1), ["hidden_0"], ["hidden_0"], "0 of 1 hidden check holds (0 of 12 points)"),
        (exercise(0, 2), ["hidden_0"], ["hidden_0", "hidden_1"], "1 of 2 hidden checks holds (8 of 20 points)"),
        (exercise(0, 2), [], [], "2 hidden checks, 20 of 20 points, are decided at grading"),
    ],
)
def test_what_is_known_and_what_is_not(of, failing, only, said):
    assert standing(of, results(of, failing, only)) == said


def broken(check="public_1", **more):
    error = PromiseBroken(Broken("it broke → here", code="two"), Trace([]))
    return Result("03_lock", check, "wrong", 0, 5, text="it broke → here", error=error, **more)


def test_a_story_fits_the_screen_and_has_its_parts_in_order():
    text = tell(exercise(), broken())
    assert all(len(line) <= 80 for line in text.splitlines())
    places = [text.index(label) for label in ("Promised:", "Broken:", "Hint:", "Lesson:")]
    assert places == sorted(places)
    assert "docs/lessons/03-lock.md#here" in text


def test_a_hidden_check_tells_nothing_that_the_submission_said():
    result = Result("03_lock", "hidden_1", "exception", 0, 5, text="secret scenario 42", place="lock.py:1")
    text = tell_hidden(exercise(), result)
    assert "secret" not in text and "lock.py" not in text and "Verdict:  exception" in text


def raised(check="public_1", records=30):
    error = KeyError("7")
    error.so_far = Trace([(10 * n, "fire", "ada", n, f"step_{n}", ()) for n in range(records)])
    spots = (
        Spot(3, "on_a", "self.b()"),
        Spot(7, "b", f"first, second = self.{'known' * 12}[key] if key in self.known else (None, {'None, ' * 20})"),
    )
    return Result("03_lock", check, "exception", 0, 5, "KeyError: '7'", "KeyError", spots=spots, place="lock.py:7", seed=4, error=error)


def test_an_exception_is_told_with_the_last_events_before_it_and_the_replay_id():
    text = tell(exercise(), raised())
    assert all(len(line) <= 80 for line in text.splitlines())
    places = [text.index(label) for label in ("Promised:", "What happened:", "Raised:", "Next:", "Replay:")]
    assert places == sorted(places)
    happened = text[places[1] : places[2]].strip().splitlines()[1:]
    assert len(happened) <= 6 and "step_29" in happened[-1] and "earlier events" in happened[0]
    assert "course replay 03.public_1.4 --timeline" in text and "if key in" in text


def test_an_exception_before_any_event_and_one_of_a_hidden_check_are_told_without_them():
    assert "What happened" not in tell(exercise(), raised(records=0))
    assert "What happened" not in tell(exercise(), raised("hidden_1")) and "Replay" not in tell(exercise(), raised("hidden_1"))


def test_hints_begin_after_what_is_printed_and_end_at_the_lesson():
    assert "Hint:     Look at the first." in tell(exercise(), broken())
    (only,) = hints(exercise(), broken())
    assert only.startswith("Read docs/lessons/03-lock.md#here")
    to_do = Result("03_lock", "public_1", "not_attempted", 0, 5, text="not written yet: step 1", error=NotImplementedError("step 1"))
    assert hints(exercise(), to_do) == ["Look at the first.", only]


@pytest.mark.parametrize(
    "encoding, said", [("utf-8", "a → b"), ("cp1252", "a -> b"), ("ascii", "a -> b"), (None, "a -> b"), ("no-such", "a -> b")]
)
def test_every_console_can_show_it(encoding, said):
    assert speakable("a → b", encoding) == said
