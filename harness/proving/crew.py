"""Runs checks in worker processes, several at a time: what a program under test prints, breaks or never ends stays in there.

    crew = Crew(root, size=2)
    for task, outcome in crew.run(tasks): ...

A worker that dies or stays silent beyond the deadline costs its one task, which is answered by a `Trouble`, and is replaced.
This is tidiness, not a sandbox: marks that count are made by `harness.grading`.
"""

from __future__ import annotations

import hashlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any

DEADLINE_SECONDS = 300.0


@dataclass(frozen=True)
class Task:
    """Run an exercise's checks against one program, once.

    Args:
        exercise: slug.
        path: the program: a file, or a folder that holds it.
        base: which family of seeds.
        count: scenarios per check instead of its own number.
        named: ids of the checks that matter most; none means all.
        others: scenarios for each of the other checks: None is its own number, 0 leaves it out.
        tells: shrink failing runs and tell their stories.
        stops: leave out what comes after the first check that does not pass.
    """

    exercise: str
    path: str
    base: int = 0
    count: int | None = None
    named: tuple[str, ...] = ()
    others: int | None = None
    tells: bool = False
    stops: bool = False

    def count_for(self, check: str) -> int | None:
        """Return how many scenarios a check runs: None is its own number, 0 is not at all."""
        return self.count if not self.named or check in self.named else self.others


@dataclass(frozen=True)
class Finding:
    """What became of one check, as far as it can leave a worker: no times, so that the same program gives the same bytes.

    Args:
        check: id.
        verdict, points, max_points, text, seed: as in `running.Result`.
        way: verdict and code.
        trace: SHA-256 of the failing run, or empty.
        story: what `telling` says of it, if it was asked for; of a hidden check no more than a student may know.
    """

    check: str
    verdict: str
    points: int
    max_points: int
    way: str
    seed: int | None
    text: str
    trace: str
    story: str = ""

    @property
    def passed(self) -> bool:
        """True if the promise holds."""
        return self.verdict == "pass"


@dataclass(frozen=True)
class Trouble:
    """Why a task has no findings: its worker crashed, was ended, or the check itself has a bug."""

    text: str


Outcome = list[Finding] | Trouble


class Crew:
    """Some worker processes of one interpreter.

    Args:
        root: the repository.
        size: how many; by default one for each processor.
        python: which interpreter runs them.
        hash_seed: their PYTHONHASHSEED.
        deadline_seconds: how long a task may take.
    """

    def __init__(
        self,
        root: Path,
        size: int | None = None,
        python: str = sys.executable,
        hash_seed: str = "0",
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self.root = root
        self.size = size or os.cpu_count() or 1
        self.python = python
        self.hash_seed = hash_seed
        self.deadline_seconds = deadline_seconds
        self.workers: list[Worker] = []

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Outcome]]:
        """Yield every task with its outcome, in the order in which they end. Leaving the loop early ends the workers."""
        waiting: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        done: queue.SimpleQueue[tuple[Task, Outcome]] = queue.SimpleQueue()
        size = min(self.size, len(tasks))
        for task in [*tasks, *[None] * size]:
            waiting.put(task)
        self.workers = [Worker(self) for _ in range(size)]
        for worker in self.workers:
            threading.Thread(target=worker.work, args=(waiting, done), daemon=True).start()
        try:
            for _ in tasks:
                yield self._next(done)
        finally:
            for worker in self.workers:
                worker.end()

    @staticmethod
    def _next(done: queue.SimpleQueue[tuple[Task, Outcome]]) -> tuple[Task, Outcome]:
        while True:
            try:
                return done.get(timeout=0.2)  # with a timeout, Ctrl-C is heard on Windows too
            except queue.Empty:
                continue


class Worker:
    """One worker process, started when there is something to do, and again after it died."""

    def __init__(self, crew: Crew) -> None:
        self.crew = crew
        self.process: subprocess.Popen[str] | None = None
        self.errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the worker
        self.ended = False

    def work(self, waiting: queue.SimpleQueue[Task | None], done: queue.SimpleQueue[tuple[Task, Outcome]]) -> None:
        """Take tasks until there are none."""
        while (task := waiting.get()) is not None and not self.ended:
            done.put((task, self.ask(task)))

    def ask(self, task: Task) -> Outcome:
        """Have one task done by the process."""
        process = self.process or self.launch()
        late = threading.Timer(self.crew.deadline_seconds, process.kill)
        late.start()
        try:
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write(json.dumps(asdict(task)) + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except OSError:
            answer = ""
        finally:
            was_late = not late.is_alive()
            late.cancel()
        if not answer:
            return self.buried(process, was_late)
        found = json.loads(answer)
        return Trouble(found) if isinstance(found, str) else [Finding(**entry) for entry in found]

    def launch(self) -> subprocess.Popen[str]:
        """Start the process."""
        environment = {
            **os.environ,
            "PYTHONHASHSEED": self.crew.hash_seed,
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "PYTHONUTF8": "1",
        }
        self.errors.seek(0)
        self.errors.truncate()
        self.process = subprocess.Popen(
            [self.crew.python, "-m", "harness.proving.crew", str(self.crew.root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            encoding="utf-8",
            env=environment,
            cwd=self.crew.root,
        )
        return self.process

    def buried(self, process: subprocess.Popen[str], was_late: bool) -> Trouble:
        """Say how the process died, and forget it."""
        self.process = None
        status = process.wait()
        _close(process.stdin)
        _close(process.stdout)
        if was_late:
            return Trouble(f"gave no answer within {self.crew.deadline_seconds:g} s and was ended")
        if self.ended:
            return Trouble("was ended")
        self.errors.seek(0)
        said = self.errors.read().decode("utf-8", "replace").strip().splitlines()
        if said and said[0].startswith("Timeout ("):  # the watchdog's last resort
            return Trouble("gave no answer: it hangs in one call that cannot be interrupted")
        return Trouble(f"its process ended with status {status}" + (f": {said[-1].strip()}" if said else ""))

    def end(self) -> None:
        """End the process at once."""
        self.ended = True
        process = self.process
        if process is not None:
            process.kill()
            process.wait()
            _close(process.stdin)
            _close(process.stdout)
        self.errors.close()


def _close(pipe: IO[str] | None) -> None:
    try:
        if pipe is not None:
            pipe.close()
    except OSError:  # what was still to be flushed has nobody to read it
        pass


# --- inside a worker ---


def main(root: Path) -> None:
    """Answer tasks, one JSON line each, until there are no more. Whatever is printed meanwhile goes nowhere."""
    asked, answers = os.fdopen(os.dup(0), encoding="utf-8"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    for line in asked:
        answers.write(json.dumps(_done(root, _task(json.loads(line)))) + "\n")
        answers.flush()


def _done(root: Path, task: Task) -> list[dict[str, Any]] | str:
    from harness import catalogue
    from harness.running import run_check, seeds_of, submission_of
    from harness.telling import tell, tell_hidden
    from harness.testing import Setting

    try:
        exercise = catalogue.exercise(task.exercise, root)
        setting = Setting(shrinks=task.tells)
        results = []
        for name, function in _checks(root, task.exercise).items():
            if task.count_for(name) != 0:
                submission, seeds = submission_of(exercise, Path(task.path)), seeds_of(function, task.base, task.count_for(name))
                results.append(run_check(exercise, exercise.check(name), function, submission, seeds, setting))
                if task.stops and not results[-1].passed:
                    break
    except Exception as error:
        return f"a check has a bug, {type(error).__name__}: {' '.join(str(error).split())}"
    found = []
    for result in results:
        trace = hashlib.sha256(result.trace.dumps().encode()).hexdigest() if result.trace is not None else ""
        told = tell if exercise.check(result.check).public else tell_hidden
        story = told(exercise, result, results) if task.tells and not result.passed else ""
        entry = Finding(result.check, result.verdict, result.points, result.max_points, result.way, result.seed, result.text, trace, story)
        found.append(asdict(entry))
    return found


def _task(entries: dict[str, Any]) -> Task:
    return Task(**{**entries, "named": tuple(entries["named"])})


@cache
def _checks(root: Path, exercise: str) -> Any:
    from harness import catalogue
    from harness.running import load_checks

    return load_checks(catalogue.exercise(exercise, root))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
