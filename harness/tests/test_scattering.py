"""A class is graded on a real Dask cluster of two workers, and the results are the same bytes as on one machine."""

import json
import subprocess
import sys
import time

import pytest

from harness.tests.course_copy import ROOT
from harness.tests.test_collect import REFERENCE, STUB, contents, environment, forged, hand_in, run

SECONDS = 60


@pytest.fixture
def scheduler(tmp_path):
    """The address of a scheduler with two workers, each a process of its own, started as the manual says."""
    where = tmp_path / "scheduler.json"
    started = [start("scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", where)]
    deadline = time.monotonic() + SECONDS
    try:
        while not where.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        address = json.loads(where.read_text(encoding="utf-8"))["address"]
        for name in ("one", "two"):
            folder = ("--local-directory", tmp_path / name)
            started.append(start("worker", address, "--nthreads", "1", "--no-dashboard", "--name", name, *folder))
        yield address
    finally:
        for process in started:
            process.kill()
            process.wait()


def start(kind, *args):
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([sys.executable, "-m", f"distributed.cli.dask_{kind}", *map(str, args)], cwd=ROOT, env=environment(), **quiet)


def test_a_cluster_makes_the_same_marks(scheduler, tmp_path):
    hand_in(tmp_path / "class/ada", REFERENCE)
    for name in ("bob", "cat"):
        hand_in(tmp_path / "class" / name, STUB, forged())
    status, said = run(tmp_path / "class", tmp_path / "there", "--scheduler", scheduler, COURSE_SEED="s")
    assert status == 0, said
    status, said = run(tmp_path / "class", tmp_path / "here", COURSE_SEED="s")
    assert status == 0, said
    assert contents(tmp_path / "there") == contents(tmp_path / "here")


def test_a_scheduler_that_does_not_answer_is_said_in_one_sentence(tmp_path):
    hand_in(tmp_path / "class/ada", STUB)
    status, said = run(tmp_path / "class", tmp_path / "out", "--scheduler", "tcp://127.0.0.1:9")
    assert status == 2 and "no Dask scheduler answers" in said and "Traceback" not in said
