"""What exploration proves about the zoo of 01_monotonic_reads: how short the shortest schedule of a misconception is, and that
in the same settings the reference, and programs that look quite different, do nothing wrong."""

from pathlib import Path

import pytest

from harness import catalogue
from harness.checks.never_back import NeverBack, OneAnswer, TrueOutcome
from harness.diagnosis import read_wrong
from harness.exploration import Bounds, Exploration, explore
from harness.faults import Call, Faults
from harness.loading import load_given
from harness.node import Spec
from harness.running import submission_of
from harness.simulation import World

EXERCISE = catalogue.exercise("01", Path(__file__).parents[2])
PROTOCOL = load_given("monotonic_reads_protocol", EXERCISE.folder / "monotonic_reads_protocol.py")
BOTH = ("f", "g"), "p"


def read(number):
    return PROTOCOL.Read(number, "x", 4_000)


def write(number, value):
    return PROTOCOL.Write(number, "x", value, 4_000)


def database(path, replicas, calls=(), script=(), bounds=Bounds(timers=1)) -> Exploration:
    """Explore two front ends, a primary and replicas that never pull; calls go to f, and a script is what tia does, one by one."""
    submission = submission_of(EXERCISE, path)
    told = {"primary": "p", "replicas": tuple(replicas), "retry_ms": 100}
    nodes = [Spec(name, submission.FrontEnd, told, ()) for name in BOTH[0]]
    nodes += [Spec("p", PROTOCOL.Primary, {"replicas": tuple(replicas)}, ())]
    nodes += [Spec(name, PROTOCOL.Replica, {"primary": "p", "pull_ms": 0}, ()) for name in replicas]
    nodes += [Spec("tia", PROTOCOL.User, {"script": script}, ())] if script else []
    world = World(tuple(nodes), faults=Faults(happenings=tuple(Call(user, 0, "f", message) for user, message in calls)))
    return explore(world, [NeverBack(*BOTH), OneAnswer(*BOTH), TrueOutcome(*BOTH)], bounds)


def outcome(path):
    """She writes; a timer or two may go off."""
    return database(path, "r", [("tia", write(1, "a"))], bounds=Bounds(timers=2))


def writer(path):
    """She writes and reads at the same time."""
    return database(path, "r", [("tia", write(1, "a")), ("tia", read(2))])


def reader(path):
    """She reads twice, while somebody writes; there are two replicas."""
    return database(path, "rs", [("ben", write(1, "a")), ("tia", read(1)), ("tia", read(2))])


def mover(path):
    """She writes at f, moves to g, and reads there."""
    steps = ("f", write(1, "a")), ("f", PROTOCOL.Export(2)), ("g", PROTOCOL.Import(3, None)), ("g", read(4))
    return database(path, "r", script=tuple((0, *step) for step in steps))


WHERE = {
    "s01_no_session": writer,
    "s03_writes_only": reader,
    "s20_per_copy": writer,
    "s21_no_answer_is_no": outcome,
    "x01_reads_only": writer,
    "x12_token_is_a_name": mover,
    "x14_token_of_reads": mover,
    "x17_as_it_was_when_asked": writer,
    "x18_new_ticket_each_time": outcome,
    "y01_trusts_the_primary": writer,
}


def wrong(name):
    return EXERCISE.solution / "wrong" / f"{name}.py"


@pytest.mark.parametrize("name", WHERE)
def test_steps_are_those_of_a_shortest_schedule(name):
    found = WHERE[name](wrong(name))
    assert found.verdict == "violated"
    assert found.steps == read_wrong(wrong(name)).steps


def test_every_stated_number_of_steps_is_proven():
    stated = {path.stem for path in (EXERCISE.solution / "wrong").glob("*.py") if read_wrong(path).steps is not None}
    assert stated == set(WHERE)


@pytest.mark.parametrize("setting", [outcome, writer, reader, mover])
@pytest.mark.parametrize("program", ["monotonic_reads", "right/a_log_position", "right/d_remembers_values", "right/u_writes_in_turn"])
def test_right_programs_do_nothing_wrong_in_any_order(program, setting):
    assert setting(EXERCISE.solution / f"{program}.py").verdict == "exhausted"
