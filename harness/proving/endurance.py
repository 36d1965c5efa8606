"""What takes too long for every day: `python -m harness.proving.endurance traces|frames|replies|repeat|load`.

traces   1,000 seeds of random worlds give the same bytes in this process and in sandboxed workers
frames   1,000,000 hostile frames are decoded, or refused as such
replies  1,000 runs whose worker answers with damaged frames end in a verdict of the submission's
repeat   20 gradings of one submission give the same bytes, and so do other Pythons (--python PATH ...)
load     references are graded while four processes per processor keep the machine busy, and none fails
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from harness import catalogue
from harness.catalogue import Exercise
from harness.errors import Problem
from harness.exploration import Bounds, explore
from harness.faults import Faults, chaos
from harness.grading import sandbox
from harness.grading.codec import ProtocolError, decode, encode, unpack
from harness.grading.hosting import SandboxedSubmission, host
from harness.grading.sandbox import Sandbox
from harness.grading.submissions import Source
from harness.grading.told import StudentError
from harness.loading import Submission
from harness.node import Spec
from harness.simulation import World, simulate
from harness.testing import PromiseBroken

GOSSIP = """
from harness import Node, message

@message
class Rumour:
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
        if rumour.words != self.rounds and self.rounds < 5:
            self.send(sender, Rumour(self.rounds, sorted(self.known)))
"""
EXERCISE = Exercise("99_endurance", "", "program", (), "", "", 1, (), Path(), Path())
NAMES = ("ada", "bob", "cat")


def world(program: Any, seed: int) -> World:
    """Return a small world of gossips with everything that can go wrong in it."""
    happenings = chaos(seed, NAMES, 400, crashes=3, partitions=1, pauses=1, steps=1, longest_ms=100)
    faults = Faults(loss_ratio=0.1, duplicate_ratio=0.1, skew_ms=(("ada", 40),), drift_ppm=(("bob", 900),), happenings=happenings)
    return World(tuple(Spec(name, program) for name in NAMES), seed, faults, until_ms=300)


def traces(count: int) -> Iterator[str]:
    """Yield the seeds whose traces differ between this process and workers."""
    with tempfile.TemporaryDirectory() as folder, Sandbox() as box:
        path = Path(folder) / "program.py"
        path.write_text(GOSSIP, encoding="utf-8")
        here = Submission(path, "program").Gossip
        for seed in range(count):
            there = SandboxedSubmission(Source(path, GOSSIP), EXERCISE, box)
            if simulate(world(here, seed)).dumps() != simulate(world(there.Gossip, seed), host).dumps():
                yield f"seed {seed}: the traces differ"


def hostile_frames(count: int, seed: int = 0) -> Iterator[bytes]:
    """Yield frames that an enemy might send: noise, damaged good ones, and good JSON that means nothing."""
    draw = random.Random(seed)
    ledger = ["ledger", [["send", "b", ["m", "Vote", "term", 1]]], False, True]
    good = [encode(ledger)[8:], encode(["step", [], 1, 1, 7, True])[8:]]
    parts = [
        "\\ud800".join('""'),
        "9" * 25,
        *["[", "]", "{", "}", ",", ":", "1", "-1", "1e9", "null", "true", '"t"', '"m"', '"d"', '"s"', '"f"', '"Vote"'],
    ]
    for number in range(count):
        if number % 3 == 0:
            yield draw.randbytes(draw.randrange(40))
        elif number % 3 == 1:
            frame = bytearray(draw.choice(good))
            for _ in range(1 + draw.randrange(3)):
                frame[draw.randrange(len(frame))] = draw.choice(b'[]",:{}0919tmdsfbx\\u-')
            yield bytes(frame)
        else:
            yield "".join(draw.choices(parts, k=draw.randrange(1, 14))).encode()


def frames(count: int) -> Iterator[str]:
    """Yield the frames that raise anything but a `ProtocolError`."""
    box = SandboxedSubmission(Source(Path("x.py"), ""), EXERCISE, None)  # type: ignore[arg-type]
    for frame in hostile_frames(count):
        try:
            value = decode(frame)
            for item in value if type(value) is list else [value]:
                unpack(item, box.build)
        except ProtocolError:
            pass
        except Exception as error:
            yield f"{frame!r}: {type(error).__name__}: {error}"


def replies(count: int) -> Iterator[str]:
    """Yield the runs in which a worker's damaged replies lead to anything but a verdict of the submission's."""
    draw = random.Random(0)
    real: Callable[..., bytes] = sandbox.Worker._frame

    def damaged(self: sandbox.Worker, number: int) -> bytes:
        body = real(self, number)
        return _damaged(body, draw) if draw.random() < 0.05 else body

    with Sandbox() as box:
        sandbox.Worker._frame = damaged  # type: ignore[method-assign]
        try:
            for number in range(count):
                program = SandboxedSubmission(Source(Path("program.py"), GOSSIP), EXERCISE, box)
                try:
                    if number % 4:
                        simulate(world(program.Gossip, number), host)
                    else:
                        nodes = tuple(Spec(name, program.Gossip) for name in NAMES[:2])
                        explore(World(nodes), (), Bounds(timers=2, crashes=1, states=500), host)
                except (Problem, PromiseBroken, StudentError, NotImplementedError, MemoryError) as error:
                    if getattr(error, "verdict", "") == "infra":
                        yield f"run {number}: {error}"
                except Exception as error:
                    yield f"run {number}: {type(error).__name__}: {error}"
                finally:
                    program.rest()
        finally:
            sandbox.Worker._frame = real  # type: ignore[method-assign]


def _damaged(body: bytes, draw: random.Random) -> bytes:
    """Return a reply that is JSON still, but with something else in it."""
    value = json.loads(body)
    place = value
    while draw.random() < 0.7:
        inner = [item for item in place if type(item) is list and item]
        if not inner:
            break
        place = draw.choice(inner)
    odd = [None, True, -1, 0, 7, 2**62, "", "x", "ada", "set", [], ["t"], ["d", 1, 2], ["f", "inf"]]
    odd.append(["m", "Rumour", "words", 1, "heard", 2])
    if place:
        place[draw.randrange(len(place))] = draw.choice(odd)
    return json.dumps(value).encode()


GRADE = """
import hashlib, json, sys
from pathlib import Path
from harness import catalogue
from harness.grading.judge import grade
root = Path(sys.argv[1])
report = grade(root / "solutions", [catalogue.exercise(name, root) for name in sys.argv[2:]], seed="endurance")
print(hashlib.sha256(json.dumps(report.as_json()).encode()).hexdigest(), report.score, report.max_score, report.infra)
"""


def graded(python: str, exercises: list[str]) -> str:
    """Grade references in a process of its own; return the digest of the report, its points, and whether something failed on our side."""
    root = catalogue.find_root()
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONHASHSEED": "random"}
    done = subprocess.run([python, "-c", GRADE, str(root), *exercises], env=environment, capture_output=True, text=True, check=False)
    return done.stdout.strip() or done.stderr.strip()[-300:]


def repeat(count: int, pythons: list[str], exercises: list[str]) -> Iterator[str]:
    """Yield the gradings that differ from the first."""
    first = graded(sys.executable, exercises)
    print(first)
    for python in [sys.executable] * (count - 1) + pythons:
        again = graded(python, exercises)
        if again != first:
            yield f"{python}: {again}"


def load(count: int, exercises: list[str]) -> Iterator[str]:
    """Yield the gradings that are not full marks while the machine is four times as busy as it can be."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(4 * (os.cpu_count() or 1))]
    try:
        for number in range(count):
            _, score, most, infra = [*graded(sys.executable, exercises).split(), "", "", ""][:4]
            if score != most or infra != "False":
                yield f"grading {number}: {score} of {most} points"
    finally:
        for process in busy:
            process.kill()
            process.wait()


def main() -> None:
    """Run one of them, and end with status 1 if anything was found."""
    about = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m harness.proving.endurance", description=__doc__, formatter_class=about)
    parser.add_argument("what", choices=("traces", "frames", "replies", "repeat", "load"))
    parser.add_argument("count", type=int, nargs="?", help="how many seeds, frames, runs or gradings")
    parser.add_argument("--python", action="append", default=[], help="another interpreter to compare with")
    parser.add_argument("--exercises", default="00,05,06", help="numbers, for repeat and load")
    options = parser.parse_args()
    exercises = options.exercises.split(",")
    default = {"traces": 1_000, "frames": 1_000_000, "replies": 1_000, "repeat": 20, "load": 50}
    count = options.count or default[options.what]
    found = {
        "traces": lambda: traces(count),
        "frames": lambda: frames(count),
        "replies": lambda: replies(count),
        "repeat": lambda: repeat(count, options.python, exercises),
        "load": lambda: load(count, exercises),
    }[options.what]()
    wrong = 0
    for line in found:
        wrong += 1
        print(line, flush=True)
    print(f"{options.what} {count:,}: {wrong} found")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
