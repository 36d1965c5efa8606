"""Some examiner processes that take jobs in turn. Whoever stops looking leaves no process behind."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import harness
from harness.grading.examiner import Finding, Job

PYTHON = sys.executable
SECONDS_PER_JOB = 600.0
ATTEMPTS = 2

Watch = Callable[[Job, str, str], None]
Answer = dict[str, Any]


class Panel:
    """Examiners, each in a process of its own.

    Args:
        size: how many.
        watch: called with job, check and verdict as checks end.
    """

    def __init__(self, size: int, watch: Watch = lambda job, check, verdict: None) -> None:
        self.size = size
        self.watch = watch
        self.said: queue.SimpleQueue[tuple[int, subprocess.Popen[str], str]] = queue.SimpleQueue()
        self.processes: dict[int, subprocess.Popen[str]] = {}

    def run(self, jobs: Sequence[Job]) -> list[Answer]:
        """Return the answer to each job, in the order of the jobs: findings and isolation, or `trouble`.

        A job whose examiner dies or falls silent is given to a new one, once.
        """
        answers: dict[int, Answer] = {}
        waiting = list(reversed(range(len(jobs))))
        lives = dict.fromkeys(waiting, ATTEMPTS)
        busy: dict[int, int] = {}
        try:
            while len(answers) < len(jobs):
                for slot in range(min(self.size, len(jobs))):
                    if slot not in busy and waiting:
                        busy[slot] = waiting.pop()
                        self._ask(slot, jobs[busy[slot]])
                slot, line = self._hear(busy)
                number = busy[slot]
                entry: Answer = json.loads(line) if line else {"trouble": "the examiner's process ended", "status": self._end(slot)}
                if "check" in entry:
                    self.watch(jobs[number], entry["check"], entry["verdict"])
                    continue
                del busy[slot]
                lives[number] -= 1
                if "trouble" in entry and lives[number] and jobs[number].isolated:
                    waiting.append(number)
                else:
                    answers[number] = entry
        finally:
            self.close()
        return [answers[number] for number in range(len(jobs))]

    def close(self) -> None:
        """End every examiner, and with it its sandboxes and their workers."""
        for slot in list(self.processes):
            self._end(slot)

    def _ask(self, slot: int, job: Job) -> None:
        process = self.processes.get(slot) or self._start(slot)
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(asdict(replace(job, slot=slot))) + "\n")
            process.stdin.flush()
        except OSError:
            pass  # it is dead, and its reader says so

    def _hear(self, busy: dict[int, int]) -> tuple[int, str]:
        """Return the next line that a busy examiner says, or an empty one if it has ended or said nothing for too long."""
        patience = SECONDS_PER_JOB
        while patience > 0:
            try:
                slot, process, line = self.said.get(timeout=0.5)  # with a timeout, Ctrl-C is heard on Windows too
            except queue.Empty:
                patience -= 0.5
                continue
            if self.processes.get(slot) is process and slot in busy:
                return slot, line
        return next(iter(busy)), ""

    def _start(self, slot: int) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [PYTHON, "-P", "-m", "harness.grading.examiner", str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if os.environ.get("COURSE_DEBUG") else subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": str(Path(harness.__file__).parents[1]), "PYTHONUTF8": "1"},
            start_new_session=True,  # Ctrl-C is for us; we end it
        )
        self.processes[slot] = process
        threading.Thread(target=self._listen, args=(slot, process), daemon=True).start()
        return process

    def _listen(self, slot: int, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                self.said.put((slot, process, line))
        self.said.put((slot, process, ""))

    def _end(self, slot: int) -> int:
        process = self.processes.pop(slot)
        try:
            status = process.wait(timeout=0.05)  # it may be gone already, and for a reason
        except subprocess.TimeoutExpired:
            process.kill()
            status = process.wait()
        if process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()
        return status


def findings_of(answer: Answer) -> dict[str, Finding]:
    """Return the findings in an answer, by check."""
    return {entry["check"]: Finding(**entry) for entry in answer.get("findings", ())}
