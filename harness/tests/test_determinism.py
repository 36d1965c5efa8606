"""Same world, same bytes: across Python versions, processes and hash seeds. Another seed, other bytes."""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from harness.faults import Faults
from harness.simulation import simulate
from harness.tests.battery import everything, world

BATTERY = Path(__file__).with_name("battery.py")
ROOT = Path(__file__).parents[2]


@cache
def interpreters():
    """Return every CPython from 3.11 to 3.14 on this machine, by version."""
    candidates = [sys.executable]
    candidates += [found for minor in range(11, 15) if (found := shutil.which(f"python3.{minor}"))]
    candidates += sorted(map(str, Path.home().glob(".pyenv/versions/3.1[1-4].*/bin/python")))
    found = {}
    for path in candidates:
        asked = subprocess.run([path, "-Ic", "import sys; print(*sys.version_info[:2])"], capture_output=True, text=True, check=False)
        if asked.returncode == 0:
            found.setdefault(tuple(map(int, asked.stdout.split())), path)
    return {version: path for version, path in found.items() if (3, 11) <= version <= (3, 14)}


@cache
def digests(python, hash_seed, seed):
    """Run the battery in a fresh process. `-I` would ignore PYTHONHASHSEED, so `-s -P` stand in for it."""
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONHASHSEED": hash_seed}
    run = subprocess.run(
        [python, "-s", "-P", str(BATTERY), str(ROOT), seed], env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert run.returncode == 0, run.stderr
    return tuple(run.stdout.splitlines())


def test_the_running_interpreter_is_among_those_compared():
    assert sys.version_info[:2] in interpreters()


@pytest.mark.parametrize("hash_seed", ["0", "1", "random"])
def test_traces_are_the_same_bytes_under_every_hash_seed(hash_seed):
    assert digests(sys.executable, hash_seed, "7") == digests(sys.executable, "0", "7")


def test_traces_are_the_same_bytes_on_every_python():
    assert {version: digests(path, "0", "7") for version, path in interpreters().items()} == dict.fromkeys(
        interpreters(), digests(sys.executable, "0", "7")
    )


def test_another_seed_gives_other_bytes():
    ours, others = digests(sys.executable, "0", "7"), digests(sys.executable, "0", "8")
    for one, other in zip(ours, others, strict=True):
        assert one.startswith("explore") or one != other


def test_the_battery_uses_every_kind_of_record():
    kinds = {record.kind for record in simulate(world("7", everything(["n0", "n1", "n2", "n3"])))}
    words = "start send deliver lose set fire cancel write commit crash pause resume step cut heal"
    assert kinds == set(words.split())


def test_runs_in_one_process_do_not_disturb_each_other():
    first = simulate(world(3, Faults(loss_ratio=0.1))).dumps()
    simulate(world(4))
    assert simulate(world(3, Faults(loss_ratio=0.1))).dumps() == first
