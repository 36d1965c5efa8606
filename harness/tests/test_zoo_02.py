"""What exploration proves about the zoo of 02_cap_register: how short the shortest schedule of a misconception is in CP mode, and that
our own solution looks like one machine in every order within the same bounds."""

from pathlib import Path

import pytest

from harness import catalogue
from harness.checks.register import Linearizable
from harness.diagnosis import read_wrong
from harness.exploration import Bounds, Exploration, explore
from harness.faults import Call, Faults
from harness.loading import load_given
from harness.node import Spec
from harness.running import submission_of
from harness.simulation import World

EXERCISE = catalogue.exercise("02", Path(__file__).parents[2])
GIVEN = {"mode": "CP", "deadline_ms": 500, "sync_ms": 100}
PROTOCOL = load_given("cap_register_protocol", EXERCISE.folder / "cap_register_protocol.py")
WRITE = Call("c1", 0, "a", PROTOCOL.Write(1, 1))
READ = Call("c2", 0, "b", PROTOCOL.Read(2))
LATER = Call("c3", 0, "c", PROTOCOL.Read(3))


def group(path, calls, bounds) -> Exploration:
    """Explore three replicas that are asked these questions."""
    submission = submission_of(EXERCISE, path)
    nodes = tuple(Spec(name, submission.Replica, GIVEN) for name in "abc")
    return explore(World(nodes, faults=Faults(happenings=calls)), [Linearizable()], bounds)


SETTINGS = {
    "calm": ((WRITE, READ), Bounds(timers=0), "exhausted"),
    "timer": ((WRITE, READ), Bounds(timers=1, depth=11), "ran out"),
    "crash": ((WRITE, READ), Bounds(timers=0, crashes=1, depth=12), "ran out"),
    "two readers": ((WRITE, READ, LATER), Bounds(timers=0, depth=9), "ran out"),
}
"""Questions, bounds, and how far our own solution can be explored within them."""

WHERE = {
    "p01_majority_n_half": "calm",
    "p03_quorum_of_the_reachable": "timer",
    "p04_reads_locally": "calm",
    "p08_silence_is_consent": "timer",
    "p12_timeout_is_failure": "timer",
    "p14_nothing_instead_of_no": "timer",
    "p23_answers_before_saving": "crash",
    "x03_no_write_back": "two readers",
    "x04_never_saves": "crash",
    "x10_failed_but_goes_on": "timer",
    "x11_answers_twice": "timer",
    "x12_written_too_soon": "calm",
    "x18_forgets_at_restart": "crash",
    "x38_failed_is_polite": "timer",
}
"""Where a schedule is looked for; the bounds leave out nothing shorter than what is found."""


def wrong(name):
    return EXERCISE.solution / "wrong" / f"{name}.py"


@pytest.mark.parametrize("name", WHERE)
def test_steps_are_those_of_a_shortest_schedule(name):
    calls, bounds, _ = SETTINGS[WHERE[name]]
    found = group(wrong(name), calls, bounds)
    assert found.verdict == "violated"
    assert found.steps == read_wrong(wrong(name)).steps


def test_every_stated_number_of_steps_is_proven():
    stated = {path.stem for path in (EXERCISE.solution / "wrong").glob("*.py") if read_wrong(path).steps is not None}
    assert stated == set(WHERE)


@pytest.mark.parametrize("setting", SETTINGS)
def test_our_own_solution_looks_like_one_machine_in_every_order(setting):
    calls, bounds, verdict = SETTINGS[setting]
    assert group(EXERCISE.solution / "cap_register.py", calls, bounds).verdict == verdict
