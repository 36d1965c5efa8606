"""Small versions of `python -m harness.proving.endurance`."""

from __future__ import annotations

import sys

import pytest

from harness.grading.codec import ProtocolError, decode
from harness.proving import endurance

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is built from Linux system calls")


def test_traces_are_the_same_bytes_in_process_and_in_workers():
    assert list(endurance.traces(12)) == []


def test_hostile_frames_are_decoded_or_refused():
    assert list(endurance.frames(5_000)) == []


def test_the_hostile_frames_are_hostile_but_some_get_through():
    refused = 0
    for frame in endurance.hostile_frames(2_000):
        try:
            decode(frame)
        except ProtocolError:
            refused += 1
    assert 500 < refused < 2_000


def test_damaged_replies_are_the_submissions_fault():
    assert list(endurance.replies(20)) == []


def test_a_difference_is_found(monkeypatch):
    monkeypatch.setattr(endurance, "world", lambda program, seed: World(program))
    monkeypatch.setattr(endurance, "simulate", lambda world, *host: Dumped(str(len(host))))
    assert list(endurance.traces(2)) == ["seed 0: the traces differ", "seed 1: the traces differ"]


class World:
    def __init__(self, program):
        self.program = program


class Dumped:
    def __init__(self, text):
        self.text = text

    def dumps(self):
        return self.text
