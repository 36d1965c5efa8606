"""What test files import. A check is a function `test_<id>(submission)` that says what must hold; the same file runs against
stub, reference, right and wrong programs, in this process or in a sandboxed one.

    from harness.testing import Always, Faults, World, Spec, scenarios, verify

    @scenarios(200)
    def test_one_leader_per_term(submission, seed):
        verify(election(submission, seed), OneLeaderPerTerm())

A timed world goes to `verify`, a small system in every order to `verify_every_order`, and an exercise without a network to
`verify_calls`. Each raises `PromiseBroken` with a shrunk run that a story and a diagram can be told from.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from harness.errors import Broken, Inconclusive, Misuse
from harness.exploration import Bounds, explore
from harness.faults import Call, ClockStep, Crash, Deliver, Drop, Faults, OneWayCut, Partition, Pass, Pause, Rule, chaos
from harness.loading import Kept, Submission
from harness.message import fields_of, message
from harness.node import Node, Spec
from harness.properties import Always, Eventually, Holds, Sometimes
from harness.simulation import World, simulate
from harness.testing.playing import Play, verify_calls
from harness.testing.setting import PromiseBroken, Setting, play_one, scene, setting, variant
from harness.testing.verifying import verify, verify_every_order
from harness.trace import Record, Trace

Check = TypeVar("Check", bound=Callable[..., None])


def scenarios(count: int) -> Callable[[Check], Check]:
    """Run a check `test_x(submission, seed)` for this many seeds; it fails at the first that fails."""

    def mark(check: Check) -> Check:
        check.scenarios = count  # type: ignore[attr-defined]
        return check

    return mark


def names(seed: object, count: int) -> tuple[str, ...]:
    """Return node names that no program can have guessed: another seed gives others, in another order."""
    draw = random.Random(f"names/{seed}")
    return tuple(draw.sample(_NAMES, count))


_NAMES = (
    "ada",
    "bob",
    "cat",
    "dan",
    "eve",
    "fay",
    "gus",
    "hal",
    "ivy",
    "jim",
    "kim",
    "leo",
    "mia",
    "ned",
    "oda",
    "pat",
    "roy",
    "sue",
    "tom",
    "uma",
)


__all__ = [
    "Always",
    "Bounds",
    "Broken",
    "Call",
    "ClockStep",
    "Crash",
    "Deliver",
    "Drop",
    "Eventually",
    "Faults",
    "Holds",
    "Inconclusive",
    "Kept",
    "Misuse",
    "Node",
    "OneWayCut",
    "Partition",
    "Pass",
    "Pause",
    "Play",
    "PromiseBroken",
    "Record",
    "Rule",
    "Setting",
    "Sometimes",
    "Spec",
    "Submission",
    "Trace",
    "World",
    "chaos",
    "explore",
    "fields_of",
    "message",
    "names",
    "play_one",
    "replace",
    "scenarios",
    "scene",
    "setting",
    "simulate",
    "variant",
    "verify",
    "verify_calls",
    "verify_every_order",
]
