"""The sandboxed transport: the same traces as in process, and nothing gets out of a worker but frames."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from harness.catalogue import Exercise
from harness.errors import LoadMistake, Stuck
from harness.exploration import Bounds, explore
from harness.faults import Crash, Faults, Pause, chaos
from harness.grading import sandbox
from harness.grading.budget import Budget
from harness.grading.codec import ProtocolError
from harness.grading.hosting import SandboxedSubmission, host
from harness.grading.sandbox import Sandbox, WorkerDied
from harness.grading.submissions import Source
from harness.grading.told import StudentError
from harness.loading import Submission
from harness.node import Process, Spec
from harness.simulation import World, simulate
from harness.state import FrozenDict

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is built from Linux system calls")
EXERCISE = Exercise("99_x", "", "program", (), "", "", 1, (), Path(), Path())
GOSSIP = '''
from harness import Node, message

@message
class Rumour:
    """tells {to}: {words}"""
    words: object
    heard: object

class Gossip(Node):
    def on_start(self):
        self.known = dict(self.disk.get("known", {}))
        self.rounds = 0
        self.timer = self.after(30, self.tell, {"from": [self.id, 1.5, b"x", None, True]})

    def tell(self, words):
        self.rounds += 1
        if self.random.random() < 0.8:
            self.broadcast(Rumour(words, {"at": self.clock.wall_ms(), "since": self.clock.monotonic_ms()}))
        with self.disk.atomic():
            self.disk["known"] = self.known
            self.disk["rounds"] = self.rounds
        if self.rounds % 3 == 0:
            self.disk["odd", self.rounds] = {1, 2}
            del self.disk["odd", self.rounds]
        self.cancel(self.timer)
        self.timer = self.after(20 + self.random.randrange(20), self.tell, words)

    def on_rumour(self, sender, rumour):
        self.known[sender] = (rumour.words, rumour.heard)
        self.send(sender, Rumour(self.rounds, sorted(self.known))) if rumour.words != self.rounds and self.rounds < 5 else None
'''


@pytest.fixture(scope="module")
def box():
    with Sandbox() as opened:
        yield opened


@pytest.fixture
def sandboxed(box):
    opened = []

    def make(text, **budget):
        opened.append(SandboxedSubmission(Source(Path("program.py"), text), EXERCISE, box, Budget(**budget)))
        return opened[-1]

    yield make
    for submission in opened:
        submission.rest()


def worlds(program):
    names = ("ada", "bob", "cat")
    nodes = tuple(Spec(name, program) for name in names)
    for seed in range(4):
        happenings = chaos(seed, names, 400, crashes=3, partitions=1, pauses=1, steps=1, longest_ms=100)
        faults = Faults(loss_ratio=0.1, duplicate_ratio=0.1, skew_ms=(("ada", 40),), drift_ppm=(("bob", 900),), happenings=happenings)
        yield World(nodes, seed, faults, until_ms=600)


def test_traces_are_the_same_bytes_in_process_and_sandboxed(sandboxed, tmp_path):
    path = tmp_path / "program.py"
    path.write_text(GOSSIP)
    here, there = Submission(path, "program"), sandboxed(GOSSIP)
    pairs = list(zip(worlds(here.Gossip), worlds(there.Gossip), strict=True))
    assert len(pairs) == 4
    for ours, theirs in pairs:
        trace = simulate(ours)
        assert sum(record.kind == "crash" for record in trace) >= 1
        assert simulate(theirs, host).dumps() == trace.dumps()


def test_exploration_visits_the_same_states_in_process_and_sandboxed(sandboxed, tmp_path):
    text = GOSSIP.replace("self.rounds < 5", "self.rounds < 1")
    path = tmp_path / "program.py"
    path.write_text(text)
    bounds = Bounds(timers=3, crashes=1, streams=2, monotonic_ms=(0, 7), wall_ms=(5,), states=3_000)
    found = [
        explore(World(tuple(Spec(name, program) for name in ("ada", "bob"))), (), bounds, transport)
        for program, transport in ((Submission(path, "program").Gossip, None), (sandboxed(text).Gossip, host))
        for transport in [transport or host]
    ]
    assert found[0].states > 50
    assert (found[0].states, found[0].by_depth, found[0].calls) == (found[1].states, found[1].by_depth, found[1].calls)


def test_memory_in_slots_is_memory_in_process_and_sandboxed(sandboxed, tmp_path):
    text = GOSSIP.replace("class Gossip(Node):", 'class Gossip(Node):\n    __slots__ = ("known", "rounds", "timer")').replace("< 5", "< 1")
    path = tmp_path / "program.py"
    path.write_text(text)
    here, there, plain = Submission(path, "program"), sandboxed(text), sandboxed(text.replace("__slots__", "kept"))
    for ours, theirs in zip(worlds(here.Gossip), worlds(there.Gossip), strict=True):
        assert simulate(theirs, host).dumps() == simulate(ours).dumps()
    bounds = Bounds(timers=3, crashes=1, streams=2, monotonic_ms=(0, 7), wall_ms=(5,), states=3_000)
    pairs = ((here.Gossip, Process), (there.Gossip, host), (plain.Gossip, host))
    found = [explore(World(tuple(Spec(name, kind) for name in ("ada", "bob"))), (), bounds, transport) for kind, transport in pairs]
    assert found[0].states == found[1].states == found[2].states > 50


def test_a_file_may_ask_for_its_name_and_for_that_of_the_program_that_runs_it(sandboxed):
    text = "import argparse, os, pathlib, sys\nargparse.ArgumentParser()\nPROGRAM = os.path.basename(sys.argv[0])\nPLACE = pathlib.Path(__file__).stem\n"
    sandboxed(text + "assert PLACE == 'program'\n").load()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("from harness.testing import World\n", "^it imports a part of harness that is for tests and not there at grading; take Node"),
        ("x = bytearray(10**10)\n", "^MemoryError; that ends the file"),
        ("raise ValueError(1)\n", "^ValueError: 1; that ends the file"),
    ],
)
def test_what_ends_a_file_is_told_with_what_to_do(sandboxed, text, told):
    with pytest.raises(LoadMistake, match=told):
        sandboxed(text).load()


def test_a_function_may_change_a_list_or_a_dict_that_it_is_given(sandboxed):
    program = sandboxed(
        "def sort(items, counts):\n    items.sort()\n    counts['a'] = 2\n    return items, counts, type(items[0]).__name__\n"
    )
    assert program.apply("sort", ([(2, "b"), (1, "a")], {"a": 1})).plain == (((1, "a"), (2, "b")), FrozenDict({"a": 2}), "tuple")


def node(body):
    lines = "\n".join("        " + line for line in body.splitlines())
    return f"import os, sys\nfrom harness import Node, message\n@message\nclass Said:\n    text: object\nclass Program(Node):\n    def on_start(self):\n{lines}\n"


def said(sandboxed, body, world=None, **budget):
    """Return what a node said to a client in its on_start, or let what it raises come out."""
    program = sandboxed(node(body), **budget).Program
    trace = simulate(World((Spec("n", program),), clients=("c",), until_ms=500, **(world or {})), host)
    return [record.data.text for record in trace if record.kind == "deliver"]


def tried(action):
    return (
        f"try:\n    {action}\n    out = 'did it'\nexcept BaseException as error:\n    out = type(error).__name__\nself.send('c', Said(out))"
    )


def test_the_sandbox_here_is_complete(box):
    assert (box.level, box.missing) == (3, ())


@pytest.mark.parametrize(
    "action",
    [
        "open('/etc/passwd').read()",
        "open('/proc/self/environ').read()",
        f"open({str(Path(sandbox.__file__))!r}).read()",
        "open('/tmp/told', 'w')",
        "os.listdir('/')",
        "__import__('socket').socket()",
        "__import__('socket').socketpair()",
        "os.fork()",
        "os.execv('/bin/true', ['true'])",
        "__import__('threading').Thread(target=print).start()",
        "os.kill(os.getppid(), 0)",
        "os.kill(os.getpid(), 9)",
        "__import__('fcntl').flock(0, 2)",
        "__import__('fcntl').lockf(os.open(os.__file__, 0), 2)",
        "os.memfd_create('x')",
        "os.chmod(os.__file__, 0o777)",
        "os.sched_setaffinity(0, {0})",
        "os.setpriority(0, 0, 5)",
        "bytearray(2 << 30)",
    ],
)
def test_a_worker_may_not(sandboxed, action):
    [answer] = said(sandboxed, tried(action))
    assert answer in ("PermissionError", "OSError", "BlockingIOError", "MemoryError", "FileNotFoundError", "RuntimeError")


def may_mount():
    found = re.search(r"CapEff:\s*(\w+)", Path("/proc/self/status").read_text()) if sys.platform == "linux" else None
    return bool(found and int(found[1], 16) >> 21 & 1)


def test_a_worker_sees_no_process_but_its_own_if_the_judge_may_mount(sandboxed):
    [answer] = said(sandboxed, f"self.send('c', Said([os.path.exists(f'/proc/{{n}}') for n in (os.getpid(), 1, {os.getpid()})]))")
    hidden = may_mount()
    assert answer == (True, not hidden and Path("/proc/1").exists(), not hidden)


def test_a_worker_has_an_empty_environment_and_no_way_to_the_tests(sandboxed):
    [answer] = said(
        sandboxed,
        "self.send('c', Said([sorted(set(os.environ) - {'LC_CTYPE', 'PYTHONHASHSEED'}), [m for m in sys.modules if 'test' in m]]))",
    )
    assert answer[0] == ()
    assert not [name for name in answer[1] if "harness" in name]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("while True: pass", Stuck),
        ("while True:\n    try:\n        while True: pass\n    except BaseException: pass", Stuck),
        ("3 ** 10 ** 9", Stuck),
        ("os._exit(0)", WorkerDied),
        (
            "os.write(3, b'xxxx'); os.write(4, b'xxxx'); os.write(5, b'xxxx'); os.write(6, b'xxxx'); os.write(7, b'xxxx')",
            (ProtocolError, StudentError),
        ),
        ("self.send('c', Said('x' * 600_000))", (ProtocolError, StudentError)),
        ("self.send('c', Said(2 ** 5000))", (ProtocolError, StudentError)),
        ("sys.exit(0)", StudentError),
        ("raise SystemError('no')", StudentError),
        ("raise NotImplementedError('step 1')", NotImplementedError),
        ("self._ledger.append(('send', 'nobody', Said(1)))", ProtocolError),
        ("self._ledger.append(('set', 7, 1, 'x', ()))", ProtocolError),
        ("self._ledger.append(('set', 1, -1, 'x', ()))", ProtocolError),
    ],
)
def test_what_a_program_does_to_its_worker_has_a_name(sandboxed, body, error):
    with pytest.raises(error):
        said(sandboxed, body, event=0.3)


def test_a_crash_forgets_module_globals_too(sandboxed):
    text = node(
        "LIVES.append(1)\nself.disk['lives'] = self.disk.get('lives', 0) + 1\nself.send('c', Said([len(LIVES), self.disk['lives']]))"
    )
    program = sandboxed(text.replace("class Program", "LIVES = []\nclass Program")).Program
    faults = Faults(happenings=(Crash("n", 50, 10), Pause("n", 100, 10), Crash("n", 150, 10)))
    trace = simulate(World((Spec("n", program),), 0, faults, 400, ("c",)), host)
    assert [record.data.text for record in trace if record.kind == "deliver"] == [(1, 1), (1, 2), (1, 3)]


def test_nodes_share_nothing(sandboxed):
    text = node("LIVES.append(self.id)\nself.send('c', Said(LIVES))").replace("class Program", "LIVES = []\nclass Program")
    program = sandboxed(text).Program
    trace = simulate(World(tuple(Spec(name, program) for name in "xyz"), clients=("c",)), host)
    assert sorted(record.data.text for record in trace if record.kind == "deliver") == [("x",), ("y",), ("z",)]
