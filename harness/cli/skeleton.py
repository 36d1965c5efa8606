"""What `course new` writes: a small exercise that works. `{slug}`, `{number}`, `{module}`, `{Node}` and `{lines}` are filled in.

It is an echo with one twist, so that there is something to get right and something to get wrong: replace it piece by piece, and
let `course check` say at every step whether the exercise still proves itself.
"""

from __future__ import annotations

TOML = """\
title = "{title}"
module = "{module}"
given = ["{module}_protocol"]
lesson = "{number}-{dashed}"
summary = "One sentence: what a student builds."
minutes = 30

[[checks]]
id = "answers"
promise = "Whoever asks is answered."
points = 1
hint = "on_ask(self, sender, ask) runs when a question arrives."
anchor = "#asking"
topics = ["replace this by a heading of the outline"]

[[checks]]
id = "answers_once"
promise = "A question that arrives twice is answered once."
points = 1
visibility = "sealed"
hint = "How does the node know a question that it has seen before?"
anchor = "#asking-twice"
topics = ["replace this by another one"]
"""

README = """\
# {number} · {title}

Write a node that answers questions, each question once, even if the network delivers it twice.

1. `on_start` sets up what the node remembers.
2. `on_ask` answers with `Answer(ask.number)`, sent to whoever asked, unless this question was answered before.

The messages are in [`{module}_protocol.py`]({module}_protocol.py). Write your code into [`{module}.py`]({module}.py), then run

    course test {number}

Two questions of different clients may have the same number: they are two questions. Memory that dies in a crash may be forgotten.

Our own solution has {lines} lines.
"""

PROTOCOL = '''\
"""The messages of this exercise. Given; nothing to do here."""

from harness import message


@message
class Ask:
    """asks {{to}} question {{number}}"""

    number: int


@message
class Answer:
    """answers {{to}}: question {{number}}"""

    number: int
'''

STUB = '''\
"""{title}: a node that answers each question once.

Fill in the methods below, one step at a time, and run `course test {number}` after each.
"""

from {module}_protocol import Answer, Ask

from harness import Node


class {Node}(Node):
    """Answers each question once, even if the network delivers it twice."""

    def on_start(self) -> None:
        """Step 1: nothing is answered yet."""
        raise NotImplementedError("step 1: remember which questions were answered: none")

    def on_ask(self, sender: str, ask: Ask) -> None:
        """Step 2: a question arrived. Answer it with Answer(ask.number), unless it was answered before."""
        raise NotImplementedError("step 2: send Answer(ask.number) to the sender")
'''

REFERENCE = '''\
"""Reference: a node that answers each question once."""

from {module}_protocol import Answer, Ask

from harness import Node


class {Node}(Node):
    """Answers each question once, even if the network delivers it twice."""

    def on_start(self) -> None:
        self.answered = set()

    def on_ask(self, sender: str, ask: Ask) -> None:
        if (sender, ask.number) not in self.answered:
            self.answered.add((sender, ask.number))
            self.send(sender, Answer(ask.number))
'''

RIGHT = '''\
"""Right: remembers the questions of each client in a dict of lists."""

from {module}_protocol import Answer, Ask

from harness import Node


class {Node}(Node):
    """Answers each question once."""

    def on_start(self) -> None:
        self.asked = {{}}

    def on_ask(self, sender: str, ask: Ask) -> None:
        numbers = self.asked.setdefault(sender, [])
        if ask.number in numbers:
            return
        numbers.append(ask.number)
        self.send(sender, Answer(ask.number))
'''

WRONG = '''\
"""W01: answers whatever arrives

Misconception: A question arrives once, because it was sent once.
Why it breaks: A network may deliver a message twice, and each copy is answered.
Hint: What does the node do when the same question arrives again?
Lesson: docs/lessons/{number}-{dashed}.md#asking-twice
Fails: answers_once
Steps: 2
"""

from {module}_protocol import Answer, Ask

from harness import Node


class {Node}(Node):
    """Answers each question, as often as it arrives."""

    def on_start(self) -> None:
        pass

    def on_ask(self, sender: str, ask: Ask) -> None:
        self.send(sender, Answer(ask.number))
'''

WORLD = '''\


def world(submission, seed, faults=Faults()):
    """A node and two clients with questions, under names that change with the seed."""
    node, *clients = names(seed, 3)
    asking = [Call(client, 10 * number, node, Ask(number)) for client in clients for number in (1, 2)]
    return World((Spec(node, submission.{Node}),), seed, faults.plus(*asking), until_ms=5_000)
'''

PUBLIC_TEST = (
    '''\
"""Public checks. Reading them is part of the exercise: they say what must hold, and how it is tried."""

from {module}_protocol import Ask

from harness.testing import Call, Eventually, Faults, Spec, World, names, scenarios, verify
'''
    + WORLD
    + """

@scenarios(20)
def test_answers(submission, seed):
    asked = world(submission, seed)

    def answered(client, number):
        return lambda r: r.kind == "deliver" and r.node == client and r.name == "Answer" and r.data.number == number

    questions = [(call.client, call.message.number) for call in asked.faults.happenings]
    verify(asked, *[Eventually(f"{{who}} hears the answer to question {{n}}", answered(who, n), by_ms=5_000) for who, n in questions])
"""
)

HIDDEN_TEST = (
    '''\
"""Hidden checks."""

from {module}_protocol import Ask

from harness.testing import Always, Broken, Call, Faults, Sometimes, Spec, World, names, scenarios, verify
'''
    + WORLD
    + '''

class OneAnswer(Always):
    """Nobody is sent the same answer twice. Memory: which answers were sent to whom."""

    name = "each question is answered once"
    initial = frozenset()

    def watches(self, record):
        return record.kind == "send" and record.name == "Answer"

    def step(self, sent, record, index):
        answer = (record.other, record.data.number)
        if answer in sent:
            question = f"question {{record.data.number}} of {{record.other}}"
            raise Broken(f"{{record.node}} answers {{question}} twice", code="twice", records=(index,))
        return sent | {{answer}}


@scenarios(20)
def test_answers_once(submission, seed):
    doubled = Faults(duplicate_ratio=1.0)
    verify(world(submission, seed, doubled), OneAnswer(), Sometimes("an answer is sent", lambda r: r.kind == "send" and r.name == "Answer"))
'''
)

FILES = {
    "exercises/{slug}/exercise.toml": TOML,
    "exercises/{slug}/README.md": README,
    "exercises/{slug}/{module}_protocol.py": PROTOCOL,
    "exercises/{slug}/{module}.py": STUB,
    "exercises/{slug}/test_{module}.py": PUBLIC_TEST,
    "solutions/{slug}/{module}.py": REFERENCE,
    "solutions/{slug}/hidden/test_{module}_hidden.py": HIDDEN_TEST,
    "solutions/{slug}/right/lists_per_client.py": RIGHT,
    "solutions/{slug}/wrong/w01_answers_whatever_arrives.py": WRONG,
}
"""Path from the repository's root -> text, both with fields to fill in."""
