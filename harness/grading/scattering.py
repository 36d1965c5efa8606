"""The same grading on many machines: `course collect --scheduler tcp://…` hands each submission to a Dask worker.

A worker needs this course installed, in this version, and Linux. It is sent the checks and the text of a submission, never a path,
grades in the same sandbox, and sends a report back. Whoever can reach the scheduler can read the checks: keep it on a private network.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any

from harness.catalogue import Exercise
from harness.errors import Misuse
from harness.grading.collect import Course, not_graded
from harness.grading.judge import fingerprint
from harness.grading.snapshot import Snapshot, grade_snapshot
from harness.grading.verdicts import Report

SECONDS_TO_CONNECT = 10


class Cluster:
    """Grades on the workers of a Dask scheduler; call it as `collect` calls a grader.

    Args:
        address: of the scheduler, e.g. `tcp://10.0.0.7:8786`.
    """

    def __init__(self, address: str) -> None:
        self.address = address

    def __call__(self, course: Course, exercises: Sequence[Exercise], snapshots: Sequence[Snapshot]) -> Iterator[tuple[Snapshot, Report]]:
        """Give the reports as workers finish them.

        Raises:
            Misuse: Dask is not installed, the scheduler cannot be reached, or a worker has another version of the course.
        """
        try:
            distributed: Any = importlib.import_module("distributed")
        except ImportError as error:
            raise Misuse("--scheduler needs the extra `dask`: pip install -e '.[dask]' -c requirements.lock") from error
        with ExitStack() as stack:
            try:
                client = stack.enter_context(distributed.Client(self.address, timeout=SECONDS_TO_CONNECT))
            except OSError as error:
                raise Misuse(f"no Dask scheduler answers at {self.address}") from error
            others = {name for name, version in client.run(fingerprint).items() if version != fingerprint()}
            if others:
                raise Misuse(f"another version of the course is installed on {', '.join(sorted(others))}; its marks could differ")
            sent = client.scatter(course, broadcast=True) if snapshots else None
            tasks = {client.submit(graded, sent, each, pure=False): each for each in snapshots}
            for task in distributed.as_completed(list(tasks)):
                taken, failure = tasks[task], task.exception()
                yield taken, not_graded(taken, exercises, failure) if failure else task.result()


def graded(course: Course, snapshot: Snapshot) -> Report:
    """Grade one submission on a worker, on all processors that the worker may use."""
    with course.laid_out() as exercises:
        return grade_snapshot(snapshot, exercises, seed=course.seed, jobs=len(os.sched_getaffinity(0)))
