"""Programs of exercise 06 that look wrong and are not: every order of small groups says so.

Each belongs to a row of the zoo, or to one that a reader would add. If one of these tests fails, the program goes back to `wrong/`.
"""

from pathlib import Path

import pytest

from harness import catalogue
from harness.checks.clocks import EntriesAreAsked, EntriesInOrder, OneInside
from harness.exploration import Bounds, explore
from harness.loading import load_given
from harness.node import Spec
from harness.properties import Sometimes
from harness.running import submission_of
from harness.simulation import World

ROOT = Path(__file__).parents[2]
GROUPS = (((1, 0), (1, 0)), ((1, 1), (1, 0)), ((2, 0), (1, 0)), ((2, 0), (2, 0)), ((1, 0), (1, 0), (0, 0)))
LOOK_WRONG = ("pops_the_head", "equal_stamp_is_late_enough", "looks_only_on_answers", "skips_needless_answers", "g_ricart_agrawala_1981")


def darkroom(program, asks):
    exercise = catalogue.exercise("06", ROOT)
    person = load_given("lamport_clock_protocol", exercise.folder / "lamport_clock_protocol.py").Person
    submission = submission_of(exercise, exercise.solution / "right" / f"{program}.py")
    nodes = ("n1", "n2", "n3")[: len(asks)]
    specs = [Spec(node, submission.MutexNode, {"user": f"p{node}"}, tuple(other for other in nodes if other != node)) for node in nodes]
    for node, (at_once, again) in zip(nodes, asks, strict=True):
        specs.append(Spec(f"p{node}", person, {"node": node, "asks_ms": (0,) * at_once, "again": again, "work_ms": 0}, ()))
    return World(tuple(specs))


@pytest.mark.parametrize("asks", GROUPS)
@pytest.mark.parametrize("program", LOOK_WRONG)
def test_equivalent_in_every_order(program, asks):
    everybody = [
        Sometimes(f"p{number} in", lambda r, n=number: r.kind == "deliver" and r.name == "Enter" and r.node == f"pn{n}")
        for number in (1, 2)
    ]
    found = explore(darkroom(program, asks), (OneInside(), EntriesInOrder(), EntriesAreAsked(), *everybody), Bounds(network="fifo"))
    assert (found.verdict, found.unreached) == ("exhausted", ())
