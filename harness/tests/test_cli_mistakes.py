"""The mistakes that every student makes once: pytest and `course test` name the file, the line and the next step, and end."""

import pytest

from harness.tests.course_copy import copy_of_the_course

ANSWER = "    def on_pong(self, sender: str, pong: Pong) -> None:\n"
START = "        self.waiting_for = 1\n"

MISTAKES = {
    "missing handler": ("def on_pong(self, sender", "def on_png(self, sender", "def on_png", "did you mean on_png?"),
    "wrong signature": (
        "def on_pong(self, sender: str, pong: Pong)",
        "def on_pong(self, pong)",
        "def on_pong",
        "def on_pong(self, sender, pong)",
    ),
    "unknown node": ("self.send(self.server, ", 'self.send("sever", ', "self.send(", "the names here are"),
    "function in state": (START, START + "        self.later = lambda: 1\n", "self.later", "keep plain data there"),
    "changed message": (ANSWER, ANSWER + "        pong.seq += 1\n", "pong.seq += 1", "build a new Pong instead"),
    "negative delay": ("self.after(RETRY_MS", "self.after(-RETRY_MS", "self.after(", "use max(0, ...)"),
    "syntax error": ("if pong.seq == self.waiting_for:", "if pong.seq == self.waiting_for", "if pong.seq ==", "mend"),
    "a handler that runs nothing": ("    def on_pong", "    async def on_pong", "def on_pong", "write a plain def without it"),
    "a generator": (
        "pong.seq == self.waiting_for:",
        "pong.seq == (yield self.waiting_for):",
        "def on_pong",
        "write a plain def without it",
    ),
    "endless loop": (ANSWER, ANSWER + "        while True:\n            self.waiting_for += 1\n", None, "let a timer do the waiting"),
    "endless loop with a bare except": (
        ANSWER,
        ANSWER
        + "        while True:\n            try:\n                self.waiting_for += 1\n            except:\n                pass\n",
        None,
        "let a timer do the waiting",
    ),
}


@pytest.fixture
def course(tmp_path):
    return copy_of_the_course(tmp_path)


@pytest.mark.parametrize("tool", ["course test", "pytest"])
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_answered_with_file_line_and_next_step(course, mistake, tool):
    old, new, culprit, next_step = MISTAKES[mistake]
    course.change(old, new)
    ran = course.pytest() if tool == "pytest" else course.course("test", "00", "--all")
    assert ran.status == 1
    assert next_step in ran.text
    assert "Traceback" not in ran.text and "this is a bug of the course" not in ran.text
    lines = course.stub.read_text(encoding="utf-8").splitlines()
    places = [
        number for number, line in enumerate(lines, 1) if (culprit or "self.waiting_for += 1") in line or (not culprit and "while" in line)
    ]
    assert any(f"ping.py:{number}" in ran.text for number in places)
    assert "Next: mend ping.py:" in ran.text


@pytest.mark.parametrize("tool", ["course test", "pytest"])
def test_a_file_with_another_name_is_named(course, tool):
    course.stub.rename(course.stub.with_name("pings.py"))
    ran = course.pytest() if tool == "pytest" else course.course("test", "00")
    assert ran.status == 1
    assert "ping.py is missing from 00_ping; rename pings.py to ping.py" in ran.text
    assert "exercises/00_ping/ping.py" in ran.text


NOT_TO_BE_INTERRUPTED = {
    "two bare excepts around each other": (
        "        while True:\n            try:\n                try:\n                    while True: self.waiting_for += 1\n"
        "                except: pass\n            except: pass\n"
    ),
    "one endless call in C": "        __import__('collections').deque(__import__('itertools').repeat(0), maxlen=0)\n",
}


@pytest.mark.parametrize("code", NOT_TO_BE_INTERRUPTED)
@pytest.mark.parametrize("tool", ["course test", "pytest"])
def test_what_cannot_be_interrupted_ends_everything_and_names_the_line(course, tool, code):
    course.change(ANSWER, ANSWER + NOT_TO_BE_INTERRUPTED[code])
    ran = course.pytest() if tool == "pytest" else course.course("test", "00")
    assert ran.status in (1, 70)
    assert "on_pong does not return" in ran.text or 'ping.py", line' in ran.text


def test_an_error_of_pythons_own_shows_the_lines_that_led_there(course):
    course.change("            self.ping(seq)\n", "            self.ping(seq)\n            self.nothing_there()\n")
    ran = course.course("test", "00", "--all")
    assert "AttributeError" in ran.text and "self.nothing_there()" in ran.text
