"""What a right program may do and few do: the marks are the same in process and in the sandbox."""

from __future__ import annotations

import sys

import pytest

from harness import catalogue
from harness.grading.judge import grade
from harness.tests.course_copy import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is built from Linux system calls")
PING = catalogue.exercise("00", ROOT)
OWN_CLASSES = """
import enum
from typing import NamedTuple

from ping_protocol import Ping, Pong

from harness import Node, message


class Entry(NamedTuple):
    seq: int
    role: object


class Level(enum.IntEnum):
    ONE = 1


@message
class Größe:
    role: object
    entry: object


class PingClient(Node):
    class Role(enum.Enum):
        WAITING = "w"

    def on_start(self):
        self.disk["entry"] = Entry(1, self.Role.WAITING)
        self.disk["number"] = self.random.getrandbits(128) | 1 << 127
        self.waiting_for = 1
        self.note = Größe(self.Role.WAITING, [Entry(2, Level.ONE)])
        self.ping(Level.ONE, self.Role.WAITING, self.note, 1 << 200)

    def ping(self, seq, role, note, large):
        entry = self.disk["entry"]
        if role is not self.Role.WAITING or entry.role is not role or type(entry) is not Entry or type(note) is not Größe:
            raise ValueError((role, entry, note))
        if note.role is not role or note.entry[0].role is not Level.ONE or large != 1 << 200 or self.disk["number"] < 1 << 100:
            raise ValueError(note)
        if self.waiting_for == seq:
            self.send(self.server, Ping(seq))
            self.after(300, self.ping, seq, role, note, large)

    def on_pong(self, sender, pong):
        if pong.seq == self.waiting_for:
            self.waiting_for += 1
            if self.waiting_for <= self.count:
                self.ping(self.waiting_for, self.Role.WAITING, self.note, 1 << 200)
"""


def verdicts(tmp_path, text, isolated):
    (tmp_path / "ping.py").write_text(text, encoding="utf-8")
    report = grade(tmp_path / "ping.py", [PING], isolated=isolated, tells=False)
    return {mark.check: (mark.verdict, mark.text) for mark in report.marks}


def reference():
    return (ROOT / "solutions/00_ping/ping.py").read_text(encoding="utf-8")


RIGHT = {
    "values of its own classes, long numbers and names in any language": lambda: OWN_CLASSES,
    "remarks in Chinese": lambda: reference() + "\n# " + "字" * 60_000,
    "a long file": lambda: reference() + "".join(f"\n\ndef helper_{n}(a, b):\n    return [a, b, {n}, 'x{n}']" for n in range(2_500)),
}


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT)
def test_a_right_program_passes_in_process_and_in_the_sandbox(tmp_path, text):
    for isolated in (False, True):
        found = verdicts(tmp_path, text(), isolated)
        assert {verdict for verdict, _ in found.values()} == {"pass"}, found
