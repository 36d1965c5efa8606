"""How checks run, and how one ends whose promise does not hold."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

from harness.errors import Broken
from harness.node import Process
from harness.simulation import Transport
from harness.trace import Record, Trace

SEEDS_PER_FAMILY = 1_000_003
"""Family n begins with seed n times this."""


class PromiseBroken(AssertionError):
    """A check's promise does not hold for this submission.

    Args:
        broken: what broke, and how.
        trace: the shortest run found that breaks it.
        property: name of the property.
        shape: how it broke, beyond the code; see `shape_of`. Shrinking does not change it.
    """

    def __init__(self, broken: Broken, trace: Trace, property: str = "", shape: str = "") -> None:
        super().__init__(broken.text)
        self.broken = broken
        self.trace = trace
        self.property = property
        self.shape = shape


def variant(seed: int) -> int:
    """Return which scenario of its family a seed is: 0, 1, 2 … What is chosen by it is the same in every family."""
    return seed % SEEDS_PER_FAMILY


@contextmanager
def scene(name: str) -> Iterator[None]:
    """Name what a part of a check tries: what breaks in it says so at the end of its code. For a `with`, or around a function.

    Args:
        name: a slug of the circumstances, such as `after_a_crash`; never of what a program may have done wrong.
    """
    try:
        yield
    except PromiseBroken as error:
        error.broken.code += f":{name}"
        raise


def play_one(submission: Any, seed: int, plays: Sequence[tuple[Any, ...]]) -> None:
    """Play one of several scenarios, the next one with each seed. Which one fails is a part of how a program fails.

    Args:
        plays: a function `play(submission, seed, *details)` and its details, for each.
    """
    chosen = plays[variant(seed) % len(plays)]
    play, *details = chosen
    with scene(f"{play.__name__}:{plays.index(chosen)}"):
        play(submission, seed, *details)


def shape_of(trace: Trace, broken: Broken) -> str:
    """Return what kinds of records prove that a promise broke and, for a shortest schedule, a digest of its steps.

    Programs with the same misconception break a promise with the same messages, whatever the names and times in the run are. What did
    not happen has none.
    """
    proof = dict.fromkeys(_kind(trace[index]) for index in broken.proof)
    shape = "+".join(list(proof)[:4]) or "-"
    if trace.header.get("timed", True):
        return shape
    return f"{shape}:{zlib.crc32(' '.join(map(_kind, trace)).encode()):08x}"


def _kind(record: Record) -> str:
    return record.name or (f"{record.kind}_{record.other}" if record.kind in ("call", "fire") else record.kind)


@dataclass(frozen=True)
class Setting:
    """How checks run: who hosts the nodes, whether a failing run is worth shrinking, and who is shown every run."""

    transport: Transport = Process
    shrinks: bool = True
    saw: Callable[[Trace], None] = lambda trace: None

    def watched(self, by: Callable[[Trace], None]) -> Setting:
        """Return the same setting, in which `by` is shown every run too."""

        def saw(trace: Trace) -> None:
            self.saw(trace)
            by(trace)

        return replace(self, saw=saw)


setting: ContextVar[Setting] = ContextVar("setting", default=Setting())
